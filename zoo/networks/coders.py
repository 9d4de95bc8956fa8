"""The two halves of an autoencoder: from a cover to a code, and back."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.convolution import UpsampleConv
from coverzoo.zoo.layers.film import FiLM
from coverzoo.zoo.layers.pooling import pool, unpool


class _Stage(keras.layers.Layer):
    """Norm and activation in the order asked for, after FiLM where there is a condition."""

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

    def call(self, x: Any, condition: Any = None, training: bool = False) -> Any:
        if self.film is not None:
            x = self.film(x, condition, training=training)
        if self.order == "norm":
            return ops.leaky_relu(self.norm(x, training=training), self.slope)
        return self.norm(ops.leaky_relu(x, self.slope), training=training)


class ConvEncoder(keras.layers.Layer):
    """Covers (B, S, S, 3) → a code (B, S / 2^n, S / 2^n, code_width) and n kept places.

    n times a 3×3 convolution that halves the side, norm and LeakyReLU; then one of stride 1 with
    LeakyReLU alone.

    Args:
        channels: channels after each halving.
        code_width: channels of the code.
        method: `unpool` halves by 2×2 max pooling that keeps its places, the others by stride 2.
        order: what comes first behind a convolution, `norm` or `activation`.
        slope: of the LeakyReLU.
        initial: how weights begin, see `zoo.layers.initializers`.
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
                width,
                3,
                strides=2 if method != "unpool" and index < len(channels) else 1,
                padding="same",
                kernel_initializer=initializers.kernel(weight_init, "he_normal"),
                bias_initializer=initializers.bias(weight_init, 9 * all_channels[index]),
                dtype=dtype,
            )
            for index, width in enumerate(all_channels[1:])
        ]
        self.stages = [_Stage(width, order, slope, weight_init, False, dtype) for width in channels]

    def build(self, shape: Any) -> None:
        for index, convolution in enumerate(self.convolutions):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if index < len(self.stages):
                if self.method == "unpool":
                    shape = (shape[0], shape[1] // 2, shape[2] // 2, shape[3])
                self.stages[index].build(shape)

    def call(self, image: Any, training: bool = False) -> tuple[Any, list]:
        x, kept = image, []
        for index, stage in enumerate(self.stages):
            x = self.convolutions[index](x)
            if self.method == "unpool":
                x, places = pool(x)
                kept.append(places)
            x = stage(x, training=training)
        return ops.leaky_relu(self.convolutions[-1](x), self.slope), kept


class ConvDecoder(keras.layers.Layer):
    """A code, and the encoder's kept places, → logits of covers (B, S, S, 3), float32.

    The encoder's halvings in reverse: each a 3×3 convolution that doubles the side, FiLM where
    there is a condition, norm and LeakyReLU; then a 3×3 convolution to the three colours.

    Args:
        code_width: channels of the code.
        channels: channels after each doubling.
        method: `resize` and `reflect` double before the convolution, see `UpsampleConv`;
            `unpool` behind a transposed convolution of stride 1, at the kept places.
        order: see `ConvEncoder`.
        slope: of the LeakyReLU.
        initial: see `ConvEncoder`.
        film: whether a condition modulates the channels.
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
        self.stages = [_Stage(width, order, slope, weight_init, film, dtype) for width in channels]
        self.convolutions = [
            self._doubling(*pair) for pair in pairwise((bottleneck_channels, *channels))
        ]
        kernel = initializers.kernel(weight_init, "glorot_uniform")
        self.to_rgb = self._convolution(channels[-1], 3, kernel, dtype="float32")

    def _doubling(self, before: int, width: int) -> keras.layers.Layer:
        kernel = initializers.kernel(self.weight_init, "he_normal")
        if self.method == "unpool":
            return self._convolution(before, width, kernel, dtype=self.dtype_policy)
        return UpsampleConv(
            width,
            self.method,
            kernel_initializer=kernel,
            bias_initializer=initializers.bias(self.weight_init, 9 * before),
            dtype=self.dtype_policy,
        )

    def _convolution(self, before: int, width: int, kernel: Any, dtype: Any) -> keras.layers.Layer:
        """3×3 and stride 1; of the transposed form PyTorch counts the fan-in by its outputs."""
        transposed = self.method == "unpool"
        form = keras.layers.Conv2DTranspose if transposed else keras.layers.Conv2D
        return form(
            width,
            3,
            padding="same",
            kernel_initializer=kernel,
            bias_initializer=initializers.bias(
                self.weight_init, 9 * (width if transposed else before)
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
        self, code: Any, kept: Sequence = (), condition: Any = None, training: bool = False
    ) -> Any:
        x = code
        for index, (convolution, stage) in enumerate(
            zip(self.convolutions, self.stages, strict=True)
        ):
            x = convolution(x)
            if self.method == "unpool":
                x = unpool(x, kept[-1 - index])
            x = stage(x, condition, training=training)
        return self.to_rgb(x)
