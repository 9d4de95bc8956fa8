"""Validation: the best weights are kept, patience counts whole epochs only."""

import json

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.training.callbacks import EndTraining, StopCriterion, TrainingState, Validation
from coverzoo.training.callbacks.validation import is_patience_exhausted
from coverzoo.training.run import Run
from coverzoo.training.signals import Signals


class Network:
    """Saves the step that it is of."""

    step = 0

    def save(self, file):
        file.write_text(str(self.step))


class Model:
    """Its loss is the mean of the batch."""

    stop_training = False

    def __init__(self):
        self.generative = Network()
        self.best = tf.Variable(float("inf"))
        self.wait = tf.Variable(0, dtype=tf.int64)

    def test_step(self, batch):
        mean = tf.reduce_mean(batch["image"])
        return {"loss": mean, "double_loss": 2.0 * mean}


@pytest.fixture
def validated(tmp_path):
    """Train a model whose n-th validation has the n-th of the losses.

    Returns the model, the state, the recorded validations, and the step of the saved model.
    """

    def validated(losses, *, every=2, steps=100, patience=0, minutes=None, seconds=0.0, stop=None):
        model, left, signals = Model(), list(losses), Signals()
        run = Run(tmp_path)
        for file in (run.model_file, run.metrics_file):
            file.unlink(missing_ok=True)
        state = TrainingState(0, seconds, steps, minutes)
        batches = lambda: [{"image": np.full((3, 2), left.pop(0), np.float32)}]  # noqa: E731
        callbacks = [
            StopCriterion(state, signals),
            Validation(run, state, batches, every, patience),
            EndTraining(state),
        ]
        for callback in callbacks:
            callback.set_model(model)
            callback.on_train_begin()
        while left and not model.stop_training:
            if state.step == stop:
                signals.received = 2
            model.generative.step = state.step + 1
            callbacks[0].on_train_batch_begin(0)
            for callback in callbacks:
                callback.on_train_batch_end(0)
        kept = int(run.model_file.read_text()) if run.model_file.exists() else None
        lines = run.metrics_file.read_text().splitlines() if run.metrics_file.exists() else []
        return model, state, [json.loads(line) for line in lines], kept

    return validated


def test_the_model_of_the_lowest_loss_is_kept(validated):
    model, state, records, kept = validated([4.0, 2.0, 3.0, 1.5, 1.6])

    assert kept == 8
    assert state.step == 10
    assert float(model.best) == 1.5
    assert int(model.wait) == 1
    assert [one["val_loss"] for one in records] == pytest.approx([4, 2, 3, 1.5, 1.6])
    assert (records[0]["step"], records[0]["val_double_loss"]) == (2, 8.0)


def test_an_equal_loss_is_not_lower(validated):
    model, _, _, kept = validated([2.0, 2.0])

    assert (kept, int(model.wait)) == (2, 1)


def test_patience_ends_training_after_as_many_epochs_without_a_better_loss(validated):
    model, state, _, kept = validated([4.0, 5.0, 3.0, 3.5, 3.1, 9.0, 9.0], patience=2)

    assert model.stop_training
    assert state.ending
    assert (state.step, kept) == (10, 6)


def test_without_patience_training_continues(validated):
    model, state, _, kept = validated([1.0, *[2.0] * 9])

    assert not model.stop_training
    assert (state.step, kept, int(model.wait)) == (20, 2, 9)


def test_part_of_an_epoch_can_be_the_best_but_does_not_count_against_patience(validated):
    worse, _, records, kept = validated([2.0, 3.0, 9.0], every=4, steps=10, patience=2)
    assert len(records) == 3
    assert (kept, int(worse.wait)) == (4, 1)
    assert not is_patience_exhausted(worse, 2)

    _, state, _, kept = validated([2.0, 3.0, 1.0], every=4, steps=10, patience=2)
    assert (state.step, kept) == (10, 10)


def test_a_validation_takes_place_when_the_minutes_are_over(validated):
    _, state, records, kept = validated([2.0, 1.0], every=50, minutes=1.0, seconds=60.0)

    assert (state.step, len(records), kept) == (1, 1, 1)


def test_a_signal_causes_no_validation_so_that_a_resumed_run_has_as_many(validated):
    _, state, records, _ = validated([2.0, 1.0], every=4, steps=9, stop=5)

    assert (state.step, len(records)) == (6, 1)


def test_losses_that_are_not_finite_are_never_the_lowest(validated):
    model, _, _, kept = validated([np.nan, np.inf, 2.0, np.nan])

    assert (kept, float(model.best), int(model.wait)) == (6, 2.0, 1)
    assert validated([np.nan])[0].best == np.inf


def test_a_batch_is_weighted_by_its_covers(tmp_path):
    sizes = {4: 1.0, 3: 8.0}
    batches = lambda: [  # noqa: E731
        {"image": np.full((size, 2), mean, np.float32)} for size, mean in sizes.items()
    ]
    validation = Validation(Run(tmp_path), TrainingState(0, 0.0, 1), batches, 1, 0)
    validation.set_model(Model())
    validation.on_train_begin()

    assert validation.losses() == pytest.approx({"loss": 28 / 7, "double_loss": 56 / 7})


def test_patience_concerns_models_with_a_validation():
    model = Model()
    model.wait.assign(3)

    assert [is_patience_exhausted(model, patience) for patience in (0, 2, 3, 4)] == [
        False,
        True,
        True,
        False,
    ]
    assert not is_patience_exhausted(object(), 3)


def test_nothing_of_a_failed_step_is_written(tmp_path):
    state = TrainingState(3, 0.0, 100)
    validation = Validation(Run(tmp_path), state, lambda: pytest.fail("validated"), 1, 0)
    state.fail("loss is not finite at step 3")

    validation.on_train_batch_end(0)

    assert list(tmp_path.iterdir()) == []
