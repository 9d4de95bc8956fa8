"""A client of TF Serving: one interface over REST and gRPC."""

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np

from coverzoo import backend
from coverzoo.errors import UserError
from coverzoo.serving import retries as faults
from coverzoo.serving.signatures import Signature, check_answer, fitted


class Transport(Protocol):
    """What `Client` asks a server through."""

    def signatures(self) -> dict[str, Signature]: ...
    def predict(
        self,
        name: str,
        signature: Signature,
        inputs: dict[str, np.ndarray],
        outputs: Sequence[str],
    ) -> dict[str, np.ndarray]: ...
    def close(self) -> None: ...


class Client:
    """A model on a server.

        with Client("http://localhost:8501", "cover") as client:
            covers = client.predict("sample_seeded", {"seeds": [3, 8]})["image_uint8"]

    Nothing is sent before the first question. What may succeed later is asked again, waiting twice
    as long each time: no connection or one that is dropped, HTTP 502 and 503, gRPC's UNAVAILABLE.

    Args:
        server: `http://HOST:PORT` or `https://…` for REST, which needs no TensorFlow, or
            `grpc://HOST:PORT`.
        model: the server's name for it.
        version: a number; None for the newest that is loaded.
        timeout: seconds to wait: over gRPC for the whole answer, over REST for a connection and
            for each part of the answer.
        retries: how often to ask again.
        by_row: over REST, ask in row format; see `coverzoo.serving.rest`.

    Raises:
        UserError: if the address is none, or a library is missing.
    """

    def __init__(
        self,
        server: str,
        model: str,
        version: int | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        by_row: bool = False,
    ) -> None:
        if not timeout > 0 or retries < 0:
            raise ValueError(
                f"timeout must be above 0, retries at least 0. Received: {timeout}, {retries}"
            )
        self.model, self.version, self.retries = model, version, retries
        self._offered: dict[str, Signature] | None = None
        parts, self.server = _address(server)
        try:
            if parts.scheme == "grpc":
                os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
                with backend.quiet():  # TensorFlow tells of its CPU when it is imported
                    from coverzoo.serving.rpc import Grpc
                target = parts.netloc
                self._transport: Transport = Grpc(target, self.server, model, version, timeout)
            else:
                from coverzoo.serving.rest import Rest

                url = parts.geturl().rstrip("/")
                self._transport = Rest(url, self.server, model, version, timeout, by_row)
        except ImportError as error:
            raise UserError(
                f"{self.server}: needs {error.name}: pip install 'coverzoo[serving]'"
            ) from error

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __str__(self) -> str:
        version = "" if self.version is None else f" version {self.version}"
        return f"{self.server}, model {self.model}{version}"

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()

    def signatures(self) -> dict[str, Signature]:
        """What the model offers, by name; asked once.

        Raises:
            UserError: if the server cannot be asked, or has no such model or version.
        """
        if self._offered is None:
            self._offered = faults.repeated(self._transport.signatures, self.retries)
        return self._offered

    def signature(self, name: str) -> Signature:
        """One of them.

        Raises:
            UserError: if the model has none of the name; and as `signatures`.
        """
        offered = self.signatures()
        if name not in offered:
            raise UserError(f"{self}: has no signature {name!r}. It has: {', '.join(offered)}")
        return offered[name]

    def predict(
        self, name: str, inputs: Mapping[str, Any], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Outputs of a signature.

        Args:
            name: of the signature.
            inputs: array-likes by name, axis 0 the batch, as many rows in each; string inputs are
                lists of bytes. They are checked before anything is sent.
            outputs: which to give; None for all. Over gRPC only these are sent.

        Returns:
            Arrays by name, axis 0 the batch; of bytes objects where the output is a string.

        Raises:
            UserError: naming the server, the model and what is wrong: an unknown signature, input
                or output, a wrong shape or type, a number that is not finite, or what the server
                or the way to it refuses.
        """
        signature = self.signature(name)
        wanted = list(signature.outputs) if outputs is None else list(outputs)
        strange = [key for key in wanted if key not in signature.outputs]
        if strange:
            has = ", ".join(signature.outputs)
            raise UserError(f"{self}, signature {name}: no output {strange[0]!r}. It has: {has}")
        try:
            values = fitted(signature, inputs)
        except ValueError as error:
            raise UserError(f"{self}, signature {name}: {error}") from error
        found = faults.repeated(
            lambda: self._transport.predict(name, signature, values, wanted), self.retries
        )
        try:
            check_answer(signature, found, len(next(iter(values.values()))))
        except ValueError as error:
            raise UserError(
                f"{self}, signature {name}: {error}. Is another program there?"
            ) from error
        return found


def _address(server: str) -> tuple[Any, str]:
    """The parts of an address, and how to show it: without a password."""
    try:
        parts = urlsplit(server)
        fits = parts.scheme in ("http", "https", "grpc") and parts.hostname
        port = parts.port
    except ValueError:
        fits = port = None
    if not fits or (parts.scheme == "grpc" and (port is None or parts.path.strip("/"))):
        raise UserError(
            f"--server {server}: expected http://HOST:8501 for REST or grpc://HOST:8500 for gRPC"
        )
    host = parts.netloc.rpartition("@")[2]
    return parts, f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
