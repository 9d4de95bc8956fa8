"""TF Serving's REST API, without TensorFlow."""

import base64
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import requests
from urllib3.exceptions import IncompleteRead, NewConnectionError

from coverzoo.errors import UserError
from coverzoo.serving import retries as faults
from coverzoo.serving.signatures import DEFAULT, Signature, Tensor, from_metadata

# 502 is what a proxy says of a server that is not back yet.
LATER = (502, 503)


class Rest:
    """A model of a server, asked in JSON.

    Args:
        url: of the server, before `/v1/models`.
        shown: the same for messages, without a password.
        model: its name there.
        version: of it; None for the newest the server has loaded.
        timeout: seconds to wait for a connection, and for each part of an answer.
        by_row: ask for rows (`instances`, `predictions`) instead of columns (`inputs`, `outputs`),
            which some gateways demand. Either way a single output comes without its name, which
            is why the signature is needed to read an answer.
    """

    def __init__(
        self,
        url: str,
        shown: str,
        model: str,
        version: int | None,
        timeout: float,
        by_row: bool = False,
    ) -> None:
        self.shown, self.model, self.version = shown, model, version
        self.timeout, self.by_row = timeout, by_row
        self.address = f"{url}/v1/models/{quote(model, safe='')}"
        if version is not None:
            self.address += f"/versions/{version}"
        self.session = requests.Session()

    def signatures(self) -> dict[str, Signature]:
        """What the model offers.

        Raises:
            Unavailable: if it may be there later.
            UserError: if not.
        """
        answer = self._ask("GET", "/metadata")
        try:
            return from_metadata(answer["metadata"]["signature_def"]["signature_def"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._puzzled("metadata", error) from error

    def predict(
        self,
        name: str,
        signature: Signature,
        inputs: dict[str, np.ndarray],
        outputs: Sequence[str],
    ) -> dict[str, np.ndarray]:
        """Outputs of a signature; the server sends all of them, those asked for are read.

        Raises:
            Unavailable: if it may work later.
            UserError: if not.
        """
        columns = {key: _to_json(value) for key, value in inputs.items()}
        body: dict[str, Any] = {} if name == DEFAULT else {"signature_name": name}
        if self.by_row:
            rows = zip(*columns.values(), strict=True)
            body["instances"] = [dict(zip(columns, row, strict=True)) for row in rows]
        else:
            body["inputs"] = columns
        answer = self._ask("POST", ":predict", body)
        try:
            found = self._columns(answer, signature, outputs)
            return {key: _from_json(found[key], signature.outputs[key]) for key in outputs}
        except (KeyError, TypeError, ValueError) as error:
            raise self._puzzled(f"signature {name}", error) from error

    def close(self) -> None:
        """Close its connections."""
        self.session.close()

    def _columns(self, answer: Any, signature: Signature, outputs: Sequence[str]) -> Any:
        """Outputs by name."""
        found = answer["predictions" if self.by_row else "outputs"]
        if len(signature.outputs) == 1:
            return dict.fromkeys(signature.outputs, found)
        if self.by_row:
            return {key: [row[key] for row in found] for key in outputs}
        return found

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON that the server answers with status 200."""
        content = None if body is None else json.dumps(body, allow_nan=False)
        try:
            answer = self.session.request(
                method,
                self.address + path,
                data=content,
                headers={"Content-Type": "application/json"},
                timeout=self.timeout,
                allow_redirects=False,  # they would turn a POST into a GET
            )
        except requests.exceptions.ConnectTimeout as error:
            raise self._nobody(f"no connection within {self.timeout:g} s") from error
        except requests.exceptions.Timeout as error:
            raise faults.too_slow(self.shown, self.timeout) from error
        except requests.exceptions.RequestException as error:
            reason = getattr(error.args[0], "reason", None) if error.args else None
            if isinstance(reason, NewConnectionError):
                cause = getattr(reason.__cause__, "strerror", None) or reason
                raise self._nobody(f"no connection ({faults.quoted(cause)})") from error
            if _dropped(error):
                raise self._nobody("the connection ended before the answer") from error
            raise UserError(
                f"{self.shown}: no HTTP answer ({faults.quoted(error)}). "
                "REST has a port of its own, usually 8501; gRPC's, usually 8500, is grpc://…"
            ) from error
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Any:
        status = answer.status_code
        try:
            told = answer.json()
        except ValueError:
            told = None
        said = told.get("error") if isinstance(told, dict) else None
        if status == 200 and told is not None and said is None:
            return told
        words = said or f"HTTP {status} {answer.reason}"
        if status in LATER:
            raise faults.Unavailable(
                f"{self.shown}: not now ({faults.quoted(words)})",
                "Ask for less at a time, or give the server more",
            )
        if status == 404 and said is not None:
            raise faults.unknown(self.shown, self.model, self.version, said)
        if status == 504:
            raise faults.too_slow(self.shown, self.timeout)
        if status == 400 and said is not None:
            raise faults.refused(self.shown, self.model, said)
        if said is None and status in (200, 404):
            raise UserError(
                f"{self.shown}: does not answer as TF Serving does (HTTP {status}, "
                f"{answer.headers.get('Content-Type', 'no type')}). "
                "Is --server the address of its REST API, without /v1/models?"
            )
        raise UserError(
            f"{self.shown}, model {self.model}: HTTP {status}: {faults.quoted(words)}. "
            "The server's log tells more"
        )

    def _nobody(self, reason: str) -> faults.Unavailable:
        return faults.Unavailable(
            f"{self.shown}: {reason}",
            "Is the server running, and is this its REST port, usually 8501?",
        )

    def _puzzled(self, what: str, error: Exception) -> UserError:
        return UserError(
            f"{self.shown}, model {self.model}: {what}: an answer of another form than TF "
            f"Serving's ({type(error).__name__}: {faults.quoted(error)}). Is another program there?"
        )


def _dropped(error: Exception) -> bool:
    """Whether a connection ended in the middle, as those of a server do that is restarted."""
    causes = [*error.args, *(each for cause in error.args for each in getattr(cause, "args", ()))]
    return any(isinstance(cause, ConnectionError | IncompleteRead) for cause in causes)


def _to_json(value: np.ndarray) -> list[Any]:
    """Rows as JSON has them; bytes are base64."""
    if value.dtype == object:
        return [{"b64": base64.b64encode(item).decode()} for item in value]
    if value.dtype.kind == "f":
        # By way of text: the fewest digits that give the same float32, half of what a double has.
        return value.astype(str).astype(np.float64).tolist()
    return value.tolist()


def _from_json(value: Any, tensor: Tensor) -> np.ndarray:
    if tensor.type != "string":
        return np.asarray(value, tensor.type)
    # A string whose name does not end in _bytes comes as text.
    items = [
        base64.b64decode(item["b64"], validate=True) if isinstance(item, dict) else item.encode()
        for item in value
    ]
    made = np.empty(len(items), object)
    made[:] = items
    return made
