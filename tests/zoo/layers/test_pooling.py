import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.pooling import pool, unpool

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 4, 6, 3)).astype(np.float32)
TIES = RNG.integers(0, 2, (3, 6, 8, 5)).astype(np.float32)  # most windows have equal values


def pool_in_a_loop(x):
    """Maxima of 2×2 windows, and a mask (B, H, W, C) of the first maximum of each window."""
    batch, height, width, channels = x.shape
    largest = np.zeros((batch, height // 2, width // 2, channels), x.dtype)
    mask = np.zeros(x.shape, bool)
    for b, row, column, c in np.ndindex(*largest.shape):
        window = x[b, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2, c]
        largest[b, row, column, c] = window.max()
        first = np.flatnonzero(window.ravel() == window.max())[0]
        mask[b, 2 * row + first // 2, 2 * column + first % 2, c] = True
    return largest, mask


@pytest.mark.parametrize("x", [X, TIES, -np.abs(X)], ids=["apart", "ties", "negative"])
def test_pooling_returns_the_first_maximum_of_each_window(x):
    largest, mask = pool_in_a_loop(x)

    actual, indices = pool(tf.constant(x))

    np.testing.assert_array_equal(actual, largest)
    np.testing.assert_array_equal(unpool(tf.ones_like(actual), indices), mask)
    np.testing.assert_array_equal(tf.reduce_sum(indices, axis=0), np.ones_like(largest))


def test_pooled_values_are_those_of_tensorflow_s_max_pooling():
    np.testing.assert_array_equal(pool(tf.constant(X))[0], tf.nn.max_pool2d(X, 2, 2, "VALID"))


@pytest.mark.parametrize("x", [X, TIES], ids=["apart", "ties"])
def test_unpooling_puts_each_maximum_at_its_pooling_index_and_zeros_elsewhere(x):
    _, mask = pool_in_a_loop(x)

    np.testing.assert_array_equal(unpool(*pool(tf.constant(x))), np.where(mask, x, 0.0))


@pytest.mark.parametrize("x", [X, TIES], ids=["apart", "ties"])
def test_the_gradient_of_pooling_is_zero_except_at_the_pooling_indices(x):
    _, mask = pool_in_a_loop(x)
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        largest, _ = pool(variable)
    upstream = RNG.normal(size=largest.shape).astype(np.float32)

    gradient = tape.gradient(largest, variable, upstream)

    expected = np.where(mask, upstream.repeat(2, axis=1).repeat(2, axis=2), 0.0)
    np.testing.assert_array_equal(gradient, expected)


def test_the_gradient_of_unpooling_comes_from_the_pooling_indices_only():
    _, mask = pool_in_a_loop(X)
    largest, indices = pool(tf.constant(X))
    pooled = tf.Variable(largest)
    with tf.GradientTape() as tape:
        unpooled = unpool(pooled, indices)
    upstream = RNG.normal(size=unpooled.shape).astype(np.float32)

    gradient = tape.gradient(unpooled, pooled, upstream)

    blocks = np.where(mask, upstream, 0.0).reshape(2, 2, 2, 3, 2, 3)
    np.testing.assert_allclose(gradient, blocks.sum(axis=(2, 4)), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_pooling_indices_work_for_another_map_of_unknown_batch_size_in_every_dtype(dtype):
    @tf.function(input_signature=[tf.TensorSpec((None, 4, 6, 3), dtype)] * 2)
    def unpooled_elsewhere(x, other):
        return unpool(pool(other)[0], pool(x)[1])

    x, other = tf.cast(X, dtype), tf.cast(-X, dtype)
    actual = unpooled_elsewhere(x, other)

    assert actual.dtype == dtype
    _, mask = pool_in_a_loop(x.numpy().astype(np.float32))
    other_maxima, _ = pool_in_a_loop(other.numpy().astype(np.float32))
    expected = np.where(mask, other_maxima.repeat(2, axis=1).repeat(2, axis=2), 0.0)
    np.testing.assert_array_equal(tf.cast(actual, tf.float32), expected)
