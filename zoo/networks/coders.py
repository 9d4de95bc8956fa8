"""The encoder and the decoder of the autoencoders and the VAE."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.convolution import UpsampleConv
from coverzoo.zoo.layers.film import FiLM
from coverzoo.zoo.layers.pooling import pool, unpool


class _Stage(keras.layers.Layer):
    """Norm and activation in a given order, after FiLM where there is a condition."""

    def __init__(
        self, channels: int, order: str, slope: float, weight_init: str, film: bool, dtype: Any
    ) -> None:
        super().__init__(dtype=dtype)
        self.channels, self.order, self.slope = channels, order, slope
        self.norm = batch_norm("norm", dtype, weight_init)
        self.film = FiLM(channels, weight_init, dtype=dtype, name="film") if film else None

    def build(self, shape: Any, condition: Any = None) -> None:
        self.norm.build(shape)
        if self.film is not None:
            self.film.build(shape, condition)

    def call(self, x: Tensor, condition: Tensor | None = None, training: bool = False) -> Tensor:
        if self.film is not None:
            x = self.film(x, condition, training=training)
        if self.order == "norm":
            return ops.leaky_relu(self.norm(x, training=training), self.slope)
        return self.norm(ops.leaky_relu(x, self.slope), training=training)


class ConvEncoder(keras.layers.Layer):
    """Covers (B, S, S, 3) → a code (B, S / 2^n, S / 2^n, bottleneck_channels) and pooling indices.

    n stages of a 3×3 convolution that halves the side, norm and LeakyReLU; then a convolution of
    stride 1 with LeakyReLU.

    Args:
        channels: Channels after each halving; n of them.
        bottleneck_channels: Channels of the code.
        method: `unpool` halves by 2×2 max pooling and keeps its indices, the others by stride 2.
        order: What follows a convolution first, `norm` or `activation`.
        slope: Negative slope of the LeakyReLU.
        weight_init: Scheme of the initial weights, see `zoo.layers.initializers`.
    """

    def __init__(
        self,
        channels: Sequence[int],
        bottleneck_channels: int,
        method: str,
        order: str,
        slope: float,
        weight_init: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.method, self.slope = method, slope
        dtype = self.dtype_policy
        all_channels = (3, *channels, bottleneck_channels)
        self.convolutions = [
            keras.layers.Conv2D(
                filters,
                3,
                strides=2 if method != "unpool" and index < len(channels) else 1,
                padding="same",
                kernel_initializer=initializers.kernel(weight_init, "he_normal"),
                bias_initializer=initializers.bias(weight_init, 9 * all_channels[index]),
                dtype=dtype,
            )
            for index, filters in enumerate(all_channels[1:])
        ]
        self.stages = [
            _Stage(filters, order, slope, weight_init, False, dtype) for filters in channels
        ]

    def build(self, shape: Any) -> None:
        for index, convolution in enumerate(self.convolutions):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if index < len(self.stages):
                if self.method == "unpool":
                    shape = (shape[0], shape[1] // 2, shape[2] // 2, shape[3])
                self.stages[index].build(shape)

    def call(self, image: Tensor, training: bool = False) -> tuple[Tensor, list[Tensor]]:
        x, pooling_indices = image, []
        for index, stage in enumerate(self.stages):
            x = self.convolutions[index](x)
            if self.method == "unpool":
                x, indices = pool(x)
                pooling_indices.append(indices)
            x = stage(x, training=training)
        return ops.leaky_relu(self.convolutions[-1](x), self.slope), pooling_indices


class ConvDecoder(keras.layers.Layer):
    """A code, and the encoder's pooling indices, → logits of covers (B, S, S, 3), float32.

    The encoder's stages in reverse: a 3×3 convolution that doubles the side, FiLM where there is
    a condition, norm and LeakyReLU; then a 3×3 convolution to RGB.

    Args:
        bottleneck_channels: Channels of the code.
        channels: Channels after each doubling.
        method: `resize` and `reflect` double before the convolution, see `UpsampleConv`;
            `unpool` unpools after a transposed convolution of stride 1, at the pooling indices.
        order: What follows a convolution first, see `ConvEncoder`.
        slope: Negative slope of the LeakyReLU.
        weight_init: Scheme of the initial weights, see `ConvEncoder`.
        film: Whether a condition modulates the channels.
    """

    def __init__(
        self,
        bottleneck_channels: int,
        channels: Sequence[int],
        method: str,
        order: str,
        slope: float,
        weight_init: str,
        film: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.method, self.weight_init = method, weight_init
        dtype = self.dtype_policy
        self.stages = [
            _Stage(filters, order, slope, weight_init, film, dtype) for filters in channels
        ]
        self.convolutions = [
            self._doubling_conv(*pair) for pair in pairwise((bottleneck_channels, *channels))
        ]
        kernel = initializers.kernel(weight_init, "glorot_uniform")
        self.to_rgb = self._convolution(channels[-1], 3, kernel, dtype="float32")

    def _doubling_conv(self, inputs: int, filters: int) -> keras.layers.Layer:
        kernel = initializers.kernel(self.weight_init, "he_normal")
        if self.method == "unpool":
            return self._convolution(inputs, filters, kernel, dtype=self.dtype_policy)
        return UpsampleConv(
            filters,
            self.method,
            kernel_initializer=kernel,
            bias_initializer=initializers.bias(self.weight_init, 9 * inputs),
            dtype=self.dtype_policy,
        )

    def _convolution(
        self, inputs: int, filters: int, kernel: Any, dtype: Any
    ) -> keras.layers.Layer:
        """A 3×3 convolution of stride 1; PyTorch counts a transposed fan-in by outputs."""
        transposed = self.method == "unpool"
        layer = keras.layers.Conv2DTranspose if transposed else keras.layers.Conv2D
        return layer(
            filters,
            3,
            padding="same",
            kernel_initializer=kernel,
            bias_initializer=initializers.bias(
                self.weight_init, 9 * (filters if transposed else inputs)
            ),
            dtype=dtype,
        )

    def build(self, shape: Any, condition: Any = None) -> None:
        for convolution, stage in zip(self.convolutions, self.stages, strict=True):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if self.method == "unpool":
                shape = (shape[0], 2 * shape[1], 2 * shape[2], shape[3])
            stage.build(shape, condition)
        self.to_rgb.build(shape)

    def call(
        self,
        code: Tensor,
        pooling_indices: Sequence[Tensor] = (),
        condition: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        x = code
        for index, (convolution, stage) in enumerate(
            zip(self.convolutions, self.stages, strict=True)
        ):
            x = convolution(x)
            if self.method == "unpool":
                x = unpool(x, pooling_indices[-1 - index])
            x = stage(x, condition, training=training)
        return self.to_rgb(x)
