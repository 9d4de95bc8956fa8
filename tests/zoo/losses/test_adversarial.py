import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.adversarial import (
    least_squares_critic,
    least_squares_generator,
    non_saturating_critic,
    non_saturating_generator,
    wasserstein_critic,
    wasserstein_generator,
)

RNG = np.random.default_rng(0)


def test_the_wasserstein_losses_are_the_difference_of_means_and_minus_the_fake_mean():
    real, fake = RNG.normal(size=(2, 7)).astype(np.float32)

    np.testing.assert_allclose(wasserstein_critic(real, fake), fake.mean() - real.mean(), rtol=1e-5)
    np.testing.assert_allclose(wasserstein_generator(fake), -fake.mean(), rtol=1e-5)


def cross_entropy(scores, label):
    """-l log p - (1 - l) log(1 - p) of p = σ(score), in float64."""
    p = 1.0 / (1.0 + np.exp(-np.float64(scores)))
    return -label * np.log(p) - (1.0 - label) * np.log(1.0 - p)


@pytest.mark.parametrize("label", [1.0, 0.9, 0.3])
def test_the_non_saturating_losses_are_binary_cross_entropies_of_logits(label):
    real, fake = 3.0 * RNG.normal(size=(2, 7)).astype(np.float32)

    expected = cross_entropy(real, label).mean() + cross_entropy(fake, 0.0).mean()
    np.testing.assert_allclose(non_saturating_critic(real, fake, label), expected, rtol=1e-5)
    np.testing.assert_allclose(
        non_saturating_generator(fake), cross_entropy(fake, 1.0).mean(), rtol=1e-5
    )


def test_a_smoothed_label_has_its_lowest_loss_at_its_own_probability():
    scores = np.linspace(-4, 6, 1001, dtype=np.float32)
    losses = [
        float(non_saturating_critic(scores[i : i + 1], np.float32([-50]), 0.9)) for i in range(1001)
    ]

    assert scores[np.argmin(losses)] == pytest.approx(np.log(0.9 / 0.1), abs=0.01)


@pytest.mark.parametrize("label", [1.0, 0.9])
def test_the_least_squares_losses_are_half_the_squared_distances_to_their_labels(label):
    real, fake = RNG.normal(size=(2, 7)).astype(np.float32)

    expected = 0.5 * np.mean((real - label) ** 2) + 0.5 * np.mean(fake**2)
    np.testing.assert_allclose(least_squares_critic(real, fake, label), expected, rtol=1e-5)
    np.testing.assert_allclose(
        least_squares_generator(fake), 0.5 * np.mean((fake - 1.0) ** 2), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda x: non_saturating_critic(x, -x), 0.0),
        (lambda x: non_saturating_critic(-x, x), 200.0),
        (lambda x: non_saturating_critic(x, -x, 0.9), 10.0),
        (lambda x: non_saturating_generator(x), 0.0),
        (lambda x: non_saturating_generator(-x), 100.0),
    ],
)
def test_logits_of_a_hundred_have_the_right_loss_and_a_finite_gradient(loss, expected):
    x = tf.Variable([100.0])
    with tf.GradientTape() as tape:
        value = loss(x)

    np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-6)
    assert np.isfinite(tape.gradient(value, x)).all()


def test_real_scores_above_fake_lower_the_critic_s_loss_and_high_ones_the_generator_s():
    high, low = np.full(3, 2.0, np.float32), np.full(3, -1.0, np.float32)

    assert wasserstein_critic(high, low) == -3.0
    assert wasserstein_critic(low, high) == 3.0
    assert wasserstein_generator(high) < wasserstein_generator(low)
