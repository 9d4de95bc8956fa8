"""Max pooling that keeps its places, and its inverse."""

from typing import Any

import tensorflow as tf


def pool(x: Any) -> tuple[Any, Any]:
    """The largest value of each 2×2 window, and where in it that stood.

    Args:
        x: (B, H, W, C), H and W even.

    Returns:
        (B, H/2, W/2, C), and its places for `unpool`: (4, B, H/2, W/2, C), one-hot over the
        first axis, which goes over a window row by row. Of equal values the first counts.
        (`tf.nn.max_pool_with_argmax` gives indices instead, which TFLite cannot use.)
    """
    corners = tf.stack([x[:, row::2, column::2] for row in (0, 1) for column in (0, 1)])
    places = tf.one_hot(tf.argmax(corners, axis=0), 4, axis=0, dtype=x.dtype)
    return tf.reduce_sum(corners * places, axis=0), places


def unpool(x: Any, places: Any) -> Any:
    """Each value where it stood, zeros elsewhere, arXiv:1311.2901.

    Args:
        x: (B, H, W, C).
        places: (4, B, H, W, C), see `pool`.

    Returns:
        (B, 2H, 2W, C).
    """
    first, second, third, fourth = tf.unstack(x[None] * places)
    rows = tf.stack([tf.stack([first, second], axis=3), tf.stack([third, fourth], axis=3)], axis=2)
    _, height, width, channels = x.shape
    return tf.reshape(rows, (-1, 2 * height, 2 * width, channels))
