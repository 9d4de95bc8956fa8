"""What happens beside the steps. `Clock` counts them; the others ask it."""

import json
import math
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from training.checkpoints import Checkpoint, Checkpoints
from training.files import replacing
from training.grids import grid, to_bytes
from training.interrupts import Interrupts
from training.run import Run


class Clock(keras.callbacks.Callback):
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
        late = self.minutes is not None and self.seconds >= 60.0 * self.minutes
        self.stopping = late or self.interrupts.received is not None or self.step >= self.steps
        if self.stopping:
            self.model.stop_training = True


class Guard(keras.callbacks.Callback):
    """Stops on losses that are not finite, before anything of that step is kept."""

    fault: str | None = None

    def __init__(self, clock: Clock) -> None:
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


class Records(keras.callbacks.Callback):
    """Means of the losses to metrics.jsonl and TensorBoard, every few steps.

    Args:
        run: where to.
        clock: the step.
        images: samples a step, for images/s.
        every: steps a record.
    """

    def __init__(self, run: Run, clock: Clock, images: int, every: int) -> None:
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
        if self.clock.step % self.every == 0 or self.clock.stopping:
            self.write()

    def write(self) -> None:
        """Record the means since the last record."""
        spent = max(self.clock.seconds - self.seconds, 1e-9)
        values = {name: value / self.count for name, value in self.sums.items()}
        values["images_per_second"] = self.count * self.images / spent
        self.add(values)
        self.sums, self.count, self.seconds = {}, 0, self.clock.seconds

    def add(self, values: dict[str, float]) -> None:
        """Record `values` for the present step."""
        import tensorflow as tf

        record: dict[str, float] = {"step": self.clock.step, "seconds": self.clock.seconds}
        record.update(values)
        record = {k: v if isinstance(v, int) else float(f"{v:.6g}") for k, v in record.items()}
        with self.run.metrics_file.open("a") as stream:
            # NaN is no JSON: a value that is not finite is recorded as null.
            clean = {k: v if math.isfinite(v) else None for k, v in record.items()}
            stream.write(json.dumps(clean) + "\n")
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


class Keeper(keras.callbacks.Callback):
    """Writes checkpoint, model and sample grid every few steps and at the end.

    Args:
        run: where to.
        clock: the step.
        guard: nothing is kept after a fault.
        checkpoints: the training states.
        every: steps between checkpoints.
        paint: gives the covers of the fixed grid, (rows · columns, S, S, 3).
        columns: of the grid.
        records: whose TensorBoard gets the grid too.
    """

    def __init__(
        self,
        run: Run,
        clock: Clock,
        guard: Guard,
        checkpoints: Checkpoints,
        every: int,
        paint: Callable[[], np.ndarray],
        columns: int,
        records: Records,
    ) -> None:
        super().__init__()
        self.run, self.clock, self.guard = run, clock, guard
        self.checkpoints, self.every = checkpoints, every
        self.paint, self.columns, self.records = paint, columns, records
        self.last: Checkpoint | None = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        due = self.clock.step % self.every == 0 or self.clock.stopping
        if due and self.guard.fault is None:
            self.keep()

    def keep(self) -> None:
        """Write all three for the present step, unless a weight is not finite."""
        if not all(np.isfinite(weight).all() for weight in self.model.get_weights()):
            self.guard.fault = f"a weight is not finite at step {self.clock.step}"
            self.clock.stopping = self.model.stop_training = True
            return
        self.last = self.checkpoints.save(self.clock.step, self.clock.seconds)
        save_model(self.model.generative, self.run)
        self.draw()

    def draw(self) -> None:
        """Write the sample grid of the present step."""
        import tensorflow as tf

        sheet = grid(self.paint(), self.columns)
        self.run.samples.mkdir(exist_ok=True)
        with replacing(self.run.samples / f"step-{self.clock.step:06d}.png") as file:
            sheet.save(file)
        with self.records.board.as_default(step=self.clock.step):
            tf.summary.image("samples", np.asarray(sheet)[None])


def save_model(model: keras.Model, run: Run) -> None:
    """Write the model to use, whole or not at all."""
    with replacing(run.model_file) as file:
        model.save(file)


class Progress(keras.callbacks.Callback):
    """A bar on a terminal; elsewhere a line now and then."""

    def __init__(self, clock: Clock, images: int, quiet_seconds: float = 30.0) -> None:
        super().__init__()
        self.clock, self.images, self.quiet_seconds = clock, images, quiet_seconds

    def on_train_begin(self, logs: Any = None) -> None:
        import sys

        from tqdm import tqdm

        terminal = sys.stderr.isatty()
        self.bar = tqdm(
            total=None if self.clock.minutes is not None else self.clock.steps,
            initial=self.clock.step,
            unit="step",
            desc="Training",
            dynamic_ncols=True,
            mininterval=0.5 if terminal else self.quiet_seconds,
            maxinterval=10.0 if terminal else 2 * self.quiet_seconds,
        )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        shown = {
            name.removesuffix("_loss"): f"{float(value):.3g}"
            for name, value in (logs or {}).items()
            if name.endswith("loss") or name == "gap"
        }
        rate = self.bar.format_dict["rate"]
        if rate:
            shown["images/s"] = f"{rate * self.images:.0f}"
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update()

    def on_train_end(self, logs: Any = None) -> None:
        self.bar.close()


__all__ = ["Clock", "Guard", "Keeper", "Progress", "Records", "save_model", "to_bytes"]
