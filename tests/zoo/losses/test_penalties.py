import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.penalties import gradient_penalty, r1_penalty

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 5, 4, 4, 3)).astype(np.float32)
MIX = RNG.uniform(size=(5, 1, 1, 1)).astype(np.float32)


def linear(weight):
    """A score that is linear in the cover."""
    return lambda x: tf.reduce_sum(weight * x, (1, 2, 3))


@pytest.mark.parametrize("slope", [1e-3, 1.0, 40.0])
def test_gradient_penalty_of_a_linear_score_depends_only_on_its_slope(slope):
    direction = RNG.normal(size=(4, 4, 3))
    weight = tf.constant(slope * direction / np.linalg.norm(direction), tf.float32)

    penalty = gradient_penalty(linear(weight), tf.constant(REAL), tf.constant(FAKE), MIX)

    np.testing.assert_allclose(penalty, (slope - 1.0) ** 2, rtol=1e-5, atol=1e-9)


def test_gradient_penalty_is_taken_at_a_point_between_fake_and_real_per_sample():
    # The slope of ½‖x‖² at x is x itself.
    penalty = gradient_penalty(
        lambda x: 0.5 * tf.reduce_sum(x * x, (1, 2, 3)), tf.constant(REAL), tf.constant(FAKE), MIX
    )

    points = MIX * REAL + (1.0 - MIX) * FAKE
    norms = np.sqrt((points**2).sum((1, 2, 3)))
    np.testing.assert_allclose(penalty, np.mean((norms - 1.0) ** 2), rtol=1e-5)


@pytest.mark.parametrize(("mix", "end"), [(0.0, FAKE), (1.0, REAL)])
def test_mix_zero_is_the_fake_and_mix_one_the_real_cover(mix, end):
    inputs = []

    def score(x):
        inputs.append(x.numpy())
        return tf.reduce_sum(x, (1, 2, 3))

    gradient_penalty(score, tf.constant(REAL), tf.constant(FAKE), tf.fill((5, 1, 1, 1), mix))

    np.testing.assert_allclose(inputs[0], end, rtol=0, atol=1e-6)


def test_gradient_penalty_has_its_closed_form_gradient_in_the_critic_s_weights():
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
def test_r1_of_a_linear_score_is_half_its_slope_squared(slope):
    direction = RNG.normal(size=(4, 4, 3))
    weight = tf.Variable(slope * direction / np.linalg.norm(direction), dtype=tf.float32)
    with tf.GradientTape() as tape:
        penalty = r1_penalty(linear(weight), tf.constant(REAL), tf.constant(FAKE), MIX)

    np.testing.assert_allclose(penalty, 0.5 * slope**2, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(tape.gradient(penalty, weight), weight.numpy(), rtol=1e-5)


def test_r1_is_taken_at_the_real_covers_alone():
    penalty = r1_penalty(
        lambda x: 0.5 * tf.reduce_sum(x * x, (1, 2, 3)), tf.constant(REAL), tf.constant(FAKE), MIX
    )

    np.testing.assert_allclose(penalty, 0.5 * np.mean((REAL**2).sum((1, 2, 3))), rtol=1e-5)
