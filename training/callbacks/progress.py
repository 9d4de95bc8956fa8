"""Showing the progress of training."""

import logging
import sys
import time
from typing import Any

import keras
from tqdm import tqdm

from coverzoo.training.callbacks.state import TrainingState

logger = logging.getLogger(__name__)

ESTIMATE_AFTER = 20  # steps of a session; the first one traces the graph
LONG_MINUTES = 15.0
BAR_COLUMNS = 10
# Short names: 100 columns must be enough for six-digit steps and hours.
SHOWN_LOSSES = {"loss": "loss", "critic_loss": "critic", "generator_loss": "gen"}


class ProgressBar(keras.callbacks.Callback):
    """A bar on a terminal, elsewhere a line now and then; the creator closes it.

    With a total in minutes the bar counts minutes. A training that will take long is announced
    once, as soon as its speed is known.

    Args:
        state: State of the training.
        quiet_seconds: Seconds between lines where there is no terminal.
    """

    def __init__(self, state: TrainingState, quiet_seconds: float = 30.0) -> None:
        super().__init__()
        self.state = state
        self.by_minutes = state.total_minutes is not None
        self.first_step, self.timed_from = state.step, 0.0
        terminal = sys.stderr.isatty()
        self.total = float(state.total_minutes or state.total_steps)
        total = self.total if self.by_minutes else state.total_steps
        done = state.seconds / 60.0 if self.by_minutes else state.step
        counts = "{n:.1f}/{total:.1f} min" if self.by_minutes else "{n_fmt}/{total_fmt}"
        self.bar = tqdm(
            total=total,
            initial=done,
            unit="min" if self.by_minutes else "step",
            desc="Training",
            bar_format=(
                f"{{desc}} {{percentage:3.0f}}%|{{bar:{BAR_COLUMNS}}}| {counts} "
                "[{elapsed}<{remaining}{postfix}]"
            ),
            mininterval=0.5 if terminal else quiet_seconds,
            maxinterval=10.0 if terminal else 2 * quiet_seconds,
        )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        done = self.state.step - self.first_step
        if done == 1:
            self.timed_from = time.monotonic()
        rate = (done - 1) / max(time.monotonic() - self.timed_from, 1e-9) if done > 1 else 0.0
        if done == ESTIMATE_AFTER and not self.by_minutes:
            self._announce((self.state.total_steps - self.state.step) / rate / 60.0)
        self.bar.set_postfix_str(self._postfix(rate, logs or {}), refresh=False)
        if self.by_minutes:
            # tqdm adds up; rounding must not let the bar pass its total.
            self.bar.update(min(self.state.seconds / 60.0, self.total) - self.bar.n)
        else:
            self.bar.update(self.state.step - self.bar.n)

    def _announce(self, minutes: float) -> None:
        if minutes >= LONG_MINUTES:
            unit, value = ("hours", minutes / 60.0) if minutes >= 90.0 else ("minutes", minutes)
            tqdm.write(
                f"At this speed training takes about {value:.0f} {unit} more.", file=sys.stderr
            )

    def _postfix(self, rate: float, logs: dict[str, Any]) -> str:
        """Speed and losses in as few columns as possible."""
        parts = []
        if rate:
            parts.append(f"{rate:.1f} step/s" if rate >= 1.0 else f"{1.0 / rate:.1f} s/step")
        parts += [
            f"{name} {float(logs[key]):.3g}" for key, name in SHOWN_LOSSES.items() if key in logs
        ]
        return ", ".join(parts)

    def close(self) -> None:
        """End the bar's line, however training ended."""
        self.bar.close()
