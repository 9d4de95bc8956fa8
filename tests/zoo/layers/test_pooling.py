import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.pooling import pool, unpool

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 4, 6, 3)).astype(np.float32)
TIES = RNG.integers(0, 2, (3, 6, 8, 5)).astype(np.float32)  # most windows hold equal values


def looped(x):
    """Maxima of 2×2 windows, and the places (row, column) that hold each window's first."""
    batch, height, width, channels = x.shape
    largest = np.zeros((batch, height // 2, width // 2, channels), x.dtype)
    at = np.zeros(x.shape, bool)
    for b, row, column, c in np.ndindex(*largest.shape):
        window = x[b, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2, c]
        largest[b, row, column, c] = window.max()
        first = np.flatnonzero(window.ravel() == window.max())[0]
        at[b, 2 * row + first // 2, 2 * column + first % 2, c] = True
    return largest, at


@pytest.mark.parametrize("x", [X, TIES, -np.abs(X)], ids=["apart", "ties", "negative"])
def test_pooling_is_a_loop_over_windows_and_of_equals_takes_the_first(x):
    largest, at = looped(x)

    got, places = pool(tf.constant(x))

    np.testing.assert_array_equal(got, largest)
    np.testing.assert_array_equal(unpool(tf.ones_like(got), places), at)
    np.testing.assert_array_equal(tf.reduce_sum(places, axis=0), np.ones_like(largest))


def test_pooled_values_are_those_of_tensorflow_s_max_pooling():
    np.testing.assert_array_equal(pool(tf.constant(X))[0], tf.nn.max_pool2d(X, 2, 2, "VALID"))


@pytest.mark.parametrize("x", [X, TIES], ids=["apart", "ties"])
def test_unpooling_puts_maxima_back_where_they_stood_and_zeros_elsewhere(x):
    _, at = looped(x)

    np.testing.assert_array_equal(unpool(*pool(tf.constant(x))), np.where(at, x, 0.0))


@pytest.mark.parametrize("x", [X, TIES], ids=["apart", "ties"])
def test_the_gradient_reaches_the_kept_places_and_no_others(x):
    _, at = looped(x)
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        largest, _ = pool(variable)
    upstream = RNG.normal(size=largest.shape).astype(np.float32)

    gradient = tape.gradient(largest, variable, upstream)

    expected = np.where(at, upstream.repeat(2, axis=1).repeat(2, axis=2), 0.0)
    np.testing.assert_array_equal(gradient, expected)


def test_the_gradient_comes_back_from_the_kept_places_and_no_others():
    _, at = looped(X)
    largest, places = pool(tf.constant(X))
    small = tf.Variable(largest)
    with tf.GradientTape() as tape:
        wide = unpool(small, places)
    upstream = RNG.normal(size=wide.shape).astype(np.float32)

    gradient = tape.gradient(wide, small, upstream)

    blocks = np.where(at, upstream, 0.0).reshape(2, 2, 2, 3, 2, 3)
    np.testing.assert_allclose(gradient, blocks.sum(axis=(2, 4)), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_places_serve_another_map_of_any_batch_in_its_own_type(dtype):
    @tf.function(input_signature=[tf.TensorSpec((None, 4, 6, 3), dtype)] * 2)
    def moved(x, other):
        return unpool(pool(other)[0], pool(x)[1])

    x, other = tf.cast(X, dtype), tf.cast(-X, dtype)
    got = moved(x, other)

    assert got.dtype == dtype
    _, at = looped(x.numpy().astype(np.float32))
    held, _ = looped(other.numpy().astype(np.float32))
    expected = np.where(at, held.repeat(2, axis=1).repeat(2, axis=2), 0.0)
    np.testing.assert_array_equal(tf.cast(got, tf.float32), expected)
