"""Choosing the best weights by a loss on covers that are not trained on."""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf

from coverzoo.training.callbacks.checkpoint import save_model
from coverzoo.training.callbacks.metrics import MetricsLogger
from coverzoo.training.callbacks.stopping import StopCriterion
from coverzoo.training.run import Run


class Validation(keras.callbacks.Callback):
    """Validates after every epoch and at the last step; keeps the best; stops when none comes.

    Needs a model with `test_step` and the variables `best` and `stale`, see `zoo.models.reconstruction`. Being
    part of the model's state they survive a kill: a resumed run stops where it would have.

    Args:
        run: where the best model is kept.
        clock: the step.
        batches: gives the batches of the val split, anew at each call.
        every: steps an epoch.
        patience: epochs without a better loss that end training, 0 for none.
        records: where the losses are recorded.
    """

    def __init__(
        self,
        run: Run,
        clock: StopCriterion,
        batches: Callable[[], Iterable],
        every: int,
        patience: int,
        records: MetricsLogger,
    ) -> None:
        super().__init__()
        self.run, self.clock, self.batches = run, clock, batches
        self.every, self.patience, self.records = every, patience, records

    def on_train_begin(self, logs: Any = None) -> None:
        self.step = tf.function(self.model.test_step, reduce_retracing=True)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        epoch = self.clock.step % self.every == 0
        if epoch or self.clock.complete:
            self.validate(epoch)

    def validate(self, epoch: bool) -> None:
        """Compare with the best so far; only a whole epoch counts against the patience."""
        losses = self.losses()
        self.records.add({f"val_{name}": value for name, value in losses.items()})
        model = self.model
        if losses["loss"] < float(model.best):
            model.best.assign(losses["loss"])
            model.stale.assign(0)
            save_model(model.generative, self.run)
        elif epoch:
            model.stale.assign_add(1)
        if exhausted(model, self.patience):
            self.clock.stopping = model.stop_training = True
            self.records.finish()

    def losses(self) -> dict[str, float]:
        """Means over the val split."""
        sums: dict[str, float] = {}
        total = 0
        for batch in self.batches():
            size = len(batch["image"])
            for name, value in self.step(batch).items():
                sums[name] = sums.get(name, 0.0) + size * float(value)
            total += size
        return {name: value / total for name, value in sums.items()}


def exhausted(model: Any, patience: int) -> bool:
    """Whether a model's patience is at an end."""
    return bool(patience) and hasattr(model, "stale") and int(model.stale) >= patience
