"""Reading what runs left behind."""

import json

import pytest
import tensorflow as tf

from training.checkpoints import newest
from training.records import Records


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
def at_step(monkeypatch):
    """Have something happen in training after the records of a step."""
    ending = Records.on_train_batch_end

    def at_step(step, act):
        def end(self, batch, logs=None):
            ending(self, batch, logs)
            if self.clock.step == step:
                act(self)

        monkeypatch.setattr(Records, "on_train_batch_end", end)

    return at_step
