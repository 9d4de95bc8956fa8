"""Showing how training goes."""

import sys
from typing import Any

import keras
from tqdm import tqdm

from coverzoo.training.callbacks.stopping import StopCriterion


class Progress(keras.callbacks.Callback):
    """A bar on a terminal; elsewhere a line now and then. Whoever makes it closes it."""

    def __init__(self, clock: StopCriterion, images: int, quiet_seconds: float = 30.0) -> None:
        super().__init__()
        self.images = images
        terminal = sys.stderr.isatty()
        self.bar = tqdm(
            total=None if clock.minutes is not None else clock.steps,
            initial=clock.step,
            unit="step",
            desc="Training",
            dynamic_ncols=True,
            mininterval=0.5 if terminal else quiet_seconds,
            maxinterval=10.0 if terminal else 2 * quiet_seconds,
        )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        shown = {
            name.removesuffix("_loss"): f"{float(value):.3g}"
            for name, value in (logs or {}).items()
            if name.endswith("loss") or name == "critic_score_gap"
        }
        rate = self.bar.format_dict["rate"]
        if rate:
            shown["images/s"] = f"{rate * self.images:.0f}"
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update()

    def close(self) -> None:
        """End the bar's line, however training ended."""
        self.bar.close()
