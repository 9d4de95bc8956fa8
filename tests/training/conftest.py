"""Reading what a run wrote."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.training.callbacks.metrics import MetricsLogger
from coverzoo.training.checkpoints import newest
from coverzoo.zoo.models.gan import GAN
from coverzoo.zoo.models.reconstruction import ReconstructionModel


@pytest.fixture(scope="session")
def state():
    """Every variable of a run's newest checkpoint, by name."""

    def state(run):
        checkpoint, _ = newest(run / "checkpoints")
        reader = tf.train.load_checkpoint(str(checkpoint.path / "state"))
        names = reader.get_variable_to_shape_map()
        return {name: reader.get_tensor(name) for name in names if "OBJECT_GRAPH" not in name}

    return state


@pytest.fixture(scope="session")
def metrics():
    """The records of a run."""
    return lambda run: [
        json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()
    ]


@pytest.fixture
def eager(monkeypatch):
    """Train without tracing, which takes longer than a few steps do."""
    always = property(lambda model: True, lambda model, value: None)
    for model in (GAN, ReconstructionModel):
        monkeypatch.setattr(model, "run_eagerly", always, raising=False)


@pytest.fixture
def at_step(monkeypatch):
    """Call a function after the metrics of a step were recorded."""
    ending = MetricsLogger.on_train_batch_end

    def at_step(step, act):
        def end(self, batch, logs=None):
            ending(self, batch, logs)
            if self.state.step == step:
                act(self)

        monkeypatch.setattr(MetricsLogger, "on_train_batch_end", end)

    return at_step


@pytest.fixture
def vectors():
    """Rows of 1160 numbers from 1e-24 to 1e13, some constant, with missing halves."""

    def vectors(count, dtype=np.float64, without=()):
        rng = np.random.default_rng(count)
        rows = rng.normal(size=(count, 1160)) * 10.0 ** rng.uniform(-24, 13, 1160)
        rows[:, ::7] = rows[0, ::7]
        for half in without:
            rows[:, 580 * half : 580 * (half + 1)] = 0.0
        return rows.astype(dtype)

    return vectors


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of the trained run, to change."""
    return shutil.copytree(trained, tmp_path / "run")
