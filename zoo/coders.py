"""The two halves of an autoencoder: from a cover to a code, and back."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from zoo import initializers
from zoo.layers.batch_norm import batch_norm
from zoo.layers.convolution import UpsampleConv
from zoo.layers.film import FiLM
from zoo.layers.pooling import pool, unpool


class _Stage(keras.layers.Layer):
    """Norm and activation in the order asked for, after FiLM where there is a condition."""

    def __init__(
        self, channels: int, order: str, slope: float, initial: str, film: bool, dtype: Any
    ) -> None:
        super().__init__(dtype=dtype)
        self.channels, self.order, self.slope = channels, order, slope
        self.norm = batch_norm("norm", dtype, initial)
        self.film = FiLM(channels, initial, dtype=dtype, name="film") if film else None

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
        widths: channels after each halving.
        code_width: channels of the code.
        method: `unpool` halves by 2×2 max pooling that keeps its places, the others by stride 2.
        order: what comes first behind a convolution, `norm` or `activation`.
        slope: of the LeakyReLU.
        initial: how weights begin, see `zoo.initializers`.
    """

    def __init__(
        self,
        widths: Sequence[int],
        code_width: int,
        method: str,
        order: str,
        slope: float,
        initial: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.method, self.slope = method, slope
        dtype = self.dtype_policy
        channels = (3, *widths, code_width)
        self.convolutions = [
            keras.layers.Conv2D(
                width,
                3,
                strides=2 if method != "unpool" and index < len(widths) else 1,
                padding="same",
                kernel_initializer=initializers.kernel(initial, "he_normal"),
                bias_initializer=initializers.bias(initial, 9 * channels[index]),
                dtype=dtype,
            )
            for index, width in enumerate(channels[1:])
        ]
        self.stages = [_Stage(width, order, slope, initial, False, dtype) for width in widths]

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
        widths: channels after each doubling.
        method: `resize` and `reflect` double before the convolution, see `UpsampleConv`;
            `unpool` behind a transposed convolution of stride 1, at the kept places.
        order: see `ConvEncoder`.
        slope: of the LeakyReLU.
        initial: see `ConvEncoder`.
        film: whether a condition modulates the channels.
    """

    def __init__(
        self,
        code_width: int,
        widths: Sequence[int],
        method: str,
        order: str,
        slope: float,
        initial: str,
        film: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.method, self.initial = method, initial
        dtype = self.dtype_policy
        self.stages = [_Stage(width, order, slope, initial, film, dtype) for width in widths]
        self.convolutions = [self._doubling(*pair) for pair in pairwise((code_width, *widths))]
        kernel = initializers.kernel(initial, "glorot_uniform")
        self.paint = self._convolution(widths[-1], 3, kernel, dtype="float32")

    def _doubling(self, before: int, width: int) -> keras.layers.Layer:
        kernel = initializers.kernel(self.initial, "he_normal")
        if self.method == "unpool":
            return self._convolution(before, width, kernel, dtype=self.dtype_policy)
        return UpsampleConv(
            width,
            self.method,
            kernel_initializer=kernel,
            bias_initializer=initializers.bias(self.initial, 9 * before),
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
            bias_initializer=initializers.bias(self.initial, 9 * (width if transposed else before)),
            dtype=dtype,
        )

    def build(self, shape: Any, condition: Any = None) -> None:
        for convolution, stage in zip(self.convolutions, self.stages, strict=True):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if self.method == "unpool":
                shape = (shape[0], 2 * shape[1], 2 * shape[2], shape[3])
            stage.build(shape, condition)
        self.paint.build(shape)

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
        return self.paint(x)
