"""Evaluating a model while it is trained, and keeping the best one."""

import shutil
from collections.abc import Callable
from typing import Any

import keras
from tqdm import tqdm

from coverzoo.training.callbacks.checkpoint import save_model
from coverzoo.training.callbacks.metrics import append, record_evaluation, records_of
from coverzoo.training.callbacks.state import TrainingState
from coverzoo.training.run import Run


class PeriodicEvaluation(keras.callbacks.Callback):
    """Evaluates the model on val every few steps; results go to metrics.jsonl and TensorBoard.

    The time it takes does not count as training, and neither weights nor draws are changed. The
    best model is written to RUN/best if `keep_best` is given: a run of its own, whose metrics.jsonl
    holds the step and the figures.

    Args:
        run: Run to write to.
        state: State of the training.
        every: Steps between evaluations.
        evaluation: `evaluation.training.TrainingEvaluation`. It does not use the test split, on
            which the finished run is evaluated: no step or setting should be selected by it.
        keep_best: Figure by which the best model is kept; None to keep none.
        log: Prints a line.
    """

    def __init__(
        self,
        run: Run,
        state: TrainingState,
        every: int,
        evaluation: Any,
        keep_best: str | None = None,
        log: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        self.run, self.state, self.every = run, state, every
        self.evaluation, self.keep_best, self.log = evaluation, keep_best, log
        self.best: dict[str, Any] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        self.evaluation.prepare()
        for record in records_of(self.run):  # of a run that is resumed
            found = record.get("evaluation", {})
            if found.get("split") == "val" and self._is_best(found):
                self.best = found

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.state.step % self.every or self.state.failure is not None:
            return
        found, step = self.evaluation.on_val(self.model.generative), self.state.step
        text = f"Step {step}, val: {self.evaluation.line(found)}"
        if self._is_best(found):
            self._keep(found)
            text += f" (best {self.keep_best} yet)"
        record_evaluation(self.run, step, self.state.seconds, "val", found)
        with tqdm.external_write_mode():  # the line must not end up within the bar
            self.log(text)

    def _is_best(self, found: dict[str, Any]) -> bool:
        return self.keep_best is not None and self.evaluation.is_better(found, self.best)

    def _keep(self, found: dict[str, Any]) -> None:
        best = self.run.best
        best.path.mkdir(exist_ok=True)
        save_model(self.model.generative, best)
        shutil.copy2(self.run.config_file, best.config_file)
        best.metrics_file.unlink(missing_ok=True)
        record = {"step": self.state.step, "seconds": self.state.seconds}
        append(best, {**record, "evaluation": {"split": "val", **found}})
        self.best = found
