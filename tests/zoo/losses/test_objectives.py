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
from coverzoo.zoo.losses.conditioning import diversity_shortfall, mismatch_margin
from coverzoo.zoo.losses.kl import gaussian_kl, gaussian_kl_between
from coverzoo.zoo.losses.penalties import gradient_penalty, r1_penalty
from coverzoo.zoo.losses.reconstruction import squared_error, summed_cross_entropy

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 5, 4, 4, 3)).astype(np.float32)
MIX = RNG.uniform(size=(5, 1, 1, 1)).astype(np.float32)


def linear(weight):
    return lambda x: tf.reduce_sum(weight * x, (1, 2, 3))


def test_the_wasserstein_pair_is_the_difference_of_means_and_its_second_half():
    real, fake = RNG.normal(size=(2, 7)).astype(np.float32)

    np.testing.assert_allclose(wasserstein_critic(real, fake), fake.mean() - real.mean(), rtol=1e-5)
    np.testing.assert_allclose(wasserstein_generator(fake), -fake.mean(), rtol=1e-5)


def cross_entropy(scores, label):
    """-l log p - (1 - l) log(1 - p) of p = σ(score), in float64."""
    p = 1.0 / (1.0 + np.exp(-np.float64(scores)))
    return -label * np.log(p) - (1.0 - label) * np.log(1.0 - p)


@pytest.mark.parametrize("label", [1.0, 0.9, 0.3])
def test_the_vanilla_pair_is_binary_cross_entropy_of_logits(label):
    real, fake = 3.0 * RNG.normal(size=(2, 7)).astype(np.float32)

    expected = cross_entropy(real, label).mean() + cross_entropy(fake, 0.0).mean()
    np.testing.assert_allclose(non_saturating_critic(real, fake, label), expected, rtol=1e-5)
    np.testing.assert_allclose(
        non_saturating_generator(fake), cross_entropy(fake, 1.0).mean(), rtol=1e-5
    )


def test_a_smoothed_label_is_cheapest_at_its_own_probability():
    scores = np.linspace(-4, 6, 1001, dtype=np.float32)
    costs = [
        float(non_saturating_critic(scores[i : i + 1], np.float32([-50]), 0.9)) for i in range(1001)
    ]

    assert scores[np.argmin(costs)] == pytest.approx(np.log(0.9 / 0.1), abs=0.01)


@pytest.mark.parametrize("label", [1.0, 0.9])
def test_the_least_squares_pair_is_half_the_squared_distance_to_its_labels(label):
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
        (lambda x: summed_cross_entropy(tf.ones((1, 2, 2, 3)), x + tf.zeros((1, 2, 2, 3))), 0.0),
        (lambda x: summed_cross_entropy(tf.zeros((1, 2, 2, 3)), x + tf.zeros((1, 2, 2, 3))), 1200),
        (lambda x: squared_error(tf.zeros(1), x), 1.0),
    ],
)
def test_logits_of_a_hundred_cost_what_they_should_and_still_teach(loss, expected):
    x = tf.Variable([100.0])
    with tf.GradientTape() as tape:
        value = loss(x)

    np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-6)
    assert np.isfinite(tape.gradient(value, x)).all()


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


@pytest.mark.parametrize("slope", [0.0, 1e-3, 1.0, 40.0])
def test_zero_centred_penalty_of_a_linear_score_is_half_its_slope_squared(slope):
    direction = RNG.normal(size=(4, 4, 3))
    weight = tf.Variable(slope * direction / np.linalg.norm(direction), dtype=tf.float32)
    with tf.GradientTape() as tape:
        penalty = r1_penalty(linear(weight), tf.constant(REAL), tf.constant(FAKE), MIX)

    np.testing.assert_allclose(penalty, 0.5 * slope**2, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(tape.gradient(penalty, weight), weight.numpy(), rtol=1e-5)


def test_zero_centred_penalty_is_taken_at_the_real_covers_alone():
    penalty = r1_penalty(
        lambda x: 0.5 * tf.reduce_sum(x * x, (1, 2, 3)), tf.constant(REAL), tf.constant(FAKE), MIX
    )

    np.testing.assert_allclose(penalty, 0.5 * np.mean((REAL**2).sum((1, 2, 3))), rtol=1e-5)


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
    assert float(gaussian_kl(tf.zeros((3, 4)), tf.zeros((3, 4)))) == 0.0


def test_gaussian_divergence_sums_over_values_and_averages_over_samples():
    mean = np.array([[1.0, 0.0], [0.0, -2.0]], np.float32)
    variance = np.array([[1.0, 4.0], [0.25, 1.0]], np.float32)

    first = 0.5 * 1.0 + (0.5 * (4.0 - 1.0) - np.log(2.0))
    second = (0.5 * (0.25 - 1.0) + np.log(2.0)) + 0.5 * 4.0
    np.testing.assert_allclose(
        gaussian_kl(mean, np.log(variance)), (first + second) / 2.0, rtol=1e-6
    )


def test_gaussian_divergence_is_the_expected_log_ratio_of_densities():
    mean, deviation = np.array([0.7, -0.3]), np.array([0.4, 1.5])
    draws = mean + deviation * RNG.normal(size=(400_000, 2))

    log_q = -0.5 * ((draws - mean) / deviation) ** 2 - np.log(deviation)
    log_p = -0.5 * draws**2
    monte_carlo = (log_q - log_p).sum(axis=1).mean()
    exact = gaussian_kl(
        mean[None].astype(np.float32), np.log(deviation**2)[None].astype(np.float32)
    )
    np.testing.assert_allclose(exact, monte_carlo, atol=0.01)


def log_density(x, mean, deviation):
    return -0.5 * ((x - mean) / deviation) ** 2 - np.log(deviation)


def between(mean, deviation, prior_mean, prior_deviation):
    """The divergence of two Gaussians (N, D), given by their deviations."""
    values = (mean, 2 * np.log(deviation), prior_mean, 2 * np.log(prior_deviation))
    return float(gaussian_kl_between(*(np.float32(value) for value in values)))


def test_the_divergence_of_two_gaussians_is_the_textbook_s():
    mean, prior_mean = RNG.normal(size=(2, 5, 3))
    deviation, prior_deviation = np.exp(RNG.normal(size=(2, 5, 3)))

    expected = (
        np.log(prior_deviation / deviation)
        + (deviation**2 + (mean - prior_mean) ** 2) / (2.0 * prior_deviation**2)
        - 0.5
    )
    got = between(mean, deviation, prior_mean, prior_deviation)
    np.testing.assert_allclose(got, expected.sum(axis=1).mean(), rtol=1e-5)


def test_the_divergence_of_two_gaussians_is_the_expected_log_ratio_of_densities():
    mean, deviation = np.array([0.7, -0.3]), np.array([0.4, 1.5])
    prior_mean, prior_deviation = np.array([-0.2, 0.5]), np.array([0.8, 1.2])
    draws = mean + deviation * RNG.normal(size=(400_000, 2))

    ratio = log_density(draws, mean, deviation) - log_density(draws, prior_mean, prior_deviation)
    exact = between(mean[None], deviation[None], prior_mean[None], prior_deviation[None])
    np.testing.assert_allclose(exact, ratio.sum(axis=1).mean(), atol=0.02)


def test_the_divergence_is_zero_of_equals_and_that_of_the_standard_prior_against_it():
    mean, log_variance = RNG.normal(size=(2, 5, 3)).astype(np.float32)
    zeros = np.zeros_like(mean)

    same = gaussian_kl_between(mean, log_variance, mean, log_variance)
    np.testing.assert_allclose(same, 0.0, atol=1e-6)
    np.testing.assert_allclose(
        gaussian_kl_between(mean, log_variance, zeros, zeros),
        gaussian_kl(mean, log_variance),
        rtol=1e-6,
    )


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


@pytest.mark.parametrize("rows", [4, 5, 9])
def test_variety_lacks_what_the_two_halves_differ_by_less_than_real_ones_do(rows):
    image, real = RNG.normal(size=(2, rows, 4, 4, 3)).astype(np.float32)
    image, half = 0.2 * image, rows // 2

    def apart(x):
        return np.mean([np.abs(x[i] - x[i + half]).mean() for i in range(half)])

    expected = 0.7 - apart(image) / apart(real)
    np.testing.assert_allclose(diversity_shortfall(image, real, 0.7), expected, rtol=1e-5)


def test_covers_as_far_apart_as_real_ones_cost_nothing_and_equal_ones_the_whole_share():
    same = np.tile(FAKE[:1], (4, 1, 1, 1))

    assert diversity_shortfall(REAL[:4], REAL[:4], 1.0) == 0.0
    np.testing.assert_allclose(diversity_shortfall(same, REAL[:4], 0.3), 0.3, rtol=1e-6)
    np.testing.assert_allclose(diversity_shortfall(same, same, 0.3), 0.3, rtol=1e-6)
    np.testing.assert_allclose(diversity_shortfall(REAL[:1], REAL[:1], 0.3), 0.3, rtol=1e-6)


def test_what_variety_lacks_pushes_two_covers_of_a_track_apart():
    image = tf.Variable(FAKE[:2] * 0.1)
    with tf.GradientTape() as tape:
        value = diversity_shortfall(image, REAL[:2], 0.9)
    step = image - 0.5 * tape.gradient(value, image)

    assert diversity_shortfall(step, REAL[:2], 0.9) < value
