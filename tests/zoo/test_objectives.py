import numpy as np
import pytest
import tensorflow as tf

from zoo.objectives import (
    gaussian_divergence,
    gradient_penalty,
    mismatch_margin,
    wasserstein_critic,
    wasserstein_generator,
)

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 5, 4, 4, 3)).astype(np.float32)
MIX = RNG.uniform(size=(5, 1, 1, 1)).astype(np.float32)


def linear(weight):
    return lambda x: tf.reduce_sum(weight * x, (1, 2, 3))


def test_the_wasserstein_pair_is_the_difference_of_means_and_its_second_half():
    real, fake = RNG.normal(size=(2, 7)).astype(np.float32)

    np.testing.assert_allclose(wasserstein_critic(real, fake), fake.mean() - real.mean(), rtol=1e-5)
    np.testing.assert_allclose(wasserstein_generator(fake), -fake.mean(), rtol=1e-5)


def test_a_critic_gains_by_scoring_real_above_fake_and_a_generator_by_a_high_score():
    high, low = np.full(3, 2.0, np.float32), np.full(3, -1.0, np.float32)

    assert wasserstein_critic(high, low) == -3.0
    assert wasserstein_critic(low, high) == 3.0
    assert wasserstein_generator(high) < wasserstein_generator(low)


@pytest.mark.parametrize("slope", [1e-3, 1.0, 40.0])
def test_gradient_penalty_of_a_linear_score_depends_only_on_its_slope(slope):
    direction = RNG.normal(size=(4, 4, 3))
    weight = tf.constant(slope * direction / np.linalg.norm(direction), tf.float32)

    penalty = gradient_penalty(linear(weight), tf.constant(REAL), tf.constant(FAKE), MIX)

    np.testing.assert_allclose(penalty, (slope - 1.0) ** 2, rtol=1e-5, atol=1e-9)


def test_gradient_penalty_is_taken_a_sample_at_its_own_point_between_fake_and_real():
    # The slope of ½‖x‖² at x is x itself.
    penalty = gradient_penalty(
        lambda x: 0.5 * tf.reduce_sum(x * x, (1, 2, 3)), tf.constant(REAL), tf.constant(FAKE), MIX
    )

    points = MIX * REAL + (1.0 - MIX) * FAKE
    norms = np.sqrt((points**2).sum((1, 2, 3)))
    np.testing.assert_allclose(penalty, np.mean((norms - 1.0) ** 2), rtol=1e-5)


@pytest.mark.parametrize(("mix", "end"), [(0.0, FAKE), (1.0, REAL)])
def test_mix_zero_is_the_fake_and_mix_one_the_real_cover(mix, end):
    seen = []

    def score(x):
        seen.append(x.numpy())
        return tf.reduce_sum(x, (1, 2, 3))

    gradient_penalty(score, tf.constant(REAL), tf.constant(FAKE), tf.fill((5, 1, 1, 1), mix))

    np.testing.assert_allclose(seen[0], end, rtol=0, atol=1e-6)


def test_gradient_penalty_trains_the_score_by_its_closed_form_derivative():
    weight = tf.Variable(RNG.normal(size=(4, 4, 3)), dtype=tf.float32)
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(linear(weight), tf.constant(REAL), tf.constant(FAKE), MIX)

    norm = np.linalg.norm(weight.numpy())
    expected = 2.0 * (norm - 1.0) * weight.numpy() / norm
    np.testing.assert_allclose(tape.gradient(penalty, weight), expected, rtol=1e-5, atol=1e-6)


def test_gradient_penalty_can_be_differentiated_where_the_score_is_flat():
    weight = tf.Variable(tf.zeros((4, 4, 3)))
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(linear(weight), tf.constant(REAL), tf.constant(FAKE), MIX)

    np.testing.assert_allclose(penalty, 1.0, rtol=1e-5)
    np.testing.assert_array_equal(tape.gradient(penalty, weight), np.zeros((4, 4, 3)))


@pytest.mark.parametrize(
    ("matched", "mismatched", "valid", "expected"),
    [
        ([0.0], [0.0], [1], 1.0),  # no preference costs the margin
        ([2.0], [0.5], [1], 0.0),  # a margin of more than 1 is enough
        ([1.0], [0.0], [1], 0.0),  # of exactly 1, too
        ([0.0], [3.0], [1], 4.0),  # the wrong way round
        ([0.0, 5.0], [3.0, 5.0], [1, 0], 4.0),  # a mean over the valid rows alone
        ([0.0, 5.0], [3.0, 5.0], [1, 1], 2.5),
        ([0.0, 5.0], [3.0, 5.0], [0, 0], 0.0),  # nothing to compare
    ],
)
def test_mismatch_margin(matched, mismatched, valid, expected):
    loss = mismatch_margin(tf.constant(matched), tf.constant(mismatched), tf.constant(valid))

    assert float(loss) == pytest.approx(expected)


def test_mismatch_margin_pulls_only_at_valid_rows_within_the_margin():
    matched, mismatched = tf.Variable([0.0, 0.0, 9.0]), tf.Variable([0.0, 0.0, 0.0])
    with tf.GradientTape() as tape:
        loss = mismatch_margin(matched, mismatched, tf.constant([True, False, True]))

    up, down = tape.gradient(loss, [matched, mismatched])
    np.testing.assert_allclose(up, [-0.5, 0.0, 0.0])
    np.testing.assert_allclose(down, [0.5, 0.0, 0.0])


def test_gaussian_divergence_of_the_prior_is_zero():
    assert float(gaussian_divergence(tf.zeros((3, 4)), tf.zeros((3, 4)))) == 0.0


def test_gaussian_divergence_sums_over_values_and_averages_over_samples():
    mean = np.array([[1.0, 0.0], [0.0, -2.0]], np.float32)
    variance = np.array([[1.0, 4.0], [0.25, 1.0]], np.float32)

    first = 0.5 * 1.0 + (0.5 * (4.0 - 1.0) - np.log(2.0))
    second = (0.5 * (0.25 - 1.0) + np.log(2.0)) + 0.5 * 4.0
    np.testing.assert_allclose(
        gaussian_divergence(mean, np.log(variance)), (first + second) / 2.0, rtol=1e-6
    )


def test_gaussian_divergence_is_the_expected_log_ratio_of_densities():
    mean, deviation = np.array([0.7, -0.3]), np.array([0.4, 1.5])
    draws = mean + deviation * RNG.normal(size=(400_000, 2))

    log_q = -0.5 * ((draws - mean) / deviation) ** 2 - np.log(deviation)
    log_p = -0.5 * draws**2
    monte_carlo = (log_q - log_p).sum(axis=1).mean()
    exact = gaussian_divergence(
        mean[None].astype(np.float32), np.log(deviation**2)[None].astype(np.float32)
    )
    np.testing.assert_allclose(exact, monte_carlo, atol=0.01)
