"""A client of TF Serving: one interface over REST and gRPC."""

import os
import re
from collections.abc import Mapping, Sequence
from time import monotonic
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np

from coverzoo import backend
from coverzoo.errors import UserError, install_command
from coverzoo.sampling.limits import check_integer, is_number
from coverzoo.serving.retries import MAX_TIMEOUT, MAX_VERSION, SignatureMismatch, with_retries
from coverzoo.serving.signatures import Signature, check_outputs, checked_inputs

SIGNATURES_MAX_AGE = 60.0  # seconds after which they are read from the server again


class Transport(Protocol):
    """The protocol a `Client` speaks with its server: REST or gRPC."""

    sends_all_outputs: bool

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

    Nothing is sent before the first request. A request is retried, after twice as long a wait each
    time, where it can succeed later: no connection or one that is dropped, HTTP 429, 502 and 503,
    gRPC's UNAVAILABLE and RESOURCE_EXHAUSTED, and refusals that another client's bad request in
    the same batch can cause.

    The signatures are read from the server before the first request, again after a minute, and
    again at once where a request, a refusal or an answer does not fit them: the server may have
    loaded a new version of the model.

    Args:
        server: Address of the server: `http://HOST:PORT` or `https://…` for REST, which needs no
            TensorFlow, or `grpc://HOST:PORT`. REST can have `USER:PASSWORD@` before the host.
        model: The server's name for the model.
        version: Version of the model; None for the newest that is loaded.
        timeout: Seconds to wait: over gRPC for the whole answer, over REST for a connection and
            for each part of the answer.
        retries: Number of retries after the first attempt.
        row_format: Whether REST requests are in row format; see `coverzoo.serving.rest`.

    Raises:
        UserError: If the address is invalid, an argument is out of range, or a library is missing.
    """

    def __init__(
        self,
        server: str,
        model: str,
        version: int | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        row_format: bool = False,
    ) -> None:
        if not is_number(timeout) or not 0 < timeout <= MAX_TIMEOUT:
            raise UserError(
                f"timeout: expected a number above 0, up to {MAX_TIMEOUT}. Received: {timeout!r}"
            )
        check_integer("retries", retries, 0)
        if version is not None:
            check_integer("version", version, 0, MAX_VERSION)
        self.model, self.version, self.retries = model, version, retries
        self._signatures: dict[str, Signature] | None = None
        self._read_at = 0.0
        parts, self.server = _parse_address(server)
        try:
            if parts.scheme == "grpc":
                os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
                with backend.quiet():  # TensorFlow prints notes on the CPU when it is imported
                    from coverzoo.serving.rpc import Grpc
                target = parts.netloc
                self._transport: Transport = Grpc(target, self.server, model, version, timeout)
            else:
                from coverzoo.serving.rest import Rest

                url = parts.geturl().rstrip("/")
                self._transport = Rest(url, self.server, model, version, timeout, row_format)
        except ImportError as error:
            raise UserError(
                f"{self.server}: needs {error.name}: {install_command('serving')}"
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

    @property
    def sends_all_outputs(self) -> bool:
        """Whether the server sends every output of a signature, as over REST."""
        return self._transport.sends_all_outputs

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def signatures(self) -> dict[str, Signature]:
        """The model's signatures by name, read from the server at most a minute ago.

        Raises:
            UserError: If the server cannot be reached, or has no such model or version.
        """
        if self._signatures is None or monotonic() - self._read_at > SIGNATURES_MAX_AGE:
            return self._read_signatures()
        return self._signatures

    def signature(self, name: str) -> Signature:
        """One of the model's signatures.

        Args:
            name: Name of the signature.

        Raises:
            SignatureMismatch: If the model has no signature of this name.
            UserError: As `signatures`.
        """
        started = monotonic()
        offered = self.signatures()
        if name not in offered and self._changed_since(started):
            offered = self.signatures()
        if name not in offered:
            raise SignatureMismatch(
                f"{self}: has no signature {name!r}. It has: {', '.join(offered)}"
            )
        return offered[name]

    def predict(
        self, name: str, inputs: Mapping[str, Any], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Run a signature of the model.

        Args:
            name: Name of the signature.
            inputs: Array-likes by input name, axis 0 the batch, with equal numbers of rows; string
                inputs are lists of bytes. They are checked before anything is sent.
            outputs: Names of the outputs to return; None for all. Over gRPC the server sends only
                these.

        Returns:
            Arrays by output name, axis 0 the batch; arrays of bytes objects for string outputs.

        Raises:
            UserError: If the signature, an input or an output is unknown, an input has a wrong
                shape or type or is not finite, the server refuses the request, or it cannot be
                reached. The message names the server, the model and the fault.
        """
        started = monotonic()
        try:
            return self._predict_once(name, inputs, outputs)
        except SignatureMismatch:
            if not self._changed_since(started):
                raise
        return self._predict_once(name, inputs, outputs)

    def _predict_once(
        self, name: str, inputs: Mapping[str, Any], outputs: Sequence[str] | None
    ) -> dict[str, np.ndarray]:
        """`predict` with the signatures that the client has."""
        signature = self.signature(name)
        wanted = list(signature.outputs) if outputs is None else list(outputs)
        unknown = [key for key in wanted if key not in signature.outputs]
        if unknown:
            has = ", ".join(signature.outputs)
            raise SignatureMismatch(
                f"{self}, signature {name}: no output {unknown[0]!r}. It has: {has}"
            )
        try:
            values = checked_inputs(signature, inputs)
        except ValueError as error:
            raise SignatureMismatch(f"{self}, signature {name}: {error}") from error
        found = with_retries(
            lambda: self._transport.predict(name, signature, values, wanted), self.retries
        )
        try:
            check_outputs(signature, found, len(next(iter(values.values()))))
        except ValueError as error:
            raise SignatureMismatch(
                f"{self}, signature {name}: {error}. Is the server TF Serving?"
            ) from error
        return found

    def _read_signatures(self) -> dict[str, Signature]:
        """Read the signatures from the server and keep them."""
        found = with_retries(self._transport.signatures, self.retries)
        self._signatures, self._read_at = found, monotonic()
        return found

    def _changed_since(self, started: float) -> bool:
        """Read signatures that are older than a moment again, and report whether they differ."""
        if self._read_at >= started:
            return False
        before = self._signatures
        try:
            return self._read_signatures() != before
        except UserError:  # the error that led here says more
            return False


def _parse_address(server: str) -> tuple[Any, str]:
    """The parts of an address, and the address for messages, without a password."""
    try:
        parts = urlsplit(server)
        port = parts.port
        valid = bool(parts.hostname) and not parts.query and not parts.fragment
        if parts.scheme == "grpc":
            valid &= bool(port) and "@" not in parts.netloc and not parts.path.strip("/")
        else:
            valid &= parts.scheme in ("http", "https")
    except ValueError:
        valid = False
    if not valid:
        shown = re.sub(r"^(\w+://)?.*@", r"\1", server)
        raise UserError(
            f"--server {shown}: expected http://HOST:8501 for REST, or grpc://HOST:8500, without a "
            "password, for gRPC"
        )
    host = parts.netloc.rpartition("@")[2]
    return parts, f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
