"""Counting the steps of a run, and knowing when to stop."""

import math
import time
from typing import Any

import keras

from coverzoo.training.signals import Interrupts


class StopCriterion(keras.callbacks.Callback):
    """Counts the steps and the seconds of training, over all the sessions of a run.

    Stops at the last step, when the minutes are up, or when a signal came.

    Args:
        step: steps done before.
        seconds: seconds trained before.
        steps: the total.
        minutes: the total, or None.
        interrupts: where signals are noted.
    """

    def __init__(
        self,
        step: int,
        seconds: float,
        steps: int,
        minutes: float | None,
        interrupts: Interrupts,
    ) -> None:
        super().__init__()
        self.step, self.steps = step, steps
        self.seconds, self.minutes = seconds, minutes
        self.interrupts = interrupts
        self.stopping = False

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.step += 1
        self.seconds += time.monotonic() - self._started
        self.stopping = self.complete or self.interrupts.received is not None
        if self.stopping:
            self.model.stop_training = True

    @property
    def complete(self) -> bool:
        """Whether the total, of steps or of minutes, is reached."""
        late = self.minutes is not None and self.seconds >= 60.0 * self.minutes
        return late or self.step >= self.steps


class TerminateOnNonFinite(keras.callbacks.Callback):
    """Stops on losses that are not finite, before anything of that step is kept."""

    fault: str | None = None

    def __init__(self, clock: StopCriterion) -> None:
        super().__init__()
        self.clock = clock

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        bad = [
            name
            for name, value in (logs or {}).items()
            if name.endswith("loss") and not math.isfinite(value)
        ]
        if bad:
            self.fault = f"{bad[0]} is not finite at step {self.clock.step}"
            self.clock.stopping = self.model.stop_training = True
