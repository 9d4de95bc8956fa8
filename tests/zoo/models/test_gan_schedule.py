"""The order of a training step: its batches, its random numbers, the EMA generator."""

import numpy as np
import pytest
import tensorflow as tf

ALL = ("color", "translation", "cutout")


@pytest.mark.parametrize("decay", [0.999, 0.2])
def test_the_ema_generator_follows_with_a_decay_that_warms_up(
    make_gan, make_batch, snapshot, assert_equal_weights, decay
):
    model = make_gan(ema_decay=decay)
    assert_equal_weights(model.ema_generator, model.generator, rtol=0)

    for step in (1, 2, 3):
        before = snapshot(model.ema_generator.variables)
        model.train_step(make_batch(4, seed=step))

        current_decay = min(decay, (1 + step) / (10 + step))
        for average, old, new in zip(
            model.ema_generator.variables, before, model.generator.variables, strict=True
        ):
            expected = current_decay * old + (1.0 - current_decay) * new.numpy()
            np.testing.assert_allclose(average, expected, rtol=1e-4, atol=1e-6)


def test_the_ema_generator_is_the_generative_network_where_there_is_one(make_gan):
    with_ema, without_ema = make_gan(ema_decay=0.9), make_gan()

    assert with_ema.generative is with_ema.ema_generator
    assert without_ema.generative is without_ema.generator
    assert with_ema.ema_generator.trainable_variables == []


def test_steps_are_counted(make_gan, make_batch):
    model = make_gan(critic_steps=2, share_batch=True)

    for _ in range(3):
        model.train_step(make_batch(2))

    assert int(model.steps) == 3
    assert model.updates_per_step == 3


def test_training_follows_from_the_seed_and_the_step(make_gan, make_batch, assert_equal_weights):
    def after(seed, first=0):
        model = make_gan(seed=seed, ema_decay=0.9, condition_dropout=0.5, augment=ALL)
        model.steps.assign(first)
        for step in range(2):
            model.train_step(make_batch(4, seed=step))
        return model

    reference = after(seed=1)

    assert_equal_weights(after(seed=1), reference, rtol=0)
    for other in (after(seed=2), after(seed=1, first=5)):
        assert (other.generator.to_rgb.kernel != reference.generator.to_rgb.kernel).numpy().any()


def test_updates_of_a_step_use_consecutive_batches_and_the_generator_the_last(
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


def test_updates_that_share_a_batch_all_use_the_whole_of_it(
    make_gan, make_batch, assert_equal_weights
):
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
    batches = [
        {name: value[start : start + 4] for name, value in batch.items()}
        for start in range(0, len(batch["image"]), 4)
    ]
    assert len(batches) == (2 if share else 3)

    whole.train_step(batch)
    by_hand._update_critic(batches[0], 0)
    by_hand._update_critic(batches[0 if share else 1], 1)
    by_hand._update_generator(batches[-1])

    assert_equal_weights(whole, by_hand, rtol=1e-5, atol=1e-6)


def test_fit_trains_on_batches_of_any_size_as_eager_steps_do(
    make_gan, make_batch, assert_equal_weights
):
    # Low learning rates: the gradient of a bias before a batch norm is rounding alone, of which
    # Adam makes a full step in either direction.
    settings = {
        "critic_steps": 2,
        "ema_decay": 0.9,
        "generator_learning_rate": 2e-4,
        "critic_learning_rate": 2e-4,
    }
    fitted, eager = make_gan(**settings), make_gan(**settings)
    first, second = make_batch(4), make_batch(6, seed=1)
    dataset = tf.data.Dataset.from_tensors(first).concatenate(tf.data.Dataset.from_tensors(second))
    assert dataset.element_spec["image"].shape[0] is None

    fitted.fit(dataset, shuffle=False, verbose=0)
    for batch in (first, second):
        eager.train_step(batch)

    assert int(fitted.steps) == 2
    assert_equal_weights(fitted, eager, rtol=1e-3, atol=1e-3)
