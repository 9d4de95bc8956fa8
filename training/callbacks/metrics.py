"""Recording metrics: metrics.jsonl and TensorBoard."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from coverzoo.files import replacing
from coverzoo.training.callbacks.state import TrainingState
from coverzoo.training.run import Run


class MetricsLogger(keras.callbacks.Callback):
    """Writes the means of the step metrics to metrics.jsonl and TensorBoard every few steps.

    Args:
        run: Run to write to.
        state: State of the training.
        images: Samples per step, for images_per_second.
        every: Steps between records; a record is written at multiples of each. With the steps
            between checkpoints among them, a resumed run continues with the records that it
            would have written.
    """

    def __init__(self, run: Run, state: TrainingState, images: int, every: Sequence[int]) -> None:
        super().__init__()
        self.run, self.state, self.images, self.every = run, state, images, every
        self.sums: dict[str, float] = {}
        self.count = 0
        self.seconds = state.seconds

    def on_train_begin(self, logs: Any = None) -> None:
        truncate(self.run, self.state.step)
        self.board = SummaryWriter(self.run)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.state.failure is not None:
            return
        for name, value in (logs or {}).items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value)
        self.count += 1
        if self.state.ending or any(self.state.step % every == 0 for every in self.every):
            self._write()

    def _write(self) -> None:
        """Record the means since the last record, and the present learning rates."""
        spent = max(self.state.seconds - self.seconds, 1e-9)
        values = {name: value / self.count for name, value in self.sums.items()}
        values |= learning_rates(self.model)
        values["images_per_second"] = self.count * self.images / spent
        step, seconds = self.state.step, self.state.seconds
        append(self.run, {"step": step, "seconds": seconds, **values})
        self.board.write(step, {f"train/{name}": value for name, value in values.items()})
        self.sums, self.count, self.seconds = {}, 0, seconds

    def on_train_end(self, logs: Any = None) -> None:
        self.board.close()


def learning_rates(model: Any) -> dict[str, float]:
    """The learning rate of each optimizer of a model, at its next update, by metric key."""
    found = {}
    for key, attribute in (
        ("learning_rate", "network_optimizer"),
        ("generator_learning_rate", "generator_optimizer"),
        ("critic_learning_rate", "critic_optimizer"),
    ):
        optimizer = getattr(model, attribute, None)
        if optimizer is not None:
            inner = getattr(optimizer, "inner_optimizer", optimizer)  # within a loss scale
            found[key] = float(inner.learning_rate)
    return found


class SummaryWriter:
    """A writer of TensorBoard scalars and images, opened at the first write after a close.

    Args:
        run: Run to write to.
        name: Subfolder of RUN/logs. TensorBoard reads one file of a folder after the other, so
            that two writers must not be open in one.
    """

    def __init__(self, run: Run, name: str = "") -> None:
        self.folder = run.logs / name
        self._writer: Any = None

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Write scalars by tag."""
        import tensorflow as tf

        with self._opened().as_default(step=step):
            for tag, value in values.items():
                tf.summary.scalar(tag, value)
        self._writer.flush()

    def write_image(self, step: int, tag: str, pixels: Any) -> None:
        """Write an image, uint8 (H, W, 3)."""
        import tensorflow as tf

        with self._opened().as_default(step=step):
            tf.summary.image(tag, pixels[None])

    def close(self) -> None:
        """Close the file, if one was opened."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _opened(self) -> Any:
        import tensorflow as tf

        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.folder))
        return self._writer


def record_evaluation(
    run: Run, step: int, seconds: float, split: str, figures: Mapping[str, float]
) -> None:
    """Record the figures of an evaluation in metrics.jsonl and TensorBoard.

    Args:
        run: Run to write to.
        step: Step of the evaluated model.
        seconds: Seconds of training up to then.
        split: Split that was measured.
        figures: Figures by name, see `evaluation.figures`.
    """
    append(run, {"step": step, "seconds": seconds, "evaluation": {"split": split, **figures}})
    board = SummaryWriter(run, split)
    board.write(step, {f"eval/{name}": value for name, value in figures.items()})
    board.close()


def records_of(run: Run) -> list[dict[str, Any]]:
    """The records of metrics.jsonl, without lines that a killed process left unfinished."""
    if not run.metrics_file.is_file():
        return []
    records = []
    for line in run.metrics_file.read_text().splitlines():
        try:
            record = json.loads(line)
            record["step"]
        except (ValueError, KeyError, TypeError):
            continue
        records.append(record)
    return records


def truncate(run: Run, step: int) -> None:
    """Drop records beyond `step`: a resumed run writes them again."""
    if not run.metrics_file.is_file():
        return
    kept = [record for record in records_of(run) if record["step"] <= step]
    with replacing(run.metrics_file) as file:
        file.write_text("".join(json.dumps(record) + "\n" for record in kept))


def append(run: Run, record: dict[str, Any]) -> None:
    """Add a record to metrics.jsonl; a number that is not finite, which JSON lacks, is null."""
    with run.metrics_file.open("ab+") as stream:
        if stream.seek(0, os.SEEK_END):
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":  # the end of a line is missing
                stream.write(b"\n")
        stream.write(json.dumps(_for_json(record)).encode() + b"\n")


def _for_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _for_json(item) for name, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
