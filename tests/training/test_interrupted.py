"""Ctrl-C, SIGTERM and losses that are not finite: checkpoints are kept, one line has the remedy."""

import os
import re
import shutil
import signal
import threading

import numpy as np
import pytest

import coverzoo.evaluation.references
import coverzoo.training.data
from coverzoo.training.signals import Signals

pytestmark = pytest.mark.usefixtures("eager")


@pytest.fixture(autouse=True)
def default_sigint():
    """Python's handler of Ctrl-C, which is missing where a parent ignores SIGINT (`nohup … &`)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_training_writes_a_checkpoint(
    train, pairs, at_step, tmp_path, monkeypatch, number, status
):
    out = tmp_path / "run"
    at_step(2, lambda _: os.kill(os.getpid(), number))

    result = train("--data", pairs, "--audio", "--steps", 50, "--out", out)

    assert result.exit_code == status
    assert [path.name for path in (out / "checkpoints").iterdir()] == ["step-00000003"]
    assert (out / "model.keras").is_file()
    line = f"Stopped at step 3. Continue with: zoo-train --resume --out {out}"
    assert result.stderr.splitlines()[-1] == line
    assert result.stderr.count("Stopped at") == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if number == signal.SIGTERM:  # once is enough: both signals leave the same run
        monkeypatch.undo()
        result = train("--resume", "--out", out, "--steps", 4, "--no-evaluate")
        assert result.exit_code == 0
        assert "Resuming at step 3" in result.output


def ctrl_c(*_, **__):
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("Ctrl-C had no effect")


def test_ctrl_c_while_data_is_read_leaves_nothing(train, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(coverzoo.training.data, "read_split", ctrl_c)

    result = train("--data", pairs, "--out", tmp_path / "run")

    assert (result.exit_code, result.stderr) == (130, "Interrupted\n")
    assert not list(tmp_path.iterdir())


def test_ctrl_c_in_the_evaluation_leaves_a_complete_run(train, trained, tmp_path, monkeypatch):
    run = shutil.copytree(trained, tmp_path / "run")
    records = (run / "metrics.jsonl").read_bytes()
    monkeypatch.setattr(coverzoo.evaluation.references.References, "_trained", ctrl_c)

    result = train("--resume", "--out", run, "--evaluate")

    assert result.exit_code == 130
    assert result.stderr == "Interrupted: not evaluated. The run itself is complete.\n"
    assert f"zoo-sample {run}" in result.stdout
    assert (run / "metrics.jsonl").read_bytes() == records


def test_a_loss_that_is_not_finite_fails_and_leaves_nothing(train, pairs, tmp_path):
    out = tmp_path / "run"
    rates = ("--set", "generator_learning_rate=1e30", "--set", "critic_learning_rate=1e30")

    result = train("--data", pairs, *rates, "--steps", 9, "--checkpoint-every", 1, "--out", out)

    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert line.startswith(f"Error: {out}: training stopped: ")
    assert re.search(r"is not finite at step \d\. Lower --set generator_learning_rate=…", line)
    assert "float32" not in line, "it is float32 already"
    assert not out.exists(), "so that the command can be repeated"


def test_float32_is_advised_where_it_is_not_used_yet(train, pairs, tmp_path):
    rates = ("--set", "generator_learning_rate=1e30", "--set", "critic_learning_rate=1e30")
    half = ("--precision", "mixed_bfloat16", "--steps", 9, "--out", tmp_path / "run")

    result = train("--data", pairs, *rates, *half)

    assert result.stderr.splitlines()[-1].endswith("or use --precision float32.")


def test_a_resumed_run_that_fails_names_its_last_good_checkpoint(train, trained, at_step, tmp_path):
    run = shutil.copytree(trained, tmp_path / "run")

    def poison(logger):
        weight = logger.model.critic.trainable_variables[0]
        weight.assign(np.full(weight.shape, np.nan))

    at_step(4, poison)

    result = train("--resume", "--out", run, "--steps", 6)

    assert result.exit_code == 1
    assert f"The last good checkpoint is {run}/checkpoints/step-00000003. Lower" in result.stderr
    assert result.stderr.endswith(f", in a new run with --init-from {run}.\n")
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-00000003"]


def test_a_missing_file_stops_training_with_a_remedy(train, pairs, at_step, tmp_path):
    data = shutil.copytree(pairs, tmp_path / "data")
    out = tmp_path / "run"
    at_step(1, lambda _: shutil.rmtree(data))

    result = train("--data", data, "--steps", 50, "--checkpoint-every", 1, "--out", out)

    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert line.startswith(f"Error: {out}: training stopped: {data}/audio-cover_dataset/cover")
    assert "No such file" in line
    assert line.endswith(f"Fix that and continue with: zoo-train --resume --out {out}")
    assert len(list((out / "checkpoints").iterdir())) == 2


def test_without_a_checkpoint_the_remedy_is_to_start_again(train, pairs, at_step, tmp_path):
    data = shutil.copytree(pairs, tmp_path / "data")
    out = tmp_path / "run"
    at_step(1, lambda _: shutil.rmtree(data))

    result = train("--data", data, "--steps", 50, "--out", out)

    assert result.exit_code == 1
    assert result.stderr.endswith("Fix that and start again; there is no checkpoint yet.\n")
    assert not out.exists()


def test_training_in_a_thread_leaves_signals_to_the_main_one():
    handlers = []

    def wait():
        with Signals().caught():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()

    assert handlers == [signal.default_int_handler]
