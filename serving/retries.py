"""What can go wrong between a client and a server, told alike over REST and gRPC."""

import random
from collections.abc import Callable
from time import sleep
from typing import Any, TypeVar

from coverzoo.errors import UserError

FIRST_WAIT = 0.25  # seconds before the first retry; each one after waits twice as long
LONGEST_WAIT = 8.0
LONGEST_QUOTE = 300  # characters of a server's own words

_Answer = TypeVar("_Answer")


class Unavailable(Exception):
    """What can succeed later: nobody listens yet, or the server has no room now.

    Args:
        reason: what happened and where.
        remedy: what to look at if it goes on.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


def repeated(call: Callable[[], _Answer], retries: int) -> _Answer:
    """The answer of a call that is made again, later and later, while it is `Unavailable`.

    Args:
        call: what is tried.
        retries: how often it is made again.

    Raises:
        UserError: if it is still unavailable; of what else the call raises, nothing is caught.
    """
    for attempt in range(retries + 1):
        try:
            return call()
        except Unavailable as error:
            if attempt == retries:
                times = "once" if retries == 0 else f"{retries + 1} times"
                raise UserError(f"{error}, tried {times}. {error.remedy}") from error
        # Not all clients of a server that was restarted are to come back at one moment.
        sleep(min(FIRST_WAIT * 2**attempt, LONGEST_WAIT) * random.uniform(0.5, 1.0))
    raise ValueError(f"retries must be at least 0. Received: {retries}")


def quoted(text: Any) -> str:
    """A server's words in one line, cut where they run on."""
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"


def unknown(server: str, model: str, version: int | None, text: Any) -> UserError:
    """The server has no such model, or no such version of it."""
    what = f"model {model!r}" if version is None else f"version {version} of a model {model!r}"
    return UserError(
        f"{server}: has no {what} ready ({quoted(text)}). "
        "Give --model what the server was given as --model_name, or wait until it has loaded it"
        + ("" if version is None else ", or leave --model-version out")
    )


def too_slow(server: str, timeout: float) -> UserError:
    """No answer in time."""
    return UserError(
        f"{server}: no answer within {timeout:g} s. Give a longer --timeout, or fewer covers"
    )


def refused(server: str, model: str, text: Any) -> UserError:
    """The server understood the question and says no."""
    return UserError(f"{server}, model {model}: refused: {quoted(text)}")
