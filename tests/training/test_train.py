"""What a run leaves behind."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from coverzoo import backend, zoo


def test_a_run_leaves_all_that_anything_downstream_needs(trained, pairs):
    config = json.loads((trained / "config.json").read_text())

    assert config["model"] == "wgan-gp"
    assert config["audio"] is True
    assert config["seed"] == 0
    assert config["settings"]["generator_channels"] == [8, 8, 8]
    assert config["data"] == str(pairs)
    assert config["corpus"]["train_samples"] == 24
    assert len(config["corpus"]["fingerprint"]) == 32
    assert config["corpus"]["rejected"] == []
    assert config["versions"]["keras"] == keras.__version__
    assert set(config["versions"]) >= {"coverzoo", "tensorflow", "keras", "numpy"}
    assert [folder.name for folder in (trained / "checkpoints").iterdir()] == ["step-00000003"]
    assert list((trained / "logs").glob("events.out.tfevents.*"))
    # One of val's four tracks a row, eight codes a column.
    with Image.open(trained / "samples" / "step-000003.png") as sheet:
        assert sheet.size == (8 * 34 + 2, 4 * 34 + 2)
    assert not list(trained.rglob(".*"))


def test_metrics_are_json_lines(trained):
    records = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]

    assert [record["step"] for record in records] == [3]
    assert records[0]["seconds"] > 0
    assert records[0]["images_per_second"] > 0
    assert np.isfinite(records[0]["critic_loss"])


def test_the_model_to_use_needs_nothing_else_of_the_run(trained, tmp_path):
    (tmp_path / "model.keras").write_bytes((trained / "model.keras").read_bytes())

    covers = zoo.load(tmp_path).generate(np.zeros((2, 100)), np.ones((2, 1160)))

    assert covers.shape == (2, 32, 32, 3)
    assert np.abs(covers).max() <= 1.0


@pytest.mark.parametrize(
    ("preset", "gpus", "warns"),
    [("full", [], True), ("full", ["one"], False), ("small", [], False)],
)
def test_who_starts_a_large_preset_without_a_gpu_is_told(
    train, pairs, tmp_path, monkeypatch, preset, gpus, warns
):
    monkeypatch.setattr(backend, "gpus", lambda: gpus)
    monkeypatch.setattr(backend, "start", lambda: None)  # it would set these GPUs up
    words = ("--data", pairs, "--preset", preset, "--steps", 0, "--no-evaluate")

    result = train(*words, "--out", tmp_path / "run")

    assert result.exit_code == 0, result.output
    line = "No GPU: preset full is sized for one, and this may take days. --preset small takes"
    assert (line in result.stdout) == warns
