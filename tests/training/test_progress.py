"""The progress bar: readable at 100 columns, with speed, total and time left."""

import re

import pytest

from coverzoo.training.callbacks import TrainingState, progress
from coverzoo.training.callbacks.progress import ProgressBar

GAN_LOGS = {
    "critic_loss": -12.345678,
    "critic_score_gap": 1.0,
    "gradient_penalty_loss": 0.01,
    "critic_grad_norm": 3.0,
    "generator_loss": -0.00012345,
    "generator_grad_norm": 3.0,
}


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def trained(monkeypatch):
    """Show steps of equal length on a bar; the fixture returns the bar."""
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)

    def trained(state, steps, seconds):
        bar = ProgressBar(state)
        for _ in range(steps):
            clock.now += seconds
            state.step += 1
            state.seconds += seconds
            bar.on_train_batch_end(0, GAN_LOGS)
        bar.close()
        return bar

    return trained


def line(bar, **facts):
    """What a terminal of 100 columns shows, with tqdm's `elapsed` and `rate` as given."""
    return bar.bar.format_meter(**{**bar.bar.format_dict, "ncols": 100, "ascii": False, **facts})


def test_a_bar_of_100_columns_shows_speed_and_losses(trained):
    bar = trained(TrainingState(140_000, 0.0, 200_000), steps=10, seconds=0.25)

    shown = line(bar, elapsed=36_000, rate=4.0)

    assert len(shown) <= 100
    assert shown == (
        "Training  70%|███████   | 140010/200000 [10:00:00<4:09:57, "
        "4.0 step/s, critic -12.3, gen -0.000123]"
    )


def test_a_total_in_minutes_shows_elapsed_and_total_minutes_and_the_time_left(trained):
    state = TrainingState(0, 0.0, 1 << 40, total_minutes=3.0)

    shown = line(trained(state, steps=30, seconds=2.0), elapsed=60.0, rate=1 / 60)

    assert re.match(r"Training  33%\|█{3}.{7}\| 1\.0/3\.0 min \[01:00<02:00, 2\.0 s/step, ", shown)


def test_minutes_that_are_over_do_not_pass_the_total(trained):
    shown = line(trained(TrainingState(0, 0.0, 1 << 40, 0.05), steps=3, seconds=2.0), elapsed=6.0)

    assert shown.startswith("Training 100%")


@pytest.mark.parametrize(
    ("seconds", "announced"),
    [(0.5, None), (1.0, "about 17 minutes more"), (36.0, "about 10 hours more")],
)
def test_a_long_training_is_announced_once_its_speed_is_known(trained, capsys, seconds, announced):
    trained(TrainingState(0, 0.0, 1020), steps=progress.ESTIMATE_AFTER - 1, seconds=seconds)
    assert "At this speed" not in capsys.readouterr().err

    trained(TrainingState(0, 0.0, 1020), steps=40, seconds=seconds)

    lines = [part for part in capsys.readouterr().err.splitlines() if "At this speed" in part]
    assert len(lines) == (announced is not None)
    if announced:
        assert lines[0].endswith(f"At this speed training takes {announced}.")
