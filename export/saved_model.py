"""SavedModels that TF Serving can run."""

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from keras.export import ExportArchive

from coverzoo import backend
from coverzoo.export.signatures import Signatures, traced_once

FILE = "saved_model.pb"


def write(model: Any, signatures: Signatures, folder: Path) -> None:
    """Write a SavedModel; its first signature is `serving_default` too.

    By Keras's ExportArchive: what `tf.saved_model.save` makes of a Keras 3 model loads in TF
    Serving and fails there at the first request.

    Args:
        model: Model whose weights the functions use.
        signatures: Signatures to offer.
        folder: Folder to write, which must not exist.

    Raises:
        OSError: If the folder cannot be written, for instance on a full disk.
    """
    archive = ExportArchive()
    archive.track(model)
    for name, signature in signatures.items():
        function = traced_once(signature).function
        archive.add_endpoint(name, function, input_signature=list(signature.inputs.values()))
    with contextlib.redirect_stdout(io.StringIO()):  # it lists the endpoints
        try:
            archive.write_out(str(folder), verbose=False)
        except tf.errors.OpError as error:
            # "{{node}} FILE; No space left on device [Op:SaveV2]"
            reason = error.message.rpartition("; ")[2].partition(" [Op:")[0]
            raise OSError(f"{folder}: cannot be written: {reason}") from error


class Session:
    """A SavedModel run by a TensorFlow 1 session, as TF Serving does.

    `tf.saved_model.load` accepts what a session does not, such as untracked variables.

    Args:
        folder: Folder of the SavedModel.
    """

    def __init__(self, folder: Path) -> None:
        self.session = tf.compat.v1.Session(graph=tf.Graph())
        with backend.quiet():  # it warns of its deprecation; TF Serving keeps using it
            loaded = tf.compat.v1.saved_model.load(self.session, ["serve"], str(folder))
        self.signatures = loaded.signature_def

    def run(self, name: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs of a signature."""
        signature = self.signatures[name]
        feed = {signature.inputs[key].name: value for key, value in inputs.items()}
        return self.session.run(
            {key: output.name for key, output in signature.outputs.items()}, feed
        )

    def close(self) -> None:
        """Free its graph and weights."""
        self.session.close()


def table(folder: Path) -> dict[str, Any]:
    """The signatures of a SavedModel as plain data: type and shape of every input and output.

    Args:
        folder: Folder of the SavedModel.

    Returns:
        By signature, `inputs` and `outputs` by name, each with `type` and `shape`; -1 is any size.
    """
    from tensorflow.python.tools.saved_model_utils import get_meta_graph_def

    signatures = get_meta_graph_def(str(folder), "serve").signature_def
    return {
        name: {
            "inputs": {key: _tensor(info) for key, info in signature.inputs.items()},
            "outputs": {key: _tensor(info) for key, info in signature.outputs.items()},
        }
        for name, signature in sorted(signatures.items())
        if not name.startswith("__")
    }


def _tensor(info: Any) -> dict[str, Any]:
    return {
        "type": tf.dtypes.as_dtype(info.dtype).name,
        "shape": [dimension.size for dimension in info.tensor_shape.dim],
    }
