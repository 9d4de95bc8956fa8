"""What the machine could do: the convolutions of a step alone, and a large matrix product."""

import time
from itertools import pairwise
from typing import Any

import tensorflow as tf

from coverzoo.zoo.presets.gan import GANSettings

GEMM_SIDE = 4096


class Convolutions:
    """All convolutions of a step of the thesis's WGAN-GP, and nothing between them.

    Plain graphs of TensorFlow's operations on maps of the step's shapes: forward passes, both
    kinds of backward passes and those of the penalty's second derivative, as `flops.Network`
    counts them; no norms, activations, optimizers or draws.

    Args:
        settings: of the preset.
    """

    def __init__(self, settings: GANSettings) -> None:
        self.batch, self.critic_steps = settings.batch_size, settings.critic_steps
        size, widths = settings.image_size, settings.critic_channels
        first = settings.generator_channels[0]
        draw = tf.random.Generator.from_seed(0)
        channels = (3, *widths)
        self.downs = [
            draw.normal((4, 4, inputs, outputs), 0.0, 0.02)
            for inputs, outputs in pairwise(channels)
        ]
        channels = (*settings.generator_channels, 3)
        self.ups = [  # a transposed kernel's inputs come last
            draw.normal((4, 4, outputs, inputs), 0.0, 0.02)
            for inputs, outputs in pairwise(channels)
        ]
        self.maps = {
            "seed": draw.normal((self.batch, 4, 4, first)),
            "pair": draw.normal((2 * self.batch, size, size, 3)),
            "image": draw.normal((self.batch, size, size, 3)),
            "image_slope": draw.normal((self.batch, size, size, 3)),
            "pair_slope": draw.normal((2 * self.batch, 4, 4, widths[-1])),
            "score_slope": draw.normal((self.batch, 4, 4, widths[-1])),
            "way_slope": draw.normal((self.batch, 4, 4, widths[-1])),
        }

    def step(self) -> float:
        """Seconds of one step."""
        start = time.perf_counter()
        for _ in range(self.critic_steps):
            self._update_critic(self.maps, self.downs, self.ups)
        last = self._update_generator(self.maps, self.downs, self.ups)
        float(last[0])
        return time.perf_counter() - start

    @tf.function(autograph=False)
    def _update_critic(self, maps: Any, downs: Any, ups: Any) -> list[Any]:
        upsampled = _grow(maps["seed"], ups)
        downsampled = _shrink(maps["pair"], downs)
        slopes = _back(downsampled, downs, maps["pair_slope"])
        results = [upsampled[-1], downsampled[-1], *_weights(downsampled, slopes)]
        # The penalty: there, back to the picture, and the derivative of both ways.
        downsampled = _shrink(maps["image"], downs)
        slopes = _back(downsampled, downs, maps["score_slope"], to_picture=True)
        results += [downsampled[-1], slopes[0]]
        turned = _shrink(maps["image_slope"], downs)
        results += [turned[-1], *_weights(turned, slopes)]
        slopes = _back(downsampled, downs, maps["way_slope"])
        return _ends([*results, *_weights(downsampled, slopes)])

    @tf.function(autograph=False)
    def _update_generator(self, maps: Any, downs: Any, ups: Any) -> list[Any]:
        upsampled = _grow(maps["seed"], ups)
        downsampled = _shrink(upsampled[-1], downs)
        slope = _back(downsampled, downs, maps["score_slope"], to_picture=True)[0]
        results = [downsampled[-1]]
        for smaller, kernel in zip(upsampled[-2::-1], ups[::-1], strict=True):
            results.append(_weight(slope, smaller, kernel.shape))
            slope = tf.nn.conv2d(slope, kernel, 2, "SAME")
        return _ends([*results, slope])


def _shrink(x: Any, downs: list[Any]) -> list[Any]:
    """The maps from x down."""
    maps = [x]
    for kernel in downs:
        maps.append(tf.nn.conv2d(maps[-1], kernel, 2, "SAME"))
    return maps


def _grow(x: Any, ups: list[Any]) -> list[Any]:
    """The maps from x up to the picture."""
    maps = [x]
    for kernel in ups:
        batch, side, _, _ = maps[-1].shape
        shape = (batch, 2 * side, 2 * side, kernel.shape[2])
        maps.append(tf.nn.conv2d_transpose(maps[-1], kernel, shape, 2, "SAME"))
    return maps


def _back(maps: list[Any], downs: list[Any], slope: Any, *, to_picture: bool = False) -> list[Any]:
    """The slopes at `maps`, from the last one's; None at the picture unless asked for."""
    slopes = [slope]
    for level in range(len(downs) - 1, -1, -1):
        if level == 0 and not to_picture:
            return [None, *slopes]
        kernel, shape = downs[level], maps[level].shape
        slopes.insert(0, tf.nn.conv2d_transpose(slopes[0], kernel, shape, 2, "SAME"))
    return slopes


def _weights(maps: list[Any], slopes: list[Any]) -> list[Any]:
    """The gradients of the kernels between `maps`, from the slopes above them."""
    pairs = zip(maps, slopes[1:], strict=False)
    return [_weight(x, slope, (4, 4, x.shape[3], slope.shape[3])) for x, slope in pairs]


def _weight(wide: Any, narrow: Any, shape: Any) -> Any:
    """The gradient of the kernel between a map and the one of half its side."""
    return tf.raw_ops.Conv2DBackpropFilter(
        input=wide,
        filter_sizes=tf.constant(list(shape)),
        out_backprop=narrow,
        strides=[1, 2, 2, 1],
        padding="SAME",
    )


def _ends(results: list[Any]) -> list[Any]:
    """A number of each, so that every one must be worked out and none is copied."""
    return [result[0, 0, 0, 0] for result in results]


class Gemm:
    """A large float32 matrix product, near the most that the cores can do."""

    flops = 2 * GEMM_SIDE**3

    def __init__(self) -> None:
        draw = tf.random.Generator.from_seed(0)
        self.a, self.b = (draw.normal((GEMM_SIDE, GEMM_SIDE)) for _ in range(2))

    def step(self) -> float:
        """Seconds of one product."""
        start = time.perf_counter()
        float(tf.matmul(self.a, self.b)[0, 0])
        return time.perf_counter() - start
