"""Starting TensorFlow the same way for every command and API call."""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from coverzoo.errors import UserError


def check() -> None:
    """Refuse a Keras backend other than TensorFlow, before anything heavy is imported.

    Raises:
        UserError: If KERAS_BACKEND names another backend.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise UserError(
            f"KERAS_BACKEND={backend}: coverzoo runs on TensorFlow only. "
            "Unset KERAS_BACKEND or set it to tensorflow."
        )


def start() -> None:
    """Import TensorFlow quietly and let GPU memory grow on demand; may be called repeatedly.

    Raises:
        UserError: If KERAS_BACKEND names another backend.
    """
    check()
    os.environ["KERAS_BACKEND"] = "tensorflow"  # it takes precedence over ~/.keras/keras.json
    if platform.machine().lower() in ("x86_64", "amd64"):
        # TensorFlow uses oneDNN by itself only where there is AVX-512; with AVX2 a step takes
        # 1.6 times as long without it (see the platform page of the documentation).
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _quiet_import():
        import tensorflow as tf

        found = gpus()
    for gpu in found:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # the GPU is in use already, so the choice was made
            break


def gpus() -> Sequence[Any]:
    """The GPUs that TensorFlow finds; call `start` first."""
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")


@contextmanager
def _quiet_import() -> Iterator[None]:
    """Hide what TensorFlow's C++ code writes to standard error while it is imported.

    Its notes on CPU features and missing GPUs come before its log level can be set, and would
    hide the one line a user must read.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    with quiet():
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back all that is written to standard output and error, from C++ too, in the block.

    Should it fail, what was written is shown after all, on standard error.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as notes:
        os.dup2(notes.fileno(), 1)
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except Exception:  # not Ctrl-C
            notes.seek(0)
            os.write(kept[1], notes.read())
            raise
        finally:
            for stream, place in zip((sys.stdout, sys.stderr), (1, 2), strict=True):
                stream.flush()
                os.dup2(kept[place - 1], place)
                os.close(kept[place - 1])
