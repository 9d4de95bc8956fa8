"""A run that was stopped goes on as if it never had been."""

import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from coverzoo import zoo

# Draws of every kind: noise, dropout, views, flips, the penalty's mix.
LIVELY = (
    *("--set", "augment=translation", "--set", "condition_dropout=0.3"),
    *("--set", "flip=true", "--set", "ema_decay=0.9", "--steps", 24, "--checkpoint-every", 8),
    *("--seed", 7, "--no-evaluate"),
)

# zoo-train, killed in step 22: six steps after a checkpoint, two after a record.
KILLED = """
import os, signal, sys
from coverzoo.training.callbacks import metrics as records
from coverzoo.training.cli import main

class Killed(records.Records):
    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.clock.step == 22:
            os.kill(os.getpid(), signal.SIGKILL)

import coverzoo.training.trainer
training.loop.Records = Killed
main()
"""
PLAIN = "from training.cli import main; main()"


@pytest.fixture
def process(tiny):
    """Run `zoo-train` in a process of its own."""

    def process(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    return process


def test_a_killed_run_is_the_run_that_was_not(
    process, tiny, train, pairs, tmp_path, state, metrics
):
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    lively = ("--data", pairs, "--audio", *LIVELY, "--out")
    assert train(*lively, straight).exit_code == 0

    assert process(KILLED, *tiny, *lively, killed).returncode == -signal.SIGKILL
    assert [record["step"] for record in metrics(killed)] == [8, 16, 20]
    assert not (killed / "checkpoints" / "step-00000024").exists()
    resumed = process(PLAIN, "--resume", "--out", killed, "--no-evaluate")

    assert resumed.returncode == 0, resumed.stderr
    assert "Resuming at step 16" in resumed.stdout
    # What a user sees on standard error is the progress, and nothing of TensorFlow's.
    said = resumed.stderr.replace("\r", "\n").splitlines()
    assert [line for line in said if line and not line.startswith("Training:")] == []
    expected, got = state(straight), state(killed)
    assert expected.keys() == got.keys()
    kinds = ("steps", "generator_optimizer/_variables", "critic_optimizer/_iterations")
    for kind in (*(f"model/{kind}" for kind in kinds), "networks/average"):
        assert any(name.startswith(kind) for name in got), kind
    for name in expected:
        np.testing.assert_array_equal(got[name], expected[name], err_msg=name)
    for one, other in zip(zoo.load(killed).weights, zoo.load(straight).weights, strict=True):
        np.testing.assert_array_equal(one, other)
    timing = {"seconds", "images_per_second"}
    for one, other in zip(metrics(killed), metrics(straight), strict=True):
        assert {key: one[key] for key in one.keys() - timing} == {
            key: other[key] for key in other.keys() - timing
        }
    seconds = [record["seconds"] for record in metrics(killed)]
    assert seconds == sorted(seconds)
    sheets = [
        sorted(path.name for path in (run / "samples").iterdir()) for run in (straight, killed)
    ]
    assert sheets[0] == sheets[1]


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of the trained run, to change."""
    return shutil.copytree(trained, tmp_path / "run")


def test_a_resume_may_raise_the_total_from_anywhere(train, copy, metrics, call, pairs, monkeypatch):
    monkeypatch.chdir(pairs)

    result = train("--resume", "--out", copy, "--data", ".", "--steps", 5, "--no-evaluate")

    assert result.exit_code == 0, result.output
    assert "Resuming at step 3" in result.output
    assert "Trained 5 steps" in result.output
    assert [record["step"] for record in metrics(copy)] == [3, 5]
    assert sorted(path.name for path in (copy / "checkpoints").iterdir()) == [
        "step-00000003",
        "step-00000005",
    ]


def test_a_resume_may_count_its_total_another_way(train, copy, metrics):
    resume = ("--resume", "--out", copy, "--no-evaluate")

    for total in ("--minutes", "--epochs", "--steps"):
        before = metrics(copy)[-1]
        enough = {  # for one more step
            "--minutes": before["seconds"] / 60 + 0.01,
            "--epochs": before["step"] // (24 / 4) + 1,  # 24 samples, 4 a step
            "--steps": before["step"] + 1,
        }
        result = train(*resume, total, enough[total])

        assert result.exit_code == 0, result.output
        assert f"Resuming at step {before['step']}" in result.output
        assert metrics(copy)[-1]["step"] > before["step"]


def test_a_run_by_minutes_records_that_its_rates_hold(train, pairs, tmp_path):
    for total, lr_decay_fraction in (("--minutes", 0.0), ("--steps", 0.4)):
        run = tmp_path / total
        amount = 0.001 if total == "--minutes" else 1
        options = (*("--data", pairs, "--out", run, "--no-evaluate"), total, amount)
        assert train(*options).exit_code == 0

        assert (
            json.loads((run / "config.json").read_text())["settings"]["lr_decay_fraction"]
            == lr_decay_fraction
        )


def test_with_nothing_left_to_do_a_resume_says_so(train, copy, metrics):
    before = metrics(copy)

    result = train("--resume", "--out", copy, "--no-evaluate")

    assert "Nothing to do: the run has 3 steps already" in result.output
    assert metrics(copy) == before


def test_corrupt_checkpoints_are_told_and_passed_over(train, copy, metrics, state):
    shutil.copytree(copy / "checkpoints" / "step-00000003", copy / "checkpoints" / "step-00000009")
    for name in ("step-00000003", "step-00000009"):
        (copy / "checkpoints" / name / "state.index").write_bytes(b"")

    result = train("--resume", "--out", copy, "--steps", 2, "--no-evaluate")

    lines = result.output.splitlines()
    for name in ("step-00000003", "step-00000009"):
        assert any(name in line and "falling back to the one before" in line for line in lines)
    assert "No complete checkpoint: starting at step 0." in lines
    assert [record["step"] for record in metrics(copy)] == [2]
    assert [path.name for path in (copy / "checkpoints").iterdir()] == ["step-00000002"]
