"""What is kept of training: checkpoint, model and sample grid."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from coverzoo.files import replacing
from coverzoo.images import grid
from coverzoo.training.callbacks.metrics import MetricsLogger
from coverzoo.training.callbacks.stopping import StopCriterion, TerminateOnNonFinite
from coverzoo.training.checkpoints import Checkpoint, Checkpoints
from coverzoo.training.run import Run


class CheckpointCallback(keras.callbacks.Callback):
    """Writes checkpoint, model and sample grid every few steps and at the end.

    Args:
        run: where to.
        clock: the step.
        guard: nothing is kept after a fault.
        checkpoints: the training states.
        every: steps between checkpoints.
        paint: gives the covers of the fixed grid, (rows · columns, S, S, 3).
        columns: of the grid.
        records: whose TensorBoard gets the grid too.
        last: the checkpoint that training goes on from, if any.
    """

    def __init__(
        self,
        run: Run,
        clock: StopCriterion,
        guard: TerminateOnNonFinite,
        checkpoints: Checkpoints,
        every: int,
        paint: Callable[[], np.ndarray],
        columns: int,
        records: MetricsLogger,
        last: Checkpoint | None = None,
    ) -> None:
        super().__init__()
        self.run, self.clock, self.guard = run, clock, guard
        self.checkpoints, self.every = checkpoints, every
        self.paint, self.columns, self.records = paint, columns, records
        self.last = last

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        due = self.clock.step % self.every == 0 or self.clock.stopping
        if due and self.guard.fault is None:
            self.keep()

    def keep(self) -> None:
        """Write all three for the present step, unless a weight is not finite."""
        if not all(np.isfinite(weight).all() for weight in self.model.get_weights()):
            self.guard.fault = f"a weight is not finite at step {self.clock.step}"
            self.clock.stopping = self.model.stop_training = True
            return
        self.last = self.checkpoints.save(self.clock.step, self.clock.seconds)
        if not self.model.has_best_weights:  # by its validation, which has kept it
            save_model(self.model.generative, self.run)
        self.draw()

    def draw(self) -> None:
        """Write the sample grid of the present step."""
        import tensorflow as tf

        sheet = grid(self.paint(), self.columns)
        self.run.samples.mkdir(exist_ok=True)
        with replacing(self.run.samples / f"step-{self.clock.step:06d}.png") as file:
            sheet.save(file)
        with self.records.board.as_default(step=self.clock.step):
            tf.summary.image("samples", np.asarray(sheet)[None])


def save_model(model: keras.Model, run: Run) -> None:
    """Write the model to use, whole or not at all."""
    with replacing(run.model_file) as file:
        model.save(file)
