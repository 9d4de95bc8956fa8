"""Selecting the best weights by the loss on the val split."""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf

from coverzoo.training.callbacks.checkpoint import save_model
from coverzoo.training.callbacks.metrics import SummaryWriter, append
from coverzoo.training.callbacks.state import TrainingState
from coverzoo.training.run import Run


class Validation(keras.callbacks.Callback):
    """Validates after every epoch and at the last step, and keeps the best model.

    Ends training when no epoch of `patience` brought a lower loss. Needs a model with `test_step`
    and the variables `best` and `wait`, see `zoo.models.reconstruction`. They are part of the
    checkpoint, so that a resumed run ends where it would have.

    Args:
        run: Run that the best model is written to.
        state: State of the training.
        batches: Returns the batches of the val split, from the first at each call.
        every: Steps per epoch.
        patience: Epochs without a lower loss that end training, 0 for never.
    """

    def __init__(
        self,
        run: Run,
        state: TrainingState,
        batches: Callable[[], Iterable],
        every: int,
        patience: int,
    ) -> None:
        super().__init__()
        self.run, self.state, self.batches = run, state, batches
        self.every, self.patience = every, patience
        self.board = SummaryWriter(run, "val")

    def on_train_begin(self, logs: Any = None) -> None:
        self.step = tf.function(self.model.test_step, reduce_retracing=True)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.state.failure is not None:
            return
        epoch_ends = self.state.step % self.every == 0
        if epoch_ends or self.state.complete:
            self.validate(epoch_ends)

    def validate(self, epoch_ends: bool) -> None:
        """Compare with the best loss so far; only a whole epoch counts against the patience."""
        losses = self.losses()
        step, seconds = self.state.step, self.state.seconds
        append(
            self.run,
            {
                "step": step,
                "seconds": seconds,
                **{f"val_{name}": value for name, value in losses.items()},
            },
        )
        self.board.write(step, {f"val/{name}": value for name, value in losses.items()})
        self.board.close()  # evaluations on val write to the same folder
        model = self.model
        if losses["loss"] < float(model.best):
            model.best.assign(losses["loss"])
            model.wait.assign(0)
            save_model(model.generative, self.run)
        elif epoch_ends:
            model.wait.assign_add(1)
        if is_patience_exhausted(model, self.patience):
            self.state.end()

    def losses(self) -> dict[str, float]:
        """Mean losses over the val split."""
        sums: dict[str, float] = {}
        total = 0
        for batch in self.batches():
            size = len(batch["image"])
            for name, value in self.step(batch).items():
                sums[name] = sums.get(name, 0.0) + size * float(value)
            total += size
        return {name: value / total for name, value in sums.items()}


def is_patience_exhausted(model: Any, patience: int) -> bool:
    """Whether `patience` epochs in a row brought no lower validation loss."""
    return bool(patience) and hasattr(model, "wait") and int(model.wait) >= patience
