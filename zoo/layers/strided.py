"""Convolutions with kernel 4 and stride 2 and their transposes, each in its cheaper form.

On a side with few channels, such as three colours, a transposed convolution is slow, because
libraries work in blocks of 8 or 16 channels. There it is computed as a 2×2 convolution to four
times the channels, one for each pixel of a 2×2 block, and `depth_to_space`. Each form has the
other direction as its gradient, of any order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.layers.gradients import custom_gradient

BORDER = ((0, 0), (1, 1), (1, 1), (0, 0))
MAX_CHANNELS_FOR_2X2 = 4  # the 2×2 form is faster in training up to here
_SAMPLING = ContextVar("sampling", default=False)


@contextmanager
def for_sampling() -> Iterator[None]:
    """Trace `strided_conv2d_transpose` in its 2×2 form in the block: it is faster in TFLite."""
    token = _SAMPLING.set(True)
    try:
        yield
    finally:
        _SAMPLING.reset(token)


def strided_conv2d(x: Tensor, kernel: Tensor) -> Tensor:
    """`conv2d`, kernel 4, stride 2, 'same'.

    Args:
        x: Feature maps (B, H, W, C), H and W even.
        kernel: Kernel (4, 4, C, F).

    Returns:
        Feature maps (B, H/2, W/2, F).
    """
    return (_halve if x.shape[-1] <= MAX_CHANNELS_FOR_2X2 else _convolve)(x, kernel)


def strided_conv2d_transpose(x: Tensor, kernel: Tensor) -> Tensor:
    """`conv2d_transpose`, kernel 4, stride 2, 'same'.

    Args:
        x: Feature maps (B, H, W, C).
        kernel: Kernel (4, 4, F, C).

    Returns:
        Feature maps (B, 2H, 2W, F).
    """
    if _SAMPLING.get():
        return _by_phases(x, kernel)
    if kernel.shape[2] <= MAX_CHANNELS_FOR_2X2:
        return _double(x, kernel)
    output = (tf.shape(x)[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2])
    return tf.nn.conv2d_transpose(x, kernel, output, strides=2, padding="SAME")


def inner_conv2d_transpose(x: Tensor, kernel: Tensor) -> Tensor:
    """`strided_conv2d_transpose` without the first and the last row and column, in its 2×2 form.

    Only there does the padding of a transposed convolution enter. Output rows 2i - 1 and 2i depend
    on rows i - 1 and i.

    Args:
        x: Feature maps (B, H, W, C).
        kernel: Kernel (4, 4, F, C).

    Returns:
        Feature maps (B, 2H - 2, 2W - 2, F).
    """
    filters, channels = kernel.shape[2:]
    split = tf.reshape(kernel, (2, 2, 2, 2, filters, channels))  # row tap, phase, column tap, phase
    taps = tf.transpose(tf.reverse(split, (0, 2)), (0, 2, 5, 1, 3, 4))
    blocks = tf.nn.conv2d(x, tf.reshape(taps, (2, 2, channels, 4 * filters)), 1, "VALID")
    return tf.nn.depth_to_space(blocks, 2)


@custom_gradient
def _halve(x: Tensor, kernel: Tensor) -> Tensor:
    def gradient(upstream: Tensor) -> tuple[Tensor, Tensor]:
        return _double(upstream, kernel), _kernel_gradient(x, upstream)

    return _convolve(x, kernel), gradient


@custom_gradient
def _double(x: Tensor, kernel: Tensor) -> Tensor:
    def gradient(upstream: Tensor) -> tuple[Tensor, Tensor]:
        return _halve(upstream, kernel), _kernel_gradient(upstream, x)

    return _by_phases(x, kernel), gradient


def _convolve(x: Tensor, kernel: Tensor) -> Tensor:
    return tf.nn.conv2d(x, kernel, strides=2, padding="SAME")


def _kernel_gradient(fine: Tensor, coarse: Tensor) -> Tensor:
    """The gradient of a kernel between fine and coarse maps, (4, 4, fine C, coarse C)."""
    shape = (4, 4, fine.shape[-1], coarse.shape[-1])
    return tf.raw_ops.Conv2DBackpropFilter(
        input=fine,
        filter_sizes=shape,
        out_backprop=coarse,
        strides=(1, 2, 2, 1),
        padding="SAME",
    )


def _by_phases(x: Tensor, kernel: Tensor) -> Tensor:
    return inner_conv2d_transpose(tf.pad(x, BORDER), kernel)[:, 1:-1, 1:-1]
