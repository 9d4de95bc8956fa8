import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.instance_norm import InstanceNormalization, instance_norm

X = np.random.default_rng(0).normal(3.0, 2.0, (2, 5, 6, 4)).astype(np.float32)


def normalised(x, epsilon=1e-5):
    x = x.astype(np.float64)
    mean, variance = x.mean(axis=(1, 2), keepdims=True), x.var(axis=(1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def test_each_channel_of_each_sample_is_normalised_by_itself():
    layer = InstanceNormalization()

    np.testing.assert_allclose(layer(X), normalised(X), atol=1e-5)


def test_gamma_scales_and_beta_shifts(stir):
    layer = InstanceNormalization(epsilon=0.5)
    layer.build(X.shape)
    stir(layer)

    expected = normalised(X, 0.5) * layer.gamma.numpy() + layer.beta.numpy()
    np.testing.assert_allclose(layer(X), expected, atol=1e-5)


def test_a_constant_map_becomes_beta():
    layer = InstanceNormalization()
    layer.build(X.shape)
    layer.beta.assign([1.0, 2.0, 3.0, 4.0])

    y = layer(np.full((1, 3, 3, 4), 1e4, np.float32)).numpy()

    np.testing.assert_allclose(y, np.broadcast_to([1.0, 2.0, 3.0, 4.0], y.shape), atol=1e-3)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_statistics_are_float32_under_every_policy(policy):
    layer = InstanceNormalization(dtype=policy)
    # Squares and sums of these overflow float16, and bfloat16 cannot represent their mean.
    x = tf.cast(600.0 + 30.0 * X, layer.compute_dtype)

    y = layer(x)

    assert y.dtype == layer.compute_dtype
    exact = normalised(tf.cast(x, tf.float32).numpy())
    np.testing.assert_allclose(tf.cast(y, tf.float32), exact, atol=0.02)


def test_from_config_makes_the_same_layer():
    layer = InstanceNormalization(epsilon=0.1, name="norm")

    assert InstanceNormalization.from_config(layer.get_config()).get_config() == layer.get_config()


def by_automatic_differentiation(x, gamma, beta, epsilon):
    mean = tf.reduce_mean(x, (1, 2), keepdims=True)
    variance = tf.reduce_mean(tf.square(x - mean), (1, 2), keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + epsilon) * gamma + beta


def derivatives(norm, x, gamma, beta):
    """First derivatives, and those of the squared gradient norm, as under a gradient penalty."""
    inputs = [x, gamma, beta]
    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            value = tf.reduce_sum(tf.sin(norm(x, gamma, beta, 1e-3)))
        first = inner.gradient(value, inputs)
        squared_norm = tf.reduce_sum(tf.square(first[0]))
    return [*first, *outer.gradient(squared_norm, inputs)]


def test_the_derivatives_of_instance_norm_are_those_of_its_formula():
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(0.5, 2.0, (3, 6, 4, 5)), tf.float32)
    gamma, beta = (tf.constant(rng.normal(size=5), tf.float32) for _ in range(2))

    actual = derivatives(instance_norm, x, gamma, beta)

    expected = derivatives(by_automatic_differentiation, x, gamma, beta)
    for result, expected_result in zip(actual, expected, strict=True):
        np.testing.assert_allclose(result, expected_result, rtol=1e-4, atol=1e-4)


def test_instance_norm_of_a_map_far_from_zero_and_of_a_constant_one():
    rng = np.random.default_rng(0)
    shifted_map = tf.constant(rng.normal(30.0, 1.0, (2, 16, 16, 3)), tf.float32)
    one = tf.ones(3)

    result = instance_norm(shifted_map, one, 0.0 * one, 1e-5)

    expected = by_automatic_differentiation(tf.cast(shifted_map, tf.float64), 1.0, 0.0, 1e-5)
    np.testing.assert_allclose(result, expected, atol=2e-3)
    constant = instance_norm(tf.fill((2, 4, 4, 3), 7.0), one, 2.0 * one, 1e-5)
    np.testing.assert_allclose(constant, 2.0, atol=1e-2)
