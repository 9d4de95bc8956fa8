"""Floating-point operations of a training step of the thesis's WGAN-GP, from a formula.

Only matrix products (Dense layers and convolutions) are counted, with a multiplication and an
addition per weight and output. A backward pass takes as many operations as the forward pass for the
gradients of the weights, and as many for the gradients of the inputs, which the first layers of a
network do not need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from coverzoo.zoo.presets.gan import GANSettings


@dataclass(frozen=True)
class Network:
    """Operations of a forward pass of one sample.

    Attributes:
        first: Operations of layers whose input needs no gradient.
        inner: Operations of all other layers.
    """

    first: int
    inner: int

    @property
    def forward(self) -> int:
        """Operations of a forward pass."""
        return self.first + self.inner

    @property
    def training(self) -> int:
        """Operations of a forward and a backward pass."""
        return 3 * self.forward - self.first

    @property
    def penalty(self) -> int:
        """Operations of the gradient penalty.

        In units of a forward pass: the forward pass (1); the backward pass to the image (1); and
        the derivative of both. That of the backward pass has the gradients of its inputs (1) and
        of the weights (1). That of the forward pass, which is needed because the norms are not
        linear, has the gradients of the weights (1) and of the inner layers' inputs (1).
        """
        return 6 * self.forward - self.first


def convolution(side: int, inputs: int, outputs: int) -> int:
    """Return the operations of a 4×4 convolution of stride 2, transposed or not.

    Args:
        side: Side of the smaller map.
        inputs: Number of input channels.
        outputs: Number of output channels.
    """
    return 2 * side * side * 16 * inputs * outputs


def dense(*units: int) -> int:
    """Return the operations of consecutive Dense layers.

    Args:
        *units: Number of inputs of the first layer, and of units of each layer.
    """
    return sum(2 * inputs * outputs for inputs, outputs in pairwise(units))


def critic(size: int, channels: Sequence[int], *, with_dense: bool = True) -> Network:
    """Return the operations of the critic.

    Args:
        size: Side of a cover in pixels.
        channels: Channels at half the side, a quarter of it, ….
        with_dense: Whether Dense layers are counted.
    """
    first, *inner = (
        convolution(size >> (level + 1), inputs, outputs)
        for level, (inputs, outputs) in enumerate(zip((3, *channels), channels, strict=False))
    )
    return Network(first, sum(inner) + with_dense * dense(16 * channels[-1], 1))


def generator(
    channels: Sequence[int], latent_dim: int, encoder: Sequence[int], *, with_dense: bool = True
) -> Network:
    """Return the operations of the generator, which has the thesis's branched FiLM.

    Args:
        channels: Channels at side 4, 8, ….
        latent_dim: Number of values of z.
        encoder: Number of features, and of units of each layer of the audio encoder.
        with_dense: Whether Dense layers are counted.
    """
    ups = sum(
        convolution(4 << level, inputs, outputs)
        for level, (inputs, outputs) in enumerate(zip(channels, (*channels[1:], 3), strict=True))
    )
    if not with_dense:
        return Network(0, ups)
    condition = encoder[-1]
    branches = sum(2 * dense(condition, (condition + c) // 2, c) for c in channels)
    first = dense(*encoder[:2]) + dense(latent_dim, 16 * channels[0])
    return Network(first, ups + dense(*encoder[1:]) + branches)


def step(batch: int, critic_steps: int, generator: Network, critic: Network) -> int:
    """Return the operations of a step: critic updates with the penalty, and a generator update.

    Args:
        batch: Samples per update.
        critic_steps: Number of critic updates.
        generator: Operations of the generator per sample.
        critic: Operations of the critic per sample.
    """
    critic_update = generator.forward + 2 * critic.training + critic.penalty
    # The backward pass goes through the critic to the image, without gradients of its weights.
    generator_update = generator.training + 2 * critic.forward
    return batch * (critic_steps * critic_update + generator_update)


def of_settings(settings: GANSettings, audio_width: int, *, with_dense: bool = True) -> int:
    """Return the operations of a step of a preset with the thesis's networks.

    Args:
        settings: Settings of the preset.
        audio_width: Number of audio features.
        with_dense: Whether Dense layers are counted.
    """
    encoder = (audio_width, *settings.audio_hidden_units, settings.audio_embedding_dim)
    return step(
        settings.batch_size,
        settings.critic_steps,
        generator(settings.generator_channels, settings.latent_dim, encoder, with_dense=with_dense),
        critic(settings.image_size, settings.critic_channels, with_dense=with_dense),
    )
