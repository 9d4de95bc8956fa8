"""TF Serving's REST API, without TensorFlow."""

import base64
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import requests
from urllib3.exceptions import IncompleteRead, LocationParseError, NewConnectionError

from coverzoo.errors import UserError
from coverzoo.serving import retries
from coverzoo.serving.signatures import DEFAULT, Signature, TensorSpec, from_metadata

UNAVAILABLE_STATUSES = (502, 503)  # 502 is what a proxy answers while the server restarts
TOO_MANY_REQUESTS = 429  # TF Serving's status for RESOURCE_EXHAUSTED


class Rest:
    """A model on a server, requested in JSON.

    Args:
        url: URL of the server, before `/v1/models`.
        display_url: The same URL without a password, for messages.
        model: The server's name for the model.
        version: Version of the model; None for the newest that the server has loaded.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        row_format: Whether requests have rows (`instances`, `predictions`) instead of columns
            (`inputs`, `outputs`); some gateways demand rows. In both formats a single output
            comes without its name, so the signature is needed to read an answer.

    Attributes:
        sends_all_outputs: True: REST has no filter of outputs.
    """

    sends_all_outputs = True

    def __init__(
        self,
        url: str,
        display_url: str,
        model: str,
        version: int | None,
        timeout: float,
        row_format: bool = False,
    ) -> None:
        self.display_url, self.model, self.version = display_url, model, version
        self.timeout, self.row_format = timeout, row_format
        self.address = f"{url}/v1/models/{quote(model, safe='')}"
        if version is not None:
            self.address += f"/versions/{version}"
        self.session = requests.Session()

    def signatures(self) -> dict[str, Signature]:
        """Read the model's signatures from the server.

        Raises:
            Unavailable: If a later request can succeed.
            UserError: If the server has no such model, or its answer cannot be read.
        """
        answer = self._request("GET", "/metadata")
        with retries.reading(self.display_url, self.model, "metadata"):
            return from_metadata(answer["metadata"]["signature_def"]["signature_def"])

    def predict(
        self,
        name: str,
        signature: Signature,
        inputs: dict[str, np.ndarray],
        outputs: Sequence[str],
    ) -> dict[str, np.ndarray]:
        """Run a signature. The server sends all outputs; those named are decoded.

        Raises:
            Unavailable: If a later request can succeed.
            SignatureMismatch: If the server refuses the request, or the answer has another form.
            UserError: If the server reports another error, or does not answer as TF Serving does.
        """
        columns = {key: _to_json(value) for key, value in inputs.items()}
        body: dict[str, Any] = {} if name == DEFAULT else {"signature_name": name}
        if self.row_format:
            rows = zip(*columns.values(), strict=True)
            body["instances"] = [dict(zip(columns, row, strict=True)) for row in rows]
        else:
            body["inputs"] = columns
        answer = self._request("POST", ":predict", body)
        with retries.reading(self.display_url, self.model, f"signature {name}"):
            found = self._columns(answer, signature, outputs)
            return {key: _from_json(found[key], signature.outputs[key]) for key in outputs}

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def _columns(self, answer: Any, signature: Signature, outputs: Sequence[str]) -> Any:
        """Outputs by name."""
        found = answer["predictions" if self.row_format else "outputs"]
        if len(signature.outputs) == 1:
            return dict.fromkeys(signature.outputs, found)
        if self.row_format:
            return {key: [row[key] for row in found] for key in outputs}
        return found

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer with status 200."""
        content = None if body is None else json.dumps(body, allow_nan=False)
        try:
            answer = self.session.request(
                method,
                self.address + path,
                data=content,
                headers={"Content-Type": "application/json"},
                timeout=self.timeout,
                allow_redirects=False,  # a redirect would turn a POST into a GET
            )
        except requests.exceptions.ConnectTimeout as error:
            raise self._no_connection(f"no connection within {self.timeout:g} s") from error
        except requests.exceptions.Timeout as error:
            raise retries.timed_out(self.display_url, self.timeout) from error
        except (requests.exceptions.RequestException, LocationParseError) as error:
            reason = getattr(error.args[0], "reason", None) if error.args else None
            if isinstance(reason, NewConnectionError):
                cause = getattr(reason.__cause__, "strerror", None) or reason
                raise self._no_connection(f"no connection ({retries.one_line(cause)})") from error
            if _connection_dropped(error):
                raise self._no_connection("the connection ended before the answer") from error
            raise UserError(
                f"{self.display_url}: no HTTP answer ({retries.one_line(error)}). "
                "REST has a port of its own, usually 8501; gRPC's, usually 8500, is grpc://…"
            ) from error
        return self._parse(answer)

    def _parse(self, answer: requests.Response) -> Any:
        """The JSON of an answer, or the error that its status stands for."""
        status = answer.status_code
        try:
            content = answer.json()
        except ValueError:
            content = None
        message = content.get("error") if isinstance(content, dict) else None
        if status == 200 and content is not None and message is None:
            return content
        text = message or f"HTTP {status} {answer.reason}"
        if status == TOO_MANY_REQUESTS:
            raise retries.overloaded(self.display_url, text)
        if status in UNAVAILABLE_STATUSES:
            raise retries.Unavailable(
                f"{self.display_url}: not available now ({retries.one_line(text)})",
                "Request fewer covers at a time, or give the server more resources",
            )
        if status == 404 and message is not None:
            raise retries.model_not_found(self.display_url, self.model, self.version, message)
        if status == 504:
            raise retries.timed_out(self.display_url, self.timeout)
        if status == 400 and message is not None:
            raise retries.refusal(self.display_url, self.model, message)
        if message is None and status in (200, 404):
            raise UserError(
                f"{self.display_url}: does not answer as TF Serving does (HTTP {status}, "
                f"{answer.headers.get('Content-Type', 'no type')}). "
                "Is --server the address of its REST API, without /v1/models?"
            )
        raise UserError(
            f"{self.display_url}, model {self.model}: HTTP {status}: {retries.one_line(text)}. "
            "See the server's log"
        )

    def _no_connection(self, reason: str) -> retries.Unavailable:
        return retries.Unavailable(
            f"{self.display_url}: {reason}",
            "Is the server running, and is this its REST port, usually 8501?",
        )


def _connection_dropped(error: Exception) -> bool:
    """Whether a connection ended during the answer, as when a server restarts."""
    causes = [*error.args, *(each for cause in error.args for each in getattr(cause, "args", ()))]
    return any(isinstance(cause, ConnectionError | IncompleteRead) for cause in causes)


def _to_json(value: np.ndarray) -> list[Any]:
    """Rows of an array as JSON values; bytes are base64."""
    if value.dtype == object:
        return [{"b64": base64.b64encode(item).decode()} for item in value]
    if value.dtype.kind == "f":
        # Through text: the fewest digits that are the same float32, half of a double's.
        return value.astype(str).astype(np.float64).tolist()
    return value.tolist()


def _from_json(value: Any, tensor: TensorSpec) -> np.ndarray:
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
