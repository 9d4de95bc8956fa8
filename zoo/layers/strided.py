"""Convolutions of kernel 4 and stride 2 and their transposes, each in its cheaper form.

On a side with few channels, three colours above all, the transpose is slow as such: a library
works in blocks of 8 or 16 channels. There it is computed as a 2×2 convolution to four times the
channels, one for each place of a 2×2 block of pixels, and `depth_to_space`. Either form has the
other direction as its gradient, of any order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import tensorflow as tf

FEW = 4
_SAMPLING = ContextVar("sampling", default=False)


@contextmanager
def for_sampling() -> Iterator[None]:
    """Within, `double` is traced as the 2×2 form on every side, the faster one in TFLite."""
    token = _SAMPLING.set(True)
    try:
        yield
    finally:
        _SAMPLING.reset(token)


def halve(x: Any, kernel: Any) -> Any:
    """`conv2d`, kernel 4, stride 2, 'same'.

    Args:
        x: (B, H, W, C), H and W even.
        kernel: (4, 4, C, F).

    Returns:
        (B, H/2, W/2, F).
    """
    return (_halve if x.shape[-1] <= FEW else _convolve)(x, kernel)


def double(x: Any, kernel: Any) -> Any:
    """`conv2d_transpose`, kernel 4, stride 2, 'same'.

    Args:
        x: (B, H, W, C).
        kernel: (4, 4, F, C).

    Returns:
        (B, 2H, 2W, F).
    """
    if _SAMPLING.get():
        return _by_phases(x, kernel)
    if kernel.shape[2] <= FEW:
        return _double(x, kernel)
    output = (tf.shape(x)[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2])
    return tf.nn.conv2d_transpose(x, kernel, output, strides=2, padding="SAME")


@tf.custom_gradient
def _halve(x: Any, kernel: Any) -> Any:
    def gradient(upstream: Any) -> tuple[Any, Any]:
        return _double(upstream, kernel), _of_kernel(x, upstream)

    return _convolve(x, kernel), gradient


@tf.custom_gradient
def _double(x: Any, kernel: Any) -> Any:
    def gradient(upstream: Any) -> tuple[Any, Any]:
        return _halve(upstream, kernel), _of_kernel(upstream, x)

    return _by_phases(x, kernel), gradient


def _convolve(x: Any, kernel: Any) -> Any:
    return tf.nn.conv2d(x, kernel, strides=2, padding="SAME")


def _of_kernel(fine: Any, coarse: Any) -> Any:
    """The gradient of a kernel between a fine and a coarse side, (4, 4, fine's, coarse's)."""
    shape = (4, 4, fine.shape[-1], coarse.shape[-1])
    return tf.raw_ops.Conv2DBackpropFilter(
        input=fine,
        filter_sizes=shape,
        out_backprop=coarse,
        strides=(1, 2, 2, 1),
        padding="SAME",
    )


def _by_phases(x: Any, kernel: Any) -> Any:
    """`double` as a 2×2 convolution: rows 2i - 1 and 2i of the result see rows i - 1 and i."""
    filters, channels = kernel.shape[2:]
    split = tf.reshape(kernel, (2, 2, 2, 2, filters, channels))  # row tap, phase, column tap, phase
    taps = tf.transpose(tf.reverse(split, (0, 2)), (0, 2, 5, 1, 3, 4))
    padded = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    blocks = tf.nn.conv2d(padded, tf.reshape(taps, (2, 2, channels, 4 * filters)), 1, "VALID")
    return tf.nn.depth_to_space(blocks, 2)[:, 1:-1, 1:-1]
