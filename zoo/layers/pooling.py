"""Max pooling that keeps its pooling indices, and max unpooling."""

import tensorflow as tf

from coverzoo.types import Tensor


def pool(x: Tensor) -> tuple[Tensor, Tensor]:
    """Max pooling over 2×2 windows, with the pooling indices.

    Args:
        x: Feature maps (B, H, W, C), H and W even.

    Returns:
        The maxima (B, H/2, W/2, C), and the pooling indices for `unpool`, (4, B, H/2, W/2, C),
        one-hot over the first axis, which runs over a window row by row. Of equal values the
        first is the maximum. (TFLite cannot use the integers of `tf.nn.max_pool_with_argmax`.)
    """
    corners = tf.stack([x[:, row::2, column::2] for row in (0, 1) for column in (0, 1)])
    indices = tf.one_hot(tf.argmax(corners, axis=0), 4, axis=0, dtype=x.dtype)
    return tf.reduce_sum(corners * indices, axis=0), indices


def unpool(x: Tensor, indices: Tensor) -> Tensor:
    """Max unpooling: each value at its pooling index, zeros elsewhere, arXiv:1311.2901.

    Args:
        x: Feature maps (B, H, W, C).
        indices: Pooling indices (4, B, H, W, C), see `pool`.

    Returns:
        Feature maps (B, 2H, 2W, C).
    """
    first, second, third, fourth = tf.unstack(x[None] * indices)
    rows = tf.stack([tf.stack([first, second], axis=3), tf.stack([third, fourth], axis=3)], axis=2)
    _, height, width, channels = x.shape
    return tf.reshape(rows, (-1, 2 * height, 2 * width, channels))
