"""The noise of `zoo.noise` as TensorFlow operations, for a served model whose input is seeds."""

import tensorflow as tf

from coverzoo.types import Tensor

_MASK_32 = 0xFFFFFFFF


def normal(seeds: Tensor, dim: int) -> Tensor:
    """Return the latent codes of index 0 of each seed, as `coverzoo.zoo.noise.normal` does.

    Args:
        seeds: Seeds, int64 (B,).
        dim: Number of values of a code, from 1 to 65,535.

    Returns:
        Float32 (B, dim).
    """
    seeds = tf.cast(seeds, tf.int64)
    base = _mix(seeds & _MASK_32)
    base = _mix(base + (tf.bitwise.right_shift(seeds, tf.constant(32, tf.int64)) & _MASK_32))
    base = _mix(base)[:, None]  # index 0
    counter = tf.range(dim, dtype=tf.int64)[None, :]
    first = _uniform(base + _mix(2 * counter))
    second = _uniform(base + _mix(2 * counter + 1))
    pi = tf.constant(3.141592653589793, tf.float64)
    z = tf.sqrt(-2.0 * tf.math.log(first)) * tf.cos(2.0 * pi * second)
    return tf.cast(z, tf.float32)


def _uniform(x: Tensor) -> Tensor:
    return (tf.cast(_shift_right(_mix(x), 9), tf.float64) + 0.5) / float(1 << 23)


def _mix(x: Tensor) -> Tensor:
    """The 32-bit hash in int64: the lower 32 bits of a product are right despite the overflow."""
    x = (x + 0x9E3779B9) & _MASK_32
    x ^= _shift_right(x, 16)
    x = (x * 0x7FEB352D) & _MASK_32
    x ^= _shift_right(x, 15)
    x = (x * 0x846CA68B) & _MASK_32
    return x ^ _shift_right(x, 16)


def _shift_right(x: Tensor, bits: int) -> Tensor:
    return tf.bitwise.right_shift(x, tf.constant(bits, tf.int64))
