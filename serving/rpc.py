"""TF Serving's gRPC API; importing this imports TensorFlow, as its messages do."""

from collections.abc import Sequence
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from coverzoo.errors import UserError
from coverzoo.serving import retries
from coverzoo.serving.signatures import Signature, from_metadata

SIGNATURE_DEF = "signature_def"  # the one field of the metadata that a server has
CHANNEL_OPTIONS = (
    ("grpc.max_send_message_length", -1),  # 64 covers of 256 px are 50 MB; the default is 4 MB
    ("grpc.max_receive_message_length", -1),
    # Shorter than the waits between retries, which would else fail with the first error again.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class Grpc:
    """A model on a server, requested by gRPC.

    Args:
        target: Address, HOST:PORT.
        display_url: The server's address for messages.
        model: The server's name for the model.
        version: Version of the model; None for the newest that the server has loaded.
        timeout: Seconds an answer may take, from the request to the last byte.

    Attributes:
        sends_all_outputs: False: a server sends only the outputs that are requested.
    """

    sends_all_outputs = False

    def __init__(
        self, target: str, display_url: str, model: str, version: int | None, timeout: float
    ) -> None:
        self.display_url, self.model = display_url, model
        self.version, self.timeout = version, timeout
        self.channel = grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
        self.stub = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)

    def signatures(self) -> dict[str, Signature]:
        """Read the model's signatures from the server.

        Raises:
            Unavailable: If a later request can succeed.
            UserError: If the server has no such model, it has no signatures, or the answer cannot
                be read.
        """
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=[SIGNATURE_DEF])
        self._set_model(request.model_spec)
        answer = self._request(self.stub.GetModelMetadata, request)
        found = get_model_metadata_pb2.SignatureDefMap()
        with retries.reading(self.display_url, self.model, "metadata"):
            if not answer.metadata[SIGNATURE_DEF].Unpack(found):
                raise UserError(
                    f"{self.display_url}, model {self.model}: has no signatures. "
                    "Is it a SavedModel that zoo-export wrote?"
                )
            content = json_format.MessageToDict(found, preserving_proto_field_name=True)
            return from_metadata(content.get(SIGNATURE_DEF, {}))

    def predict(
        self,
        name: str,
        signature: Signature,
        inputs: dict[str, np.ndarray],
        outputs: Sequence[str],
    ) -> dict[str, np.ndarray]:
        """Run a signature. The server sends the outputs that are named.

        Raises:
            Unavailable: If a later request can succeed.
            SignatureMismatch: If the server refuses the request, or the answer has another form.
            UserError: If the server reports another error.
        """
        request = predict_pb2.PredictRequest(output_filter=outputs)
        self._set_model(request.model_spec)
        request.model_spec.signature_name = name
        for key, value in inputs.items():
            items = value.tolist() if value.dtype == object else value
            request.inputs[key].CopyFrom(tf.make_tensor_proto(items))
        answer = self._request(self.stub.Predict, request)
        with retries.reading(self.display_url, self.model, f"signature {name}"):
            return {key: tf.make_ndarray(answer.outputs[key]) for key in outputs}

    def close(self) -> None:
        """Close the connection."""
        self.channel.close()

    def _set_model(self, spec: Any) -> None:
        spec.name = self.model
        if self.version is not None:
            spec.version.value = self.version

    def _request(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self.timeout)
        except grpc.RpcError as error:
            raise self._error(error.code(), error.details()) from error

    def _error(self, code: grpc.StatusCode, text: Any) -> Exception:
        """The exception that a status stands for."""
        if code is grpc.StatusCode.UNAVAILABLE:
            return retries.Unavailable(
                f"{self.display_url}: not available ({retries.one_line(text)})",
                "Is the server running and not overloaded, and is this its gRPC port, usually "
                "8500? REST's, usually 8501, is http://…",
            )
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return retries.overloaded(self.display_url, text)
        if code is grpc.StatusCode.NOT_FOUND:
            return retries.model_not_found(self.display_url, self.model, self.version, text)
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return retries.timed_out(self.display_url, self.timeout)
        if code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION):
            return retries.refusal(self.display_url, self.model, text)
        return UserError(
            f"{self.display_url}, model {self.model}: {code.name}: {retries.one_line(text)}. "
            "See the server's log"
        )
