"""Writing checkpoint, model and sample grid."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from coverzoo.files import replacing
from coverzoo.images import grid
from coverzoo.training.callbacks.metrics import SummaryWriter
from coverzoo.training.callbacks.state import TrainingState
from coverzoo.training.checkpoints import Checkpoint, Checkpoints
from coverzoo.training.run import Run


class CheckpointCallback(keras.callbacks.Callback):
    """Writes checkpoint, model and sample grid every few steps and at the end.

    One is also written at the first validation, which writes a model, so that a run that has a
    model has a checkpoint to resume from, unless it is killed in that very step.

    Args:
        run: Run to write to.
        state: State of the training.
        checkpoints: Checkpoints of the run.
        every: Steps between checkpoints.
        sample: Returns the covers of the fixed grid, (rows · columns, S, S, 3).
        columns: Columns of the grid.
        last: Checkpoint that training continues from, if any.
    """

    def __init__(
        self,
        run: Run,
        state: TrainingState,
        checkpoints: Checkpoints,
        every: int,
        sample: Callable[[], np.ndarray],
        columns: int,
        last: Checkpoint | None = None,
    ) -> None:
        super().__init__()
        self.run, self.state = run, state
        self.checkpoints, self.every = checkpoints, every
        self.sample, self.columns = sample, columns
        self.last = last
        self.board = SummaryWriter(run, "samples")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.state.failure is not None:
            return
        first = self.last is None and self.model.has_best_weights
        if first or self.state.step % self.every == 0 or self.state.ending:
            self.write()

    def write(self) -> None:
        """Write all three for the present step."""
        self.last = self.checkpoints.save(self.state.step, self.state.seconds)
        if not self.model.has_best_weights:  # else the validation has written the best ones
            save_model(self.model.generative, self.run)
        self._write_samples()

    def _write_samples(self) -> None:
        sheet = grid(self.sample(), self.columns)
        self.run.samples.mkdir(exist_ok=True)
        with replacing(self.run.samples / f"step-{self.state.step:06d}.png") as file:
            sheet.save(file)
        self.board.write_image(self.state.step, "samples", np.asarray(sheet))

    def on_train_end(self, logs: Any = None) -> None:
        self.board.close()


def save_model(model: keras.Model, run: Run) -> None:
    """Write the model of a run, whole or not at all."""
    with replacing(run.model_file) as file:
        model.save(file)
