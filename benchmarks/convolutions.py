"""Lower bounds for a training step: its convolutions alone, and a large matrix product."""

import time
from itertools import pairwise

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.presets.gan import GANSettings

GEMM_SIDE = 4096


class Convolutions:
    """All convolutions of a training step of the thesis's WGAN-GP, without other operations.

    Graphs of TensorFlow's operations on feature maps of the step's shapes: forward passes, both
    kinds of backward passes and those of the penalty's second derivative, as `flops.Network`
    counts them; no norms, activations, optimizers or random numbers.

    Args:
        settings: Settings of the preset.
    """

    def __init__(self, settings: GANSettings) -> None:
        self.batch, self.critic_steps = settings.batch_size, settings.critic_steps
        size, critic_channels = settings.image_size, settings.critic_channels
        rng = tf.random.Generator.from_seed(0)
        channels = (3, *critic_channels)
        self.down_kernels = [
            rng.normal((4, 4, inputs, outputs), 0.0, 0.02) for inputs, outputs in pairwise(channels)
        ]
        channels = (*settings.generator_channels, 3)
        self.up_kernels = [  # the input channels of a transposed kernel are its last dimension
            rng.normal((4, 4, outputs, inputs), 0.0, 0.02) for inputs, outputs in pairwise(channels)
        ]
        last = (4, 4, critic_channels[-1])
        self.maps = {
            "stem": rng.normal((self.batch, 4, 4, channels[0])),
            "real_and_fake": rng.normal((2 * self.batch, size, size, 3)),
            "image": rng.normal((self.batch, size, size, 3)),
            "image_gradient": rng.normal((self.batch, size, size, 3)),
            "real_and_fake_gradient": rng.normal((2 * self.batch, *last)),
            "score_gradient": rng.normal((self.batch, *last)),
            "penalty_gradient": rng.normal((self.batch, *last)),
        }

    def step(self) -> float:
        """Run one step and return its seconds."""
        start = time.perf_counter()
        for _ in range(self.critic_steps):
            self._update_critic(self.maps, self.down_kernels, self.up_kernels)
        numbers = self._update_generator(self.maps, self.down_kernels, self.up_kernels)
        float(numbers[0])
        return time.perf_counter() - start

    @tf.function(autograph=False)
    def _update_critic(
        self, maps: dict[str, Tensor], down_kernels: list[Tensor], up_kernels: list[Tensor]
    ) -> list[Tensor]:
        upsampled = _upsample(maps["stem"], up_kernels)
        downsampled = _downsample(maps["real_and_fake"], down_kernels)
        gradients = _backward(downsampled, down_kernels, maps["real_and_fake_gradient"])
        results = [upsampled[-1], downsampled[-1], *_kernel_gradients(downsampled, gradients)]
        # The penalty: forward, backward to the image, and the derivative of both passes.
        downsampled = _downsample(maps["image"], down_kernels)
        gradients = _backward(downsampled, down_kernels, maps["score_gradient"], to_image=True)
        results += [downsampled[-1], gradients[0]]
        second = _downsample(maps["image_gradient"], down_kernels)
        results += [second[-1], *_kernel_gradients(second, gradients)]
        gradients = _backward(downsampled, down_kernels, maps["penalty_gradient"])
        return _first_numbers([*results, *_kernel_gradients(downsampled, gradients)])

    @tf.function(autograph=False)
    def _update_generator(
        self, maps: dict[str, Tensor], down_kernels: list[Tensor], up_kernels: list[Tensor]
    ) -> list[Tensor]:
        upsampled = _upsample(maps["stem"], up_kernels)
        downsampled = _downsample(upsampled[-1], down_kernels)
        gradients = _backward(downsampled, down_kernels, maps["score_gradient"], to_image=True)
        gradient, results = gradients[0], [downsampled[-1]]
        for smaller, kernel in zip(upsampled[-2::-1], up_kernels[::-1], strict=True):
            results.append(_kernel_gradient(gradient, smaller, kernel.shape))
            gradient = tf.nn.conv2d(gradient, kernel, 2, "SAME")
        return _first_numbers([*results, gradient])


def _downsample(x: Tensor, kernels: list[Tensor]) -> list[Tensor]:
    """Return x and the maps of the convolutions that follow."""
    maps = [x]
    for kernel in kernels:
        maps.append(tf.nn.conv2d(maps[-1], kernel, 2, "SAME"))
    return maps


def _upsample(x: Tensor, kernels: list[Tensor]) -> list[Tensor]:
    """Return x and the maps of the transposed convolutions that follow, up to the image."""
    maps = [x]
    for kernel in kernels:
        batch, side, _, _ = maps[-1].shape
        shape = (batch, 2 * side, 2 * side, kernel.shape[2])
        maps.append(tf.nn.conv2d_transpose(maps[-1], kernel, shape, 2, "SAME"))
    return maps


def _backward(
    maps: list[Tensor], kernels: list[Tensor], gradient: Tensor, *, to_image: bool = False
) -> list[Tensor]:
    """Return the gradients of all maps from that of the last one.

    The gradient of the image is None unless `to_image` is true.
    """
    gradients = [gradient]
    for level in range(len(kernels) - 1, -1, -1):
        if level == 0 and not to_image:
            return [None, *gradients]
        kernel, shape = kernels[level], maps[level].shape
        gradients.insert(0, tf.nn.conv2d_transpose(gradients[0], kernel, shape, 2, "SAME"))
    return gradients


def _kernel_gradients(maps: list[Tensor], gradients: list[Tensor]) -> list[Tensor]:
    """Return the gradients of the kernels between maps from the gradients of the maps."""
    pairs = zip(maps, gradients[1:], strict=False)
    return [
        _kernel_gradient(x, gradient, (4, 4, x.shape[3], gradient.shape[3]))
        for x, gradient in pairs
    ]


def _kernel_gradient(larger: Tensor, smaller: Tensor, shape: Tensor) -> Tensor:
    """Return the gradient of the kernel between a map and one of half its side."""
    return tf.raw_ops.Conv2DBackpropFilter(
        input=larger,
        filter_sizes=tf.constant(list(shape)),
        out_backprop=smaller,
        strides=[1, 2, 2, 1],
        padding="SAME",
    )


def _first_numbers(results: list[Tensor]) -> list[Tensor]:
    """Return one number of each result, so that all are computed and none is copied."""
    return [result[0, 0, 0, 0] for result in results]


class Gemm:
    """A large float32 matrix product, which is close to the peak performance of the cores."""

    flops = 2 * GEMM_SIDE**3

    def __init__(self) -> None:
        rng = tf.random.Generator.from_seed(0)
        self.a, self.b = (rng.normal((GEMM_SIDE, GEMM_SIDE)) for _ in range(2))

    def step(self) -> float:
        """Run one product and return its seconds."""
        start = time.perf_counter()
        float(tf.matmul(self.a, self.b)[0, 0])
        return time.perf_counter() - start
