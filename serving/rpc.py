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
from coverzoo.serving import retries as faults
from coverzoo.serving.signatures import Signature, from_metadata

METADATA = "signature_def"
OPTIONS = (
    ("grpc.max_send_message_length", -1),  # 64 covers of 256 px are 50 MB; the limit was 4
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 200),  # else a retry fails of the last attempt's fault
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class Grpc:
    """A model of a server, asked by gRPC.

    Args:
        target: HOST:PORT.
        shown: the server's address for messages.
        model: its name there.
        version: of it; None for the newest the server has loaded.
        timeout: seconds an answer may take, from asking to the last byte.
    """

    def __init__(
        self, target: str, shown: str, model: str, version: int | None, timeout: float
    ) -> None:
        self.shown, self.model, self.version, self.timeout = shown, model, version, timeout
        self.channel = grpc.insecure_channel(target, options=OPTIONS)
        self.stub = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)

    def signatures(self) -> dict[str, Signature]:
        """What the model offers.

        Raises:
            Unavailable: if it may be there later.
            UserError: if not.
        """
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=[METADATA])
        self._name(request.model_spec)
        answer = self._ask(self.stub.GetModelMetadata, request)
        found = get_model_metadata_pb2.SignatureDefMap()
        if not answer.metadata[METADATA].Unpack(found):
            raise UserError(
                f"{self.shown}, model {self.model}: has no signatures. "
                "Is it a SavedModel that zoo-export wrote?"
            )
        told = json_format.MessageToDict(found, preserving_proto_field_name=True)
        return from_metadata(told.get("signature_def", {}))

    def predict(
        self,
        name: str,
        signature: Signature,
        inputs: dict[str, np.ndarray],
        outputs: Sequence[str],
    ) -> dict[str, np.ndarray]:
        """Outputs of a signature; the server sends those asked for.

        Raises:
            Unavailable: if it may work later.
            UserError: if not.
        """
        request = predict_pb2.PredictRequest(output_filter=outputs)
        self._name(request.model_spec)
        request.model_spec.signature_name = name
        for key, value in inputs.items():
            items = value.tolist() if value.dtype == object else value
            request.inputs[key].CopyFrom(tf.make_tensor_proto(items))
        answer = self._ask(self.stub.Predict, request)
        return {key: tf.make_ndarray(answer.outputs[key]) for key in outputs}

    def close(self) -> None:
        """Close its connection."""
        self.channel.close()

    def _name(self, spec: Any) -> None:
        spec.name = self.model
        if self.version is not None:
            spec.version.value = self.version

    def _ask(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self.timeout)
        except grpc.RpcError as error:
            raise self._fault(error.code(), error.details()) from error

    def _fault(self, code: grpc.StatusCode, words: Any) -> Exception:
        if code is grpc.StatusCode.UNAVAILABLE:
            return faults.Unavailable(
                f"{self.shown}: not available ({faults.quoted(words)})",
                "Is the server running and not overloaded, and is this its gRPC port, usually "
                "8500? REST's, usually 8501, is http://…",
            )
        if code is grpc.StatusCode.NOT_FOUND:
            return faults.unknown(self.shown, self.model, self.version, words)
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return faults.too_slow(self.shown, self.timeout)
        if code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION):
            return faults.refused(self.shown, self.model, words)
        return UserError(
            f"{self.shown}, model {self.model}: {code.name}: {faults.quoted(words)}. "
            "The server's log tells more"
        )
