"""A resumed run equals one that was never stopped."""

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from coverzoo import zoo

eagerly = pytest.mark.usefixtures("eager")

# Random draws of every kind: noise, dropout, augmentation, flips, the penalty's mix.
ALL_DRAWS = (
    *("--set", "augment=translation", "--set", "condition_dropout=0.3"),
    *("--set", "flip=true", "--set", "ema_decay=0.9", "--steps", 24, "--checkpoint-every", 8),
    *("--seed", 7, "--no-evaluate"),
)

# zoo-train, killed in step 22: six steps after a checkpoint, two after a record.
KILLED = """
import os, signal, sys
from coverzoo.training import callbacks
from coverzoo.training.cli import main

class Killed(callbacks.MetricsLogger):
    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.state.step == 22:
            os.kill(os.getpid(), signal.SIGKILL)

callbacks.MetricsLogger = Killed
main()
"""
PLAIN = "from coverzoo.training.cli import main; main()"


@pytest.fixture
def process(tiny):
    """Run `zoo-train` in a process of its own."""

    def process(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    return process


def test_a_run_resumed_after_kill_9_equals_an_uninterrupted_one(
    process, tiny, train, pairs, tmp_path, state, metrics
):
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    lively = ("--data", pairs, "--audio", *ALL_DRAWS, "--out")
    assert train(*lively, straight).exit_code == 0

    assert process(KILLED, *tiny, *lively, killed).returncode == -signal.SIGKILL
    assert [record["step"] for record in metrics(killed)] == [8, 16, 20]
    assert not (killed / "checkpoints" / "step-00000024").exists()
    resumed = process(PLAIN, "--resume", "--out", killed, "--no-evaluate")

    assert resumed.returncode == 0, resumed.stderr
    assert "Resuming at step 16" in resumed.stdout
    # Standard error shows the progress and nothing of TensorFlow's.
    lines = resumed.stderr.replace("\r", "\n").splitlines()
    assert [line for line in lines if line and not line.startswith("Training ")] == []
    expected, got = state(straight), state(killed)
    assert expected.keys() == got.keys()
    kinds = ("steps", "generator_optimizer/_variables", "critic_optimizer/_iterations")
    for kind in (*(f"model/{kind}" for kind in kinds), "networks/ema_generator"):
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


@eagerly
def test_a_resume_may_raise_the_total_from_any_folder(
    train, copy, metrics, call, pairs, monkeypatch
):
    monkeypatch.chdir(pairs)

    result = train("--resume", "--out", copy, "--data", ".", "--steps", 5, "--no-evaluate")

    assert result.exit_code == 0, result.output
    assert "Resuming at step 3" in result.output
    assert "Trained 2 more steps: 5 in all, in " in result.output
    assert [record["step"] for record in metrics(copy)] == [3, 5]
    assert sorted(path.name for path in (copy / "checkpoints").iterdir()) == [
        "step-00000003",
        "step-00000005",
    ]


@eagerly
def test_a_resume_may_give_its_total_in_another_unit(train, copy, metrics):
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


@eagerly
def test_a_run_by_minutes_records_that_its_learning_rates_do_not_decay(train, pairs, tmp_path):
    for total, lr_decay_fraction in (("--minutes", 0.0), ("--steps", 0.4)):
        run = tmp_path / total
        amount = 0.001 if total == "--minutes" else 1
        options = (*("--data", pairs, "--out", run, "--no-evaluate"), total, amount)
        assert train(*options).exit_code == 0

        assert (
            json.loads((run / "config.json").read_text())["settings"]["lr_decay_fraction"]
            == lr_decay_fraction
        )


def test_a_resume_of_a_complete_run_reports_that_there_is_nothing_to_do(train, copy, metrics):
    before = metrics(copy)

    result = train("--resume", "--out", copy, "--no-evaluate")

    assert "Nothing to do: the run has 3 steps already" in result.output
    assert metrics(copy) == before


@eagerly
def test_the_checkpoint_interval_follows_from_the_epochs(train, pairs, tmp_path):
    run = tmp_path / "run"

    assert train("--data", pairs, "--epochs", 0.1, "--no-evaluate", "--out", run).exit_code == 0

    assert json.loads((run / "config.json").read_text())["checkpoint_every"] == 50


@eagerly
def test_minutes_below_those_done_leave_the_total_unchanged(train, pairs, tmp_path):
    run = tmp_path / "run"
    options = ("--data", pairs, "--minutes", 0.01, "--no-evaluate", "--out", run)
    assert train(*options).exit_code == 0
    before = (run / "config.json").read_bytes()

    result = train("--resume", "--out", run, "--minutes", 0.002)

    assert result.exit_code == 0
    assert re.search(r"has \d+ steps in \S+ minutes already, more than 0.002 min", result.output)
    assert (run / "config.json").read_bytes() == before


def test_a_run_of_no_steps_can_be_resumed(train, pairs, tmp_path, metrics):
    run = tmp_path / "run"
    assert train("--data", pairs, "--steps", 0, "--no-evaluate", "--out", run).exit_code == 0

    result = train("--resume", "--out", run, "--steps", 1)

    assert result.exit_code == 0, result.output
    assert "Resuming at step 0" in result.output
    assert [record["step"] for record in metrics(run)] == [1]


def test_a_run_is_locked_while_it_is_trained(train, copy, at_step):
    results = []
    at_step(4, lambda _: results.append(train("--resume", "--out", copy, "--steps", 6)))

    result = train("--resume", "--out", copy, "--steps", 5, "--no-evaluate")

    assert result.exit_code == 0, result.output
    assert results[0].exit_code == 1
    assert results[0].stderr.startswith(f"Error: {copy}: another training writes to this run.")
    assert not (copy / ".lock").exists()


def test_the_lock_of_a_killed_process_does_not_remain(train, copy):
    held = (
        "import os, signal, sys\n"
        "from coverzoo.training.run import Run\n"
        "from coverzoo.training.run_dir import locked\n"
        "with locked(Run(__import__('pathlib').Path(sys.argv[1]))):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", held, copy], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (copy / ".lock").exists()

    assert train("--resume", "--out", copy, "--steps", 4, "--no-evaluate").exit_code == 0


def test_a_second_training_into_a_new_folder_is_refused(train, pairs, tmp_path, at_step):
    call = ("--data", pairs, "--audio", "--steps", 2, "--no-evaluate", "--out", tmp_path / "run")
    results = []
    at_step(1, lambda _: results.append(train(*call)))

    assert train(*call).exit_code == 0
    assert "exists already" in results[0].stderr
    assert (tmp_path / "run" / "model.keras").is_file()


def test_a_config_of_another_schema_version_is_refused(train, copy):
    config = json.loads((copy / "config.json").read_text())
    for version in (None, 0, 2):
        changed = {**config, "schema_version": version}
        if version is None:
            del changed["schema_version"]
        (copy / "config.json").write_text(json.dumps(changed))

        result = train("--resume", "--out", copy)

        assert result.exit_code == 1
        assert "this version of coverzoo reads 1" in result.stderr
        assert len(result.stderr.splitlines()) == 1
