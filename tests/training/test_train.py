"""What a run writes."""

import json

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from coverzoo import zoo


def test_a_run_writes_configuration_model_checkpoint_logs_and_samples(trained, pairs):
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
    # A row per track of val, eight noises per row.
    with Image.open(trained / "samples" / "step-000003.png") as sheet:
        assert sheet.size == (8 * 34 + 2, 4 * 34 + 2)
    assert not list(trained.rglob(".*"))


def test_metrics_are_json_lines(trained):
    records = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]

    assert [record["step"] for record in records] == [3]
    assert records[0]["seconds"] > 0
    assert records[0]["images_per_second"] > 0
    assert np.isfinite(records[0]["critic_loss"])


def test_the_model_file_needs_no_other_file_of_the_run(trained, tmp_path):
    (tmp_path / "model.keras").write_bytes((trained / "model.keras").read_bytes())

    model = zoo.load(tmp_path)
    covers = model.generate(np.zeros((2, model.latent_dim)), np.ones((2, 1160)))

    assert covers.shape == (2, 32, 32, 3)
    assert np.abs(covers).max() <= 1.0


def test_tensorboard_shows_the_metrics_and_learning_rates_by_group(trained):
    events = next((trained / "logs").glob("events.out.tfevents.*"))
    tags = {
        value.tag
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    }
    records = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]

    assert tags == {f"train/{key}" for key in records[0].keys() - {"step", "seconds"}}
    assert {"train/generator_learning_rate", "train/critic_learning_rate"} <= tags


def test_the_first_learning_rates_are_the_settings(pairs, train, tmp_path):
    rates = ("--set", "generator_learning_rate=0.25", "--set", "lr_decay_fraction=0")

    train("--data", pairs, *rates, "--steps", 1, "--no-evaluate", "--out", tmp_path / "run")

    record = json.loads((tmp_path / "run" / "metrics.jsonl").read_text())
    assert record["generator_learning_rate"] == 0.25
    assert record["critic_learning_rate"] == 1e-3
