"""Counting steps, and ending training: at the total, on a signal, on a failure."""

import math
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from coverzoo.training.callbacks.state import TrainingState
from coverzoo.training.signals import Signals


class StopCriterion(keras.callbacks.Callback):
    """Counts steps and seconds; ends training at the total or when a signal came.

    Args:
        state: State of the training.
        signals: Signals that were received.
    """

    def __init__(self, state: TrainingState, signals: Signals) -> None:
        super().__init__()
        self.state, self.signals = state, signals

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.state.step += 1
        self.state.seconds += time.monotonic() - self._started
        if self.state.complete or self.signals.received is not None:
            self.state.end()


class TerminateOnNonFinite(keras.callbacks.Callback):
    """Fails the training when a loss or a weight is NaN or infinite.

    Losses are checked after each step, weights only before something of the model is kept: they
    are many, and a loss is computed before the update that spoils a weight.

    Args:
        state: State of the training.
        weights_every: Steps between checks of the weights, at multiples of each and at the last
            step: of checkpoints, validations and evaluations; 0 for none.
    """

    def __init__(self, state: TrainingState, weights_every: Sequence[int] = ()) -> None:
        super().__init__()
        self.state = state
        self.weights_every = [every for every in weights_every if every]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        for name, value in (logs or {}).items():
            if name.endswith("loss") and not math.isfinite(value):
                self.state.fail(f"{name} is not finite at step {self.state.step}")
                return
        step = self.state.step
        kept = self.state.ending or any(step % every == 0 for every in self.weights_every)
        if kept and not all(np.isfinite(weight).all() for weight in self.model.get_weights()):
            self.state.fail(f"a weight is not finite at step {step}")


class EndTraining(keras.callbacks.Callback):
    """Makes Keras stop once another callback has ended the training.

    Args:
        state: State of the training.
    """

    def __init__(self, state: TrainingState) -> None:
        super().__init__()
        self.state = state

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.state.ending:
            self.model.stop_training = True
