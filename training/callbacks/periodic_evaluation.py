"""Evaluating a model while it is trained."""

from collections.abc import Callable
from typing import Any

import keras
from tqdm import tqdm

from coverzoo.training.callbacks.metrics import record_result
from coverzoo.training.callbacks.state import TrainingState
from coverzoo.training.run import Run


class PeriodicEvaluation(keras.callbacks.Callback):
    """Evaluates the model every few steps; results go to metrics.jsonl and TensorBoard.

    The time it takes does not count as training, and neither weights nor draws are changed.

    Args:
        run: Run to write to.
        state: State of the training.
        every: Steps between evaluations.
        evaluate: Model → results by key. It must not use the test split, on which the finished
            run is evaluated: no step or setting should be selected by it.
        prepare: Called once before the first step, to train what the evaluation needs.
        log: Prints a line.
    """

    def __init__(
        self,
        run: Run,
        state: TrainingState,
        every: int,
        evaluate: Callable[[Any], dict[str, Any]],
        prepare: Callable[[], Any],
        log: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        self.run, self.state, self.every = run, state, every
        self.evaluate, self.prepare, self.log = evaluate, prepare, log

    def on_train_begin(self, logs: Any = None) -> None:
        self.prepare()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.state.step % self.every or self.state.failure is not None:
            return
        for key, result in self.evaluate(self.model.generative).items():
            record_result(self.run, self.state.step, self.state.seconds, key, result)
            with tqdm.external_write_mode():  # the line must not end up within the bar
                self.log(f"Step {self.state.step}: {result}")
