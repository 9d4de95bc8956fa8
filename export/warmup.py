"""Requests that TF Serving sends itself before it calls a new version ready."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from coverzoo.errors import UserError
from coverzoo.export.signatures import Signatures

PLACE = Path("assets.extra") / "tf_serving_warmup_requests"


def write(signatures: Signatures, inputs: dict[str, np.ndarray], folder: Path) -> None:
    """Write one request for every signature into a SavedModel.

    A request that fails would keep the server from loading the model.

    Args:
        signatures: what the SavedModel offers.
        inputs: a row of every input there is, by name.
        folder: of the SavedModel.

    Raises:
        UserError: without tensorflow-serving-api.
    """
    try:
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
    except ImportError as error:
        raise UserError(
            "warm-up requests need tensorflow-serving-api: pip install 'coverzoo[export]'"
        ) from error
    file = folder / PLACE
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for name, signature in signatures.items():
            request = predict_pb2.PredictRequest()
            request.model_spec.name = "coverzoo"
            request.model_spec.signature_name = name
            for key, spec in signature.inputs.items():
                value = _row(inputs[key], spec)
                request.inputs[key].CopyFrom(tf.make_tensor_proto(value, dtype=spec.dtype))
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())


def _row(values: np.ndarray, spec: Any) -> Any:
    return values[:1].tolist() if spec.dtype == tf.string else values[:1]
