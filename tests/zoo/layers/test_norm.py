import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.norm import InstanceNormalization

X = np.random.default_rng(0).normal(3.0, 2.0, (2, 5, 6, 4)).astype(np.float32)


def normalised(x, epsilon=1e-5):
    x = x.astype(np.float64)
    mean, variance = x.mean(axis=(1, 2), keepdims=True), x.var(axis=(1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def test_each_channel_of_each_sample_is_normalised_alone():
    layer = InstanceNormalization()

    np.testing.assert_allclose(layer(X), normalised(X), atol=1e-5)


def test_gamma_scales_and_beta_shifts(stir):
    layer = InstanceNormalization(epsilon=0.5)
    layer.build(X.shape)
    stir(layer)

    expected = normalised(X, 0.5) * layer.gamma.numpy() + layer.beta.numpy()
    np.testing.assert_allclose(layer(X), expected, atol=1e-5)


def test_an_even_surface_becomes_beta():
    layer = InstanceNormalization()
    layer.build(X.shape)
    layer.beta.assign([1.0, 2.0, 3.0, 4.0])

    y = layer(np.full((1, 3, 3, 4), 1e4, np.float32)).numpy()

    np.testing.assert_allclose(y, np.broadcast_to([1.0, 2.0, 3.0, 4.0], y.shape), atol=1e-3)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_statistics_are_float32_under_every_policy(policy):
    layer = InstanceNormalization(dtype=policy)
    # Squares and sums of these overflow float16, and bfloat16 cannot tell their mean.
    x = tf.cast(600.0 + 30.0 * X, layer.compute_dtype)

    y = layer(x)

    assert y.dtype == layer.compute_dtype
    exact = normalised(tf.cast(x, tf.float32).numpy())
    np.testing.assert_allclose(tf.cast(y, tf.float32), exact, atol=0.02)


def test_a_config_makes_the_same_layer():
    layer = InstanceNormalization(epsilon=0.1, name="norm")

    assert InstanceNormalization.from_config(layer.get_config()).get_config() == layer.get_config()
