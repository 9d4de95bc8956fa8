"""What a user reads when a training stops: an error from outside, or a value that is not finite."""

import re
from typing import Any

import tensorflow as tf

from coverzoo.training.config import RunConfig
from coverzoo.training.run import Run

# What happens to a run from outside: files that vanish, memory or a disk that is full.
RECOVERABLE_ERRORS = (
    OSError,
    tf.errors.NotFoundError,
    tf.errors.PermissionDeniedError,
    tf.errors.ResourceExhaustedError,
)


def non_finite_message(run: Run, config: RunConfig, reason: str, last: Any) -> str:
    """What a user reads when a loss or a weight is not finite."""
    rates = [name for name in type(config.settings).model_fields if name.endswith("learning_rate")]
    remedy = f"Lower {' '.join(f'--set {name}=…' for name in rates)}"
    if config.precision != "float32":
        remedy += " or use --precision float32"
    if last is None:
        return f"{run.path}: training stopped: {reason}. {remedy}."
    # A resume would repeat the failure: it keeps the settings, and its draws are the same.
    return (
        f"{run.path}: training stopped: {reason}. The last good checkpoint is {last.path}. "
        f"{remedy}, in a new run with --init-from {run.shell_path}."
    )


def reason_of(error: OSError | tf.errors.OpError) -> str:
    """What is wrong; of TensorFlow's message its informative line."""
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    lines = [line for line in error.message.splitlines() if ": " in line or "; " in line]
    return re.sub(r"\{\{.*?\}\}\s*", "", (lines or [error.message])[0]).strip()
