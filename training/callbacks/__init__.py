"""What happens after each training step, in one documented order."""

from collections.abc import Sequence

import keras

from coverzoo.training.callbacks.checkpoint import CheckpointCallback
from coverzoo.training.callbacks.metrics import MetricsLogger
from coverzoo.training.callbacks.progress import ProgressBar
from coverzoo.training.callbacks.quiet import QuietFirstStep
from coverzoo.training.callbacks.state import TrainingState
from coverzoo.training.callbacks.stopping import EndTraining, StopCriterion, TerminateOnNonFinite
from coverzoo.training.callbacks.validation import Validation

__all__ = [
    "CheckpointCallback",
    "EndTraining",
    "MetricsLogger",
    "ProgressBar",
    "QuietFirstStep",
    "StopCriterion",
    "TerminateOnNonFinite",
    "TrainingState",
    "Validation",
    "in_order",
]


def in_order(
    quiet: QuietFirstStep,
    stop: StopCriterion,
    finite: TerminateOnNonFinite,
    validation: Validation | None,
    metrics: MetricsLogger,
    evaluation: Sequence[keras.callbacks.Callback],
    checkpoint: CheckpointCallback,
    progress: ProgressBar,
) -> list[keras.callbacks.Callback]:
    """The callbacks of a training in the order they must run after each step.

    0. Output of the platform during the first step is released.
    1. The step is counted, and a total or a signal may end training.
    2. A loss or a weight that is not finite fails the training: what follows writes nothing then.
    3. Validation may end training, when its patience is exhausted.
    4. Metrics are recorded, also those of an unfinished interval if training ends.
    5. Evaluations record results; the checkpoint comes after them, so that a resume from it does
       not repeat them.
    6. The checkpoint, the model and the sample grid are written.
    7. The progress bar advances, and Keras stops if training ends.
    """
    validations = [] if validation is None else [validation]
    return [
        *(quiet, stop, finite, *validations, metrics, *evaluation, checkpoint, progress),
        EndTraining(stop.state),
    ]
