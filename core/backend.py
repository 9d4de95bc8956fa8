"""Starting TensorFlow the same way for every command and API call."""

import os
import platform
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

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
        except (RuntimeError, ValueError):  # in use already or divided: the choice was made
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


_hidden_lock = threading.RLock()  # guards the three below
_hidden_blocks = 0  # threads that are within `quiet`
_hidden_output: BinaryIO | None = None
_hidden_streams: list[int] = []  # duplicates of descriptors 1 and 2
_hidden_thread = threading.local()


@contextmanager
def quiet() -> Iterator[None]:
    """Hide what is written to standard output and error in the block, by C++ code too.

    If the block raises, what was written since its start is shown on standard error. Descriptors
    belong to the process: while any thread is within, the output of every thread is hidden. Blocks
    may be nested, and may overlap in several threads: the first saves the descriptors, and the
    last restores them.
    """
    if getattr(_hidden_thread, "within", False):  # the outer block hides, shows and restores
        yield
        return
    start = _hide_output()
    _hidden_thread.within = True
    try:
        yield
    except Exception:  # not Ctrl-C
        _show_output(start)
        raise
    finally:
        _hidden_thread.within = False
        _restore_output()


def _hide_output() -> int:
    """Send output to a temporary file, and return the length that the file has already."""
    global _hidden_blocks, _hidden_output
    with _hidden_lock:
        _flush_streams()
        if _hidden_output is None:
            _hidden_output = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115, outlives the call
            _hidden_streams[:] = [os.dup(1), os.dup(2)]
            os.dup2(_hidden_output.fileno(), 1)
            os.dup2(_hidden_output.fileno(), 2)
        _hidden_blocks += 1
        return os.fstat(_hidden_output.fileno()).st_size


def _show_output(start: int) -> None:
    """Write the hidden output from a position on to standard error."""
    with _hidden_lock:
        _flush_streams()
        if _hidden_output is not None:
            size = os.fstat(_hidden_output.fileno()).st_size
            os.write(_hidden_streams[1], os.pread(_hidden_output.fileno(), size - start, start))


def _restore_output() -> None:
    """Restore standard output and error when the last block ends."""
    global _hidden_blocks, _hidden_output
    with _hidden_lock:
        _flush_streams()
        _hidden_blocks -= 1
        if _hidden_blocks == 0 and _hidden_output is not None:
            for descriptor, saved in zip((1, 2), _hidden_streams, strict=True):
                os.dup2(saved, descriptor)
                os.close(saved)
            _hidden_output.close()
            _hidden_output = None


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed before Python started
            stream.flush()
