"""Errors between a client and a server, the same over REST and gRPC, and which are retried."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any, TypeVar

from google.protobuf.message import DecodeError

from coverzoo.errors import UserError

FIRST_WAIT = 0.25  # seconds before the first retry; each later one waits twice as long
MAX_WAIT = 8.0
MAX_TIMEOUT = 1_000_000  # seconds; sockets refuse infinity and much larger numbers
MAX_VERSION = (1 << 63) - 1
MAX_QUOTED_CHARACTERS = 300

_Answer = TypeVar("_Answer")

# What a real server with batching answered to valid requests that shared a batch with a bad one,
# and what the graphs of zoo-export answer to files they refuse. The client checks its own request
# for all of these before it sends it.
_CAUSED_BY_BATCH = re.compile(
    r"from different tasks have different shapes"
    r"|Invalid (?:JPEG|PNG) data"
    r"|Unknown image file format"
    r"|image_bytes: (?:neither a JPEG nor a PNG|more than)"
)


class Unavailable(Exception):
    """An error after which the same request can succeed: no connection, or a busy server.

    Args:
        reason: What happened, and at which server.
        remedy: What the user can check if it persists.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


class SignatureMismatch(UserError):
    """A request or an answer does not fit the signatures, which may be of an earlier version."""


class RefusedByServer(SignatureMismatch):
    """The server understood the request and refused it."""


def with_retries(call: Callable[[], _Answer], retries: int) -> _Answer:
    """The result of a call that is repeated, at growing intervals, while it is `Unavailable`.

    Args:
        call: Function to call.
        retries: Number of further calls after the first.

    Raises:
        UserError: If the last call is still `Unavailable`. Other exceptions of the call pass.
    """
    for attempt in range(retries + 1):
        try:
            return call()
        except Unavailable as error:
            if attempt == retries:
                times = "once" if retries == 0 else f"{retries + 1} times"
                raise UserError(f"{error}, tried {times}. {error.remedy}") from error
        # Random, so that the clients of a restarted server do not all return at one moment.
        sleep(min(FIRST_WAIT * 2**attempt, MAX_WAIT) * random.uniform(0.5, 1.0))
    raise ValueError(f"retries must be at least 0. Received: {retries}")


@contextmanager
def reading(server: str, model: str, subject: str) -> Iterator[None]:
    """Within this context an answer is converted; one that cannot be is a `SignatureMismatch`.

    Args:
        server: Address of the server for the message.
        model: The server's name for the model.
        subject: What the answer is about, such as the signature.
    """
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, DecodeError) as error:
        raise SignatureMismatch(
            f"{server}, model {model}: {subject}: the answer has another form than TF Serving's "
            f"({type(error).__name__}: {one_line(error)}). Is the server TF Serving?"
        ) from error


def one_line(text: Any) -> str:
    """A server's message on one line, cut after 300 characters."""
    line = " ".join(str(text).split())
    if len(line) <= MAX_QUOTED_CHARACTERS:
        return line
    return f"{line[: MAX_QUOTED_CHARACTERS - 1]}…"


def model_not_found(server: str, model: str, version: int | None, text: Any) -> UserError:
    """The error for a model, or a version of it, that the server does not have."""
    name = f"model {model!r}" if version is None else f"version {version} of a model {model!r}"
    return UserError(
        f"{server}: has no {name} ready ({one_line(text)}). "
        "Give --model the server's --model_name, or wait until it has loaded the model"
        + ("" if version is None else ", or leave --model-version out")
    )


def timed_out(server: str, timeout: float) -> UserError:
    """The error for an answer that did not arrive in time."""
    return UserError(
        f"{server}: no answer within {timeout:g} s. Give a longer --timeout, or fewer covers"
    )


def overloaded(server: str, text: Any) -> Unavailable:
    """The error for a server that has no thread or memory left for the request."""
    return Unavailable(
        f"{server}: too many requests ({one_line(text)})",
        "Send fewer requests at once, or start the server with more threads (--grpc_max_threads)",
    )


def refusal(server: str, model: str, text: Any) -> Exception:
    """The error for a request that the server refused.

    Returns:
        `Unavailable` where another client's request in the same batch can be the cause, so that
        the request is retried; else `RefusedByServer`.
    """
    reason = f"{server}, model {model}: refused: {one_line(text)}"
    if _CAUSED_BY_BATCH.search(str(text)):
        return Unavailable(
            reason,
            "The request passed the client's checks; a server with batching also refuses it "
            "for another client's bad request. Serve untrusted clients without batching",
        )
    return RefusedByServer(reason)
