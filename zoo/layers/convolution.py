"""Convolutions that double the side of a feature map, and that halve it."""

from typing import Any

import keras
import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.layers.resampling import blur, pad_edges
from coverzoo.zoo.layers.strided import (
    BORDER,
    inner_conv2d_transpose,
    strided_conv2d,
    strided_conv2d_transpose,
)

METHODS = ("transpose", "resize", "reflect", "bilinear")


@keras.saving.register_keras_serializable("coverzoo")
class UpsampleConv(keras.layers.Layer):
    """Double the side, (B, H, W, C) → (B, 2H, 2W, filters), by one of four methods.

    `transpose` is a transposed convolution, kernel 4, stride 2, 'same'. `resize` is nearest
    ×2 and a convolution, kernel 3, 'same', which leaves no checkerboard (Odena et al. 2016,
    https://distill.pub/2016/deconv-checkerboard). It is computed as a transposed convolution
    too: its 4×4 kernel is the sum of the 3×3 taps that fall on the same source pixel,
    (k₃, k₂+k₃, k₁+k₂, k₁) along each side, at 16/36 of the multiplications. `reflect` is
    `resize` with reflection padding by one pixel. In the doubled map that pixel equals the one
    at the edge, so the source is padded with its own edge and the result is cropped.

    `bilinear` is bilinear ×2 with half-pixel centres, as in StyleGAN2 (Karras et al. 2020,
    arXiv:1912.04958), and a convolution, kernel 3. Pixels at an edge are repeated beyond it, in
    both, so that a constant map yields a constant map, whatever the kernel. It is computed as
    nearest ×2 and the convolution, by the 4×4 kernel, and then a blur [1, 2, 1]/4 along each side:
    bilinear ×2 is nearest ×2 and this blur, and convolutions commute.

    Args:
        filters: Number of output channels.
        method: `transpose`, `resize`, `reflect` or `bilinear`.
        use_bias: Whether to add a bias per channel.
        kernel_initializer: Initializer of the kernel (k, k, filters, C).
        bias_initializer: Initializer of the bias (filters,).
    """

    def __init__(
        self,
        filters: int,
        method: str = "resize",
        use_bias: bool = True,
        kernel_initializer: Any = "he_normal",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if method not in METHODS:
            raise ValueError(f"method must be one of {METHODS}. Received: {method!r}")
        self.filters, self.method, self.use_bias = filters, method, use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: Any) -> None:
        transposed = self.method == "transpose"
        side = 4 if transposed else 3
        # Input channels last, as in every transposed kernel; fan-in counts the third axis then,
        # so a resize kernel is drawn with its last two axes swapped.
        shape = (side, side, self.filters, input_shape[-1])
        initializer = self.kernel_initializer
        if not transposed:
            drawn = (side, side, input_shape[-1], self.filters)

            def initializer(_: Any, dtype: Any = None) -> Tensor:
                return tf.transpose(self.kernel_initializer(drawn, dtype=dtype), (0, 1, 3, 2))

        self.kernel = self.add_weight(shape=shape, initializer=initializer, name="kernel")
        self.bias = (
            self.add_weight(shape=(self.filters,), initializer=self.bias_initializer, name="bias")
            if self.use_bias
            else None
        )

    def call(self, x: Tensor) -> Tensor:
        kernel = tf.convert_to_tensor(self.kernel)
        if self.method != "transpose":
            kernel = phases(kernel)
        if self.method == "bilinear":
            x = blur(inner_conv2d_transpose(pad_edges(x), kernel))
        elif self.method == "reflect":
            x = strided_conv2d_transpose(tf.pad(x, BORDER, "SYMMETRIC"), kernel)[:, 2:-2, 2:-2]
        else:
            x = strided_conv2d_transpose(x, kernel)
        return x if self.bias is None else tf.nn.bias_add(x, tf.convert_to_tensor(self.bias))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, height, width, _ = input_shape
        return (batch, 2 * height, 2 * width, self.filters)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "filters": self.filters,
            "method": self.method,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }


@keras.saving.register_keras_serializable("coverzoo")
class DownsampleConv(keras.layers.Layer):
    """Halve the side, (B, H, W, C) → (B, H/2, W/2, filters): kernel 4, stride 2, 'same'.

    Args:
        filters: Number of output channels.
        use_bias: Whether to add a bias per channel.
        kernel_initializer: Initializer of the kernel (4, 4, C, filters).
        bias_initializer: Initializer of the bias (filters,).
    """

    def __init__(
        self,
        filters: int,
        use_bias: bool = True,
        kernel_initializer: Any = "he_normal",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters, self.use_bias = filters, use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            shape=(4, 4, input_shape[-1], self.filters),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = (
            self.add_weight(shape=(self.filters,), initializer=self.bias_initializer, name="bias")
            if self.use_bias
            else None
        )

    def call(self, x: Tensor) -> Tensor:
        x = strided_conv2d(tf.cast(x, self.compute_dtype), tf.convert_to_tensor(self.kernel))
        return x if self.bias is None else tf.nn.bias_add(x, tf.convert_to_tensor(self.bias))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, height, width, _ = input_shape
        return (batch, height // 2, width // 2, self.filters)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "filters": self.filters,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }


def phases(kernel: Tensor) -> Tensor:
    """The 4×4 transposed kernel that equals nearest ×2 followed by a 3×3 convolution.

    Args:
        kernel: Kernel of the convolution, (3, 3, filters, C).

    Returns:
        Kernel of the transposed convolution, (4, 4, filters, C).
    """
    for axis in (0, 1):
        first, middle, last = tf.unstack(kernel, axis=axis)
        kernel = tf.stack([last, middle + last, first + middle, first], axis=axis)
    return kernel
