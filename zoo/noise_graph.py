"""The noise of `zoo.noise` as TensorFlow operations, for a served model that is given seeds."""

from typing import Any

import tensorflow as tf

_WORD = 0xFFFFFFFF


def normal(seeds: Any, dim: int) -> Any:
    """Latent codes of index 0 of each seed, float32 (B, dim): those of `coverzoo.zoo.noise.normal`.

    Args:
        seeds: int64 (B,).
        dim: how many values a code has, at most 65,535.
    """
    seeds = tf.cast(seeds, tf.int64)
    base = _mix(seeds & _WORD)
    base = _mix(base + (tf.bitwise.right_shift(seeds, tf.constant(32, tf.int64)) & _WORD))
    base = _mix(base)[:, None]  # of index 0
    counter = tf.range(dim, dtype=tf.int64)[None, :]
    first = _uniform(base + _mix(2 * counter))
    second = _uniform(base + _mix(2 * counter + 1))
    pi = tf.constant(3.141592653589793, tf.float64)
    z = tf.sqrt(-2.0 * tf.math.log(first)) * tf.cos(2.0 * pi * second)
    return tf.cast(z, tf.float32)


def _uniform(x: Any) -> Any:
    return (tf.cast(_shifted(_mix(x), 9), tf.float64) + 0.5) / float(1 << 23)


def _mix(x: Any) -> Any:
    """The hash of 32 bits, in int64: a product's lower 32 bits survive the overflow."""
    x = (x + 0x9E3779B9) & _WORD
    x ^= _shifted(x, 16)
    x = (x * 0x7FEB352D) & _WORD
    x ^= _shifted(x, 15)
    x = (x * 0x846CA68B) & _WORD
    return x ^ _shifted(x, 16)


def _shifted(x: Any, bits: int) -> Any:
    return tf.bitwise.right_shift(x, tf.constant(bits, tf.int64))
