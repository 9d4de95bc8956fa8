import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.batch_norm import BatchNormalization, batch_norm

X = np.random.default_rng(0).normal(3.0, 2.0, (4, 5, 6, 3)).astype(np.float32)


@pytest.fixture
def pair(stir):
    """Our layer and Keras's, with equal weights."""

    def pair(affine=True):
        made = []
        for kind in (BatchNormalization, keras.layers.BatchNormalization):
            layer = kind(momentum=0.9, epsilon=1e-5, center=affine, scale=affine)
            layer.build(X.shape)
            made.append(stir(layer))
        made[0].set_weights(made[1].get_weights())
        return made

    return pair


@pytest.mark.parametrize("affine", [True, False])
def test_output_and_derivatives_in_training_equal_keras_s(pair, affine):
    results = []
    for layer in pair(affine):
        x = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(tf.sin(y))
        results.append([y, *tape.gradient(loss, [x, *layer.trainable_variables])])

    for actual, expected in zip(*results, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4)


def test_the_moving_variance_averages_the_unbiased_variance_as_in_pytorch():
    layer = batch_norm("norm", "float32")

    layer(X, training=True)

    mean, variance = X.mean(axis=(0, 1, 2)), X.var(axis=(0, 1, 2), ddof=1)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * variance, rtol=1e-5)


@pytest.mark.parametrize("affine", [True, False])
def test_frozen_is_the_inference_transform(pair, affine):
    layer, keras_layer = pair(affine)

    gain, shift = layer.frozen()

    np.testing.assert_allclose(X * gain + shift, keras_layer(X), rtol=1e-4, atol=1e-5)


def test_a_layer_that_is_not_trainable_does_not_update_its_statistics(pair):
    layer, keras_layer = pair()
    layer.trainable = keras_layer.trainable = False
    before = layer.get_weights()

    np.testing.assert_allclose(layer(X, training=True), keras_layer(X, training=True), rtol=1e-5)

    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_statistics_of_float16_maps_are_float32():
    layer = BatchNormalization(epsilon=1e-5, dtype="mixed_float16")
    x = tf.cast(600.0 + 30.0 * X, tf.float16)  # squares of these overflow float16

    y = layer(x, training=True)

    assert y.dtype == tf.float16
    exact = tf.cast(x, tf.float32).numpy()
    exact = (exact - exact.mean(axis=(0, 1, 2))) / exact.std(axis=(0, 1, 2))
    np.testing.assert_allclose(tf.cast(y, tf.float32), exact, atol=0.01)
