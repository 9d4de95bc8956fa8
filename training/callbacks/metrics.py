"""What is recorded of training: metrics.jsonl and TensorBoard."""

import json
import math
from collections.abc import Sequence
from typing import Any

import keras

from coverzoo.files import replacing
from coverzoo.training.callbacks.stopping import StopCriterion
from coverzoo.training.run import Run


class MetricsLogger(keras.callbacks.Callback):
    """Means of the losses to metrics.jsonl and TensorBoard, every few steps.

    Args:
        run: where to.
        clock: the step.
        images: samples a step, for images/s.
        every: steps a record; of several, at multiples of each. With the steps a checkpoint
            among them a resume begins with a record, and repeats those that it cut off.
    """

    def __init__(self, run: Run, clock: StopCriterion, images: int, every: Sequence[int]) -> None:
        super().__init__()
        self.run, self.clock, self.images, self.every = run, clock, images, every
        self.sums: dict[str, float] = {}
        self.count = 0
        self.seconds = clock.seconds

    def on_train_begin(self, logs: Any = None) -> None:
        import tensorflow as tf

        cut(self.run, self.clock.step)
        self.board = tf.summary.create_file_writer(str(self.run.logs))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        for name, value in (logs or {}).items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value)
        self.count += 1
        if self.clock.stopping or any(self.clock.step % every == 0 for every in self.every):
            self.write()

    def write(self) -> None:
        """Record the means since the last record."""
        spent = max(self.clock.seconds - self.seconds, 1e-9)
        values = {name: value / self.count for name, value in self.sums.items()}
        values["images_per_second"] = self.count * self.images / spent
        self.add(values)
        self.sums, self.count, self.seconds = {}, 0, self.clock.seconds

    def finish(self) -> None:
        """Record the steps since the last record: training ends here after all."""
        if self.count:
            self.write()

    def add(self, values: dict[str, float]) -> None:
        """Record `values` for the present step."""
        import tensorflow as tf

        append(self.run, {"step": self.clock.step, "seconds": self.clock.seconds, **values})
        with self.board.as_default(step=self.clock.step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        self.board.flush()

    def on_train_end(self, logs: Any = None) -> None:
        self.board.close()


def cut(run: Run, step: int) -> None:
    """Drop records beyond `step`: a resume will write them anew."""
    if not run.metrics_file.is_file():
        return
    kept = []
    for line in run.metrics_file.read_text().splitlines():
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line + "\n")
        except (ValueError, KeyError):  # the half line a kill left
            break
    with replacing(run.metrics_file) as file:
        file.write_text("".join(kept))


def append(run: Run, record: dict[str, Any]) -> None:
    """Add a line to metrics.jsonl. A number that is not finite, which JSON lacks, becomes null."""
    with run.metrics_file.open("a") as stream:
        stream.write(json.dumps(_clean(record)) + "\n")


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
