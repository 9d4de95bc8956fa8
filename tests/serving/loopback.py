"""A gRPC service that runs a SavedModel: `python loopback.py FOLDER` prints its address.

It ends with its standard input.
"""

import sys
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from coverzoo.export import saved_model


class Loopback(prediction_service_pb2_grpc.PredictionServiceServicer):
    """A PredictionService that runs a SavedModel by the V1 session loader.

    The loader and the messages are TF Serving's own; its manager, its batching and its REST are
    missing. Texts and codes of refusals are those that a real server answered over REST.

    Attributes:
        failures: Status codes to answer with first, each with its text.
        requests: Predict requests, in the order they arrived.
    """

    def __init__(self, folder):
        self.session = saved_model.Session(folder)
        self.version = int(folder.name)
        self.failures = []
        self.requests = []

    def Predict(self, request, context):
        self._check(request.model_spec, context)
        self.requests.append(request)
        name = request.model_spec.signature_name or "serving_default"
        if name not in self.session.signatures:
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f'Serving signature name: "{name}" not found in signature def',
            )
        inputs = {key: tf.make_ndarray(value) for key, value in request.inputs.items()}
        try:
            outputs = self.session.run(name, inputs)
        except tf.errors.OpError as error:
            code = {code.value[0]: code for code in grpc.StatusCode}[error.error_code]
            context.abort(code, error.message)
        answer = predict_pb2.PredictResponse()
        for key in request.output_filter or outputs:
            answer.outputs[key].CopyFrom(tf.make_tensor_proto(outputs[key]))
        return answer

    def GetModelMetadata(self, request, context):
        self._check(request.model_spec, context)
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for name, signature in self.session.signatures.items():
            signatures.signature_def[name].CopyFrom(signature)
        answer.metadata["signature_def"].Pack(signatures)
        return answer

    def _check(self, spec, context):
        if self.failures:
            context.abort(*self.failures.pop(0))
        if spec.name != "cover":
            context.abort(
                grpc.StatusCode.NOT_FOUND, f"Servable not found for request: Latest({spec.name})"
            )
        if spec.HasField("version") and spec.version.value != self.version:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: Specific({spec.name}, {spec.version.value})",
            )


@contextmanager
def serving(folder):
    """Serve a folder on a free port of 127.0.0.1 as the model `cover`, within the block."""
    servicer = Loopback(folder)
    server = grpc.server(futures.ThreadPoolExecutor(2))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(servicer, server)
    servicer.url = f"grpc://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield servicer
    finally:
        server.stop(None).wait()
        servicer.session.close()


if __name__ == "__main__":
    with serving(Path(sys.argv[1])) as running:
        print(running.url, flush=True)
        sys.stdin.read()
