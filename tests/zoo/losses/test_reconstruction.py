import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.reconstruction import squared_error, summed_cross_entropy

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda x: summed_cross_entropy(tf.ones((1, 2, 2, 3)), x + tf.zeros((1, 2, 2, 3))), 0.0),
        (lambda x: summed_cross_entropy(tf.zeros((1, 2, 2, 3)), x + tf.zeros((1, 2, 2, 3))), 1200),
        (lambda x: squared_error(tf.zeros(1), x), 1.0),
    ],
)
def test_logits_of_a_hundred_have_the_right_loss_and_a_finite_gradient(loss, expected):
    x = tf.Variable([100.0])
    with tf.GradientTape() as tape:
        value = loss(x)

    np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-6)
    assert np.isfinite(tape.gradient(value, x)).all()


def cross_entropy(scores, label):
    """-l log p - (1 - l) log(1 - p) of p = σ(score), in float64."""
    p = 1.0 / (1.0 + np.exp(-np.float64(scores)))
    return -label * np.log(p) - (1.0 - label) * np.log(1.0 - p)


def test_squared_error_is_the_mean_over_every_value():
    logits, target = RNG.normal(size=(3, 4, 4, 3)), RNG.uniform(size=(3, 4, 4, 3))

    expected = np.mean((1.0 / (1.0 + np.exp(-logits)) - target) ** 2)
    got = squared_error(np.float32(target), np.float32(logits))
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_summed_cross_entropy_sums_a_cover_s_values_and_averages_over_covers():
    logits, target = RNG.normal(size=(3, 4, 4, 3)), RNG.uniform(size=(3, 4, 4, 3))

    expected = cross_entropy(logits, target).sum(axis=(1, 2, 3)).mean()
    got = summed_cross_entropy(np.float32(target), np.float32(logits))
    np.testing.assert_allclose(got, expected, rtol=1e-5)
