"""Checkpoints: written whole or not at all, the newest intact one is loaded, two are kept."""

import gc
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.files import replacing
from coverzoo.training.checkpoints import Checkpoints, newest, verified


class Model(tf.Module):
    """A model of one weight and no networks."""

    layers = ()

    def __init__(self, value=0.0):
        self.weight = tf.Variable(value)


@pytest.fixture
def kept(tmp_path):
    """Checkpoints of a model whose weight is the step, for the given steps."""

    def kept(*steps):
        model = Model()
        checkpoints = Checkpoints(tmp_path / "checkpoints", model)
        for step in steps:
            model.weight.assign(step)
            checkpoints.save(step, seconds=step / 2)
        return checkpoints

    return kept


def names(checkpoints):
    return sorted(path.name for path in checkpoints.folder.iterdir())


def restored(checkpoints):
    """The weight that a new model gets, the step, and the lines on damaged checkpoints."""
    model = Model(-1.0)
    checkpoint, damaged = Checkpoints(checkpoints.folder, model).restore()
    return float(model.weight), checkpoint and checkpoint.step, damaged


def test_the_last_two_are_kept_and_the_newest_is_loaded(kept):
    checkpoints = kept(5, 10, 100)

    assert names(checkpoints) == ["step-00000010", "step-00000100"]
    assert restored(checkpoints) == (100.0, 100, [])
    assert newest(checkpoints.folder)[0].seconds == 50.0


def test_every_variable_is_kept(tmp_path):
    def model():
        inner = keras.Sequential([keras.layers.Dense(2), keras.layers.BatchNormalization()])
        outer = keras.Sequential([keras.Input((3,)), inner], name="outer")
        outer.compile(keras.optimizers.Adam())
        return outer

    first, second = model(), model()
    for variable in first.variables:
        variable.assign(np.random.default_rng(0).random(variable.shape))
    Checkpoints(tmp_path, first).save(1, 0.0)
    Checkpoints(tmp_path, second).restore()

    for one, other in zip(first.variables, second.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_to_restore(kept):
    assert restored(kept()) == (-1.0, None, [])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "harm", "reason"),
    [
        ("state.data-00000-of-00001", flip, "state.data-00000-of-00001 is corrupt"),
        ("state.index", lambda path: path.write_bytes(b""), "state.index is corrupt"),
        ("state.index", lambda path: path.unlink(), "not a complete checkpoint"),
        ("state.json", lambda path: path.unlink(), "not a complete checkpoint"),
        ("state.json", lambda path: path.write_bytes(b"\xff"), "not a complete checkpoint"),
        ("state.json", lambda path: path.write_text("[]"), "not a complete checkpoint"),
        ("state.json", lambda path: path.write_text('{"step": 2}'), "not a complete checkpoint"),
    ],
)
def test_a_damaged_checkpoint_is_skipped(kept, name, harm, reason):
    checkpoints = kept(1, 2)
    damaged = checkpoints.folder / "step-00000002"
    harm(damaged / name)

    weight, step, lines = restored(checkpoints)

    assert (weight, step) == (1.0, 1)
    assert len(lines) == 1
    assert lines[0].startswith(f"{damaged}: ")
    assert reason in lines[0]


def test_damaged_checkpoints_are_not_counted_among_the_two(kept):
    checkpoints = kept(10, 20)
    flip(checkpoints.folder / "step-00000020" / "state.index")

    checkpoints.save(15, 0.0)

    assert names(checkpoints) == ["step-00000010", "step-00000015"]


def test_an_unfinished_checkpoint_is_ignored_and_removed(kept):
    checkpoints = kept(1)
    (checkpoints.folder / ".partial").mkdir()
    (checkpoints.folder / ".partial" / "state.index").write_bytes(b"half")

    assert restored(checkpoints)[1] == 1
    checkpoints.save(2, 0.0)
    assert names(checkpoints) == ["step-00000001", "step-00000002"]


def test_a_failed_write_keeps_the_earlier_checkpoint(kept, monkeypatch):
    checkpoints = kept(1)

    def fail(prefix):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.tracker, "write", fail)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.save(2, 0.0)

    assert restored(checkpoints)[:2] == (1.0, 1)


def test_a_checkpoint_of_another_model_is_refused(kept, caplog):
    checkpoints = kept(1)
    other = Model()
    other.bias = tf.Variable(0.0)

    with pytest.raises(ValueError, match="the state of another model"):
        Checkpoints(checkpoints.folder, other).restore()
    gc.collect()  # TensorFlow logs what it could not restore when the status is deleted
    assert caplog.text == ""


def test_the_checksums_are_of_the_files(kept):
    folder = kept(7).folder / "step-00000007"
    facts = json.loads((folder / "state.json").read_text())

    assert set(facts["sha256"]) == {"state.index", "state.data-00000-of-00001"}
    assert verified(folder).step == facts["step"] == 7


def fail_within(path):
    with replacing(path) as file:
        file.write_text("half")
        raise KeyError


def test_replacing_is_all_or_nothing(tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("old")

    with pytest.raises(KeyError):
        fail_within(path)
    assert path.read_text() == "old"

    with replacing(path) as file:
        file.write_text("new")
        assert file.suffix == path.suffix  # Keras and Pillow go by it
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
