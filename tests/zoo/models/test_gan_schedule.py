"""What follows what in training: parts of a batch, draws, the moving average."""

import numpy as np
import pytest
import tensorflow as tf

ALL = ("color", "translation", "cutout")


@pytest.mark.parametrize("decay", [0.999, 0.2])
def test_the_average_follows_with_a_decay_that_warms_up(
    make_gan, make_batch, snapshot, assert_equal_weights, decay
):
    model = make_gan(ema_decay=decay)
    assert_equal_weights(model.ema_generator, model.generator, rtol=0)

    for step in (1, 2, 3):
        before = snapshot(model.ema_generator.variables)
        model.train_step(make_batch(4, seed=step))

        kept = min(decay, (1 + step) / (10 + step))
        for ema_generator, old, new in zip(
            model.ema_generator.variables, before, model.generator.variables, strict=True
        ):
            expected = kept * old + (1.0 - kept) * new.numpy()
            np.testing.assert_allclose(ema_generator, expected, rtol=1e-4, atol=1e-6)


def test_the_average_is_what_is_left_to_use(make_gan):
    averaged, bare = make_gan(ema_decay=0.9), make_gan()

    assert averaged.generative is averaged.ema_generator
    assert bare.generative is bare.generator
    assert averaged.ema_generator.trainable_variables == []


def test_steps_are_counted(make_gan, make_batch):
    model = make_gan(critic_steps=2, share_batch=True)

    for _ in range(3):
        model.train_step(make_batch(2))

    assert int(model.steps) == 3
    assert model.updates_per_step == 3


def test_the_seed_and_the_step_decide_everything(make_gan, make_batch, assert_equal_weights):
    def after(seed, first=0):
        model = make_gan(seed=seed, ema_decay=0.9, condition_dropout=0.5, augment=ALL)
        model.steps.assign(first)
        for step in range(2):
            model.train_step(make_batch(4, seed=step))
        return model

    reference = after(seed=1)

    assert_equal_weights(after(seed=1), reference, rtol=0)
    for other in (after(seed=2), after(seed=1, first=5)):
        assert (other.generator.paint.kernel != reference.generator.paint.kernel).numpy().any()


def test_updates_of_a_step_read_consecutive_parts_and_the_generator_the_last(
    make_gan, make_batch, assert_equal_weights
):
    whole, by_hand, batch = make_gan(critic_steps=2), make_gan(critic_steps=2), make_batch(8)
    assert whole.batches_per_step == 2

    whole.train_step(batch)
    first = {name: value[:4] for name, value in batch.items()}
    last = {name: value[4:] for name, value in batch.items()}
    by_hand._update_critic(first, 0)
    by_hand._update_critic(last, 1)
    by_hand._update_generator(last)

    assert_equal_weights(whole, by_hand, rtol=1e-5, atol=1e-6)


def test_updates_that_share_a_batch_all_read_it_whole(make_gan, make_batch, assert_equal_weights):
    settings = {"critic_steps": 2, "share_batch": True}
    whole, by_hand, batch = make_gan(**settings), make_gan(**settings), make_batch(4)
    assert whole.batches_per_step == 1

    whole.train_step(batch)
    by_hand._update_critic(batch, 0)
    by_hand._update_critic(batch, 1)
    by_hand._update_generator(batch)

    assert_equal_weights(whole, by_hand, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("share", [False, True])
def test_the_generator_can_have_a_batch_of_its_own(
    make_gan, make_batch, assert_equal_weights, share
):
    settings = {"critic_steps": 2, "share_batch": share, "fresh_batch": True}
    whole, by_hand = make_gan(**settings), make_gan(**settings)
    batch = make_batch(4 * whole.batches_per_step)
    parts = [
        {name: value[start : start + 4] for name, value in batch.items()}
        for start in range(0, len(batch["image"]), 4)
    ]
    assert len(parts) == (2 if share else 3)

    whole.train_step(batch)
    by_hand._update_critic(parts[0], 0)
    by_hand._update_critic(parts[0 if share else 1], 1)
    by_hand._update_generator(parts[-1])

    assert_equal_weights(whole, by_hand, rtol=1e-5, atol=1e-6)


def test_fit_trains_on_batches_of_any_size_as_eager_steps_do(
    make_gan, make_batch, assert_equal_weights
):
    # Low rates: a bias before a batch norm has no gradient but rounding, which Adam makes a full
    # step of, in either direction.
    low = {
        "critic_steps": 2,
        "ema_decay": 0.9,
        "generator_learning_rate": 2e-4,
        "critic_learning_rate": 2e-4,
    }
    fitted, eager = make_gan(**low), make_gan(**low)
    first, second = make_batch(4), make_batch(6, seed=1)
    dataset = tf.data.Dataset.from_tensors(first).concatenate(tf.data.Dataset.from_tensors(second))
    assert dataset.element_spec["image"].shape[0] is None

    fitted.fit(dataset, shuffle=False, verbose=0)
    for batch in (first, second):
        eager.train_step(batch)

    assert int(fitted.steps) == 2
    assert_equal_weights(fitted, eager, rtol=1e-3, atol=1e-3)
