"""The best weights by a validation: kept, counted against a patience, never by part of an epoch."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.training.callbacks.stopping import StopCriterion
from coverzoo.training.callbacks.validation import Validation, exhausted
from coverzoo.training.run import Run
from coverzoo.training.signals import Interrupts


class Network:
    """Saves which step it is of."""

    step = 0

    def save(self, file):
        file.write_text(str(self.step))


class Model:
    """Its loss is the mean of what a batch shows."""

    stop_training = False

    def __init__(self):
        self.generative = Network()
        self.best = tf.Variable(float("inf"))
        self.stale = tf.Variable(0, dtype=tf.int64)

    def test_step(self, batch):
        mean = tf.reduce_mean(batch["image"])
        return {"loss": mean, "twice_loss": 2.0 * mean}


class MetricsLogger:
    """What was recorded, and how often training's end was."""

    def __init__(self):
        self.added, self.finished = [], 0

    def add(self, values):
        self.added.append(values)

    def finish(self):
        self.finished += 1


@pytest.fixture
def validated(tmp_path):
    """Train a model whose n-th validation has the n-th of the losses; gives what came of it."""

    def validated(losses, *, every=2, steps=100, patience=0, minutes=None, seconds=0.0, stop=None):
        model, records, left = Model(), MetricsLogger(), list(losses)
        clock = StopCriterion(0, seconds, steps, minutes, Interrupts())
        batches = lambda: [{"image": np.full((3, 2), left.pop(0), np.float32)}]  # noqa: E731
        validation = Validation(Run(tmp_path), clock, batches, every, patience, records)
        for callback in (clock, validation):
            callback.set_model(model)
            callback.on_train_begin()
        while left and not model.stop_training:
            if clock.step == stop:
                clock.interrupts.received = 2
            clock.on_train_batch_begin(0)
            model.generative.step = clock.step + 1
            for callback in (clock, validation):
                callback.on_train_batch_end(0)
        file = tmp_path / "model.keras"
        kept = int(file.read_text()) if file.exists() else None
        return model, clock, records, kept

    return validated


def test_the_model_of_the_best_val_is_kept(validated):
    model, clock, records, kept = validated([4.0, 2.0, 3.0, 1.5, 1.6])

    assert kept == 8
    assert clock.step == 10
    assert float(model.best) == 1.5
    assert int(model.stale) == 1
    assert [one["val_loss"] for one in records.added] == pytest.approx([4, 2, 3, 1.5, 1.6])
    assert records.added[0] == {"val_loss": 4.0, "val_twice_loss": 8.0}


def test_an_equal_loss_is_no_better(validated):
    model, _, _, kept = validated([2.0, 2.0])

    assert (kept, int(model.stale)) == (2, 1)


def test_patience_ends_training_after_as_many_epochs_without_a_better_loss(validated):
    model, clock, records, kept = validated([4.0, 5.0, 3.0, 3.5, 3.1, 9.0, 9.0], patience=2)

    assert model.stop_training
    assert clock.stopping
    assert (clock.step, kept) == (10, 6)
    assert records.finished == 1, "the last steps are recorded"


def test_without_patience_training_goes_on(validated):
    model, clock, records, kept = validated([1.0, *[2.0] * 9])

    assert not model.stop_training
    assert (clock.step, kept, int(model.stale), records.finished) == (20, 2, 9, 0)


def test_part_of_an_epoch_may_be_the_best_but_never_counts_as_stale(validated):
    worse, _, records, kept = validated([2.0, 3.0, 9.0], every=4, steps=10, patience=2)
    assert len(records.added) == 3
    assert (kept, int(worse.stale)) == (4, 1)
    assert not exhausted(worse, 2)

    _, clock, _, kept = validated([2.0, 3.0, 1.0], every=4, steps=10, patience=2)
    assert (clock.step, kept) == (10, 10)


def test_the_end_of_the_minutes_is_an_end_too(validated):
    _, clock, records, kept = validated([2.0, 1.0], every=50, minutes=1.0, seconds=60.0)

    assert (clock.step, len(records.added), kept) == (1, 1, 1)


def test_a_signal_is_no_end_so_that_a_resumed_run_validates_as_often(validated):
    _, clock, records, _ = validated([2.0, 1.0], every=4, steps=9, stop=5)

    assert (clock.step, len(records.added)) == (6, 1)


def test_losses_that_are_no_numbers_are_never_the_best(validated):
    model, _, _, kept = validated([np.nan, np.inf, 2.0, np.nan])

    assert (kept, float(model.best), int(model.stale)) == (6, 2.0, 1)
    assert validated([np.nan])[0].best == np.inf


def test_a_batch_weighs_as_many_covers_as_it_has(tmp_path):
    clock = StopCriterion(0, 0.0, 1, None, Interrupts())
    sizes = {4: 1.0, 3: 8.0}
    batches = lambda: [  # noqa: E731
        {"image": np.full((size, 2), mean, np.float32)} for size, mean in sizes.items()
    ]
    validation = Validation(Run(tmp_path), clock, batches, 1, 0, MetricsLogger())
    validation.set_model(Model())
    validation.on_train_begin()

    assert validation.losses() == pytest.approx({"loss": 28 / 7, "twice_loss": 56 / 7})


def test_patience_is_of_models_that_validate():
    model = Model()
    model.stale.assign(3)

    assert [exhausted(model, patience) for patience in (0, 2, 3, 4)] == [False, True, True, False]
    assert not exhausted(object(), 3)
