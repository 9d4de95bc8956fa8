"""Verdicts of a judge on a run: while it is trained, and recorded once when it is done."""

import json
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras

from coverzoo.corpus.layout import Sample
from coverzoo.training.callbacks.metrics import append
from coverzoo.training.run import Run


class PeriodicEvaluation(keras.callbacks.Callback):
    """Has the model judged every few steps; verdicts go to metrics.jsonl and TensorBoard.

    None of it counts as training: the clock stops at the end of a step, before this begins. The
    judge paints from the model, and leaves its weights and its draws as they are.

    Args:
        run: where to.
        every: steps between verdicts.
        judge: gives the judge, trained; called once, before the first step.
        samples: whose audio the covers are painted for.
        split: which they are of. Not test, where the run itself is judged in the end: nobody
            should choose a step or a setting by it.
        say: prints a line.
    """

    def __init__(
        self,
        run: Run,
        every: int,
        judge: Callable[[], Any],
        samples: Sequence[Sample],
        split: str = "val",
        say: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        self.run, self.every, self.say = run, every, say
        self.judge, self.samples, self.split = judge, samples, split

    def on_train_begin(self, logs: Any = None) -> None:
        import tensorflow as tf

        self.step, _ = _latest(self.run)
        self.spent: list[float] = []  # seconds of each step since the last verdict
        # A folder, and in TensorBoard a run, of its own: two writers in one confuse it.
        self.board = tf.summary.create_file_writer(str(self.run.logs / "judge"))
        self.judge()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.step += 1
        self.spent.append(time.monotonic() - self._started)
        finite = all(math.isfinite(value) for value in (logs or {}).values())
        if self.step % self.every == 0 and finite:
            self._judge()
            self.spent.clear()

    def _judge(self) -> None:
        import tensorflow as tf

        # The records tell the clock's own seconds; what is added are the few steps since.
        step, seconds = _latest(self.run)
        seconds += sum(self.spent[len(self.spent) - (self.step - step) :])
        verdict = self.judge().verdict(self.model.generative, self.samples, self.split)
        append(
            self.run, {"step": self.step, "seconds": seconds, "genre_accuracy": verdict.to_json()}
        )
        with self.board.as_default(step=self.step):
            for name in ("real", "generated", "shuffled"):
                tf.summary.scalar(f"genre/{name}", getattr(verdict, name))
        self.board.flush()
        self.say(f"Step {self.step}: {verdict}")

    def on_train_end(self, logs: Any = None) -> None:
        self.board.close()


def recorded(
    run: Run, step: int, split: str, kind: str = "genre_accuracy"
) -> dict[str, Any] | None:
    """The verdict of a kind on a step and a split that metrics.jsonl holds, or None."""
    for record in records_of(run):
        verdict = record.get(kind)
        if record["step"] == step and verdict and verdict.get("split", "test") == split:
            return verdict
    return None


def _latest(run: Run) -> tuple[int, float]:
    """Step and seconds of the last record; a run without one is at its beginning."""
    records = records_of(run)
    return (records[-1]["step"], records[-1]["seconds"]) if records else (0, 0.0)


def records_of(run: Run) -> list[dict[str, Any]]:
    """The lines of metrics.jsonl, as far as they are whole."""
    if not run.metrics_file.is_file():
        return []
    records = []
    for line in run.metrics_file.read_text().splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:  # the half line a kill left
            break
    return records
