"""Ctrl-C, SIGTERM and losses that blow up: what was trained is kept, and a line says what to do."""

import json
import os
import shutil
import signal

import numpy as np
import pytest

import evaluation.genre
import training.data
import zoo


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_training_keeps_the_step(
    train, pairs, at_step, tmp_path, metrics, number, status
):
    out = tmp_path / "run"
    at_step(2, lambda _: os.kill(os.getpid(), number))

    result = train("--data", pairs, "--audio", "--steps", 50, "--out", out)

    assert result.exit_code == status
    assert [path.name for path in (out / "checkpoints").iterdir()] == ["step-00000003"]
    assert (out / "model.keras").is_file()
    line = f"Stopped at step 3. Go on with: zoo-train --resume --out {out}"
    assert result.stderr.splitlines()[-1] == line
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
