"""Requests that TF Serving sends to itself before it reports a new version as available."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from coverzoo.export.signatures import Signatures
from coverzoo.types import Tensor

WARMUP_FILE = Path("assets.extra") / "tf_serving_warmup_requests"


def write(signatures: Signatures, inputs: dict[str, np.ndarray], folder: Path) -> None:
    """Write one request for every signature into a SavedModel.

    A server does not load a model of which one request fails.

    Args:
        signatures: Signatures of the SavedModel.
        inputs: One row of every input, by name.
        folder: Folder of the SavedModel.
    """
    file = folder / WARMUP_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for name, signature in signatures.items():
            request = predict_pb2.PredictRequest()
            request.model_spec.name = "coverzoo"
            request.model_spec.signature_name = name
            for key, spec in signature.inputs.items():
                value = _first_row(inputs[key], spec)
                request.inputs[key].CopyFrom(tf.make_tensor_proto(value, dtype=spec.dtype))
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())


def _first_row(values: np.ndarray, spec: tf.TensorSpec) -> Tensor:
    return values[:1].tolist() if spec.dtype == tf.string else values[:1]
