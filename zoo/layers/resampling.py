"""Bilinear doubling of feature maps, with the pixel at an edge repeated beyond it.

TensorFlow's own gradients of padding and of a depthwise convolution take longer on a CPU than the
ones here, and TFLite's mirror padding as long as a whole layer. So padding is made of
concatenations. Both gradients are differentiable to any order.
"""

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.layers.gradients import custom_gradient


@custom_gradient
def pad_edges(x: Tensor) -> Tensor:
    """Repeat the pixels at the edges by one, (B, H, W, C) → (B, H + 2, W + 2, C).

    Args:
        x: Feature maps (B, H, W, C).
    """

    def gradient(upstream: Tensor) -> Tensor:
        return _fold_edges(_fold_edges(upstream, 2), 1)

    padded = tf.concat([x[:, :1], x, x[:, -1:]], 1)
    return tf.concat([padded[:, :, :1], padded, padded[:, :, -1:]], 2), gradient


@custom_gradient
def blur(x: Tensor) -> Tensor:
    """[1, 2, 1]/4 along both sides, (B, H, W, C) → (B, H - 2, W - 2, C).

    After nearest ×2 this is bilinear ×2 with half-pixel centres, weights 1/4 and 3/4.

    Args:
        x: Feature maps (B, H, W, C).
    """

    def gradient(upstream: Tensor) -> Tensor:
        return blur(tf.pad(upstream, ((0, 0), (2, 2), (2, 2), (0, 0))))

    side = tf.constant((0.25, 0.5, 0.25), x.dtype)
    kernel = tf.tile((side[:, None] * side)[:, :, None, None], (1, 1, x.shape[-1], 1))
    return tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "VALID"), gradient


def double_bilinear(x: Tensor) -> Tensor:
    """Bilinear ×2 with half-pixel centres, (B, H, W, C) → float32 (B, 2H, 2W, C).

    Args:
        x: Maps of few channels, such as covers (B, H, W, C).
    """
    return tf.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]), "bilinear")


def _fold_edges(x: Tensor, axis: int) -> Tensor:
    """Add the first and the last value of an axis to their neighbours and leave them out."""
    size = x.shape[axis]
    if size == 3:
        return tf.reduce_sum(x, axis, keepdims=True)
    first, second, middle, previous, last = tf.split(x, (1, 1, size - 4, 1, 1), axis)
    return tf.concat([first + second, middle, previous + last], axis)
