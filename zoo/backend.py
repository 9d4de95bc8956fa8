"""Starting TensorFlow, once, the same way for every command."""

import os


def check() -> None:
    """Refuse a Keras backend other than TensorFlow, before anything heavy is imported.

    Raises:
        RuntimeError: if KERAS_BACKEND names another backend.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise RuntimeError(
            f"KERAS_BACKEND={backend}: coverzoo runs on TensorFlow only. "
            "Unset KERAS_BACKEND or set it to tensorflow."
        )


def start() -> None:
    """Import TensorFlow quietly and let GPU memory grow on demand. Harmless when repeated."""
    check()
    # The C++ log would otherwise bury the one line a user must read; errors still show.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # already in use: too late to choose, and no fault of the user
            break
