"""Floating-point operations of a step of the thesis's WGAN-GP, counted by formula.

Only matrix products are counted, a multiplication and an addition each: a Dense is one, and so is a
convolution. A backward pass costs as much as the forward pass for the gradient of the weights, and
as much again for that of what goes in, which nobody asks for at a network's first layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from coverzoo.zoo.presets.gan import GANSettings


@dataclass(frozen=True)
class Network:
    """Operations of a forward pass of one sample.

    Attributes:
        first: of the layers whose input needs no gradient.
        inner: of all others.
    """

    first: int
    inner: int

    @property
    def forward(self) -> int:
        """Of all layers."""
        return self.first + self.inner

    @property
    def training(self) -> int:
        """Of a forward and a backward pass."""
        return 3 * self.forward - self.first

    @property
    def penalty(self) -> int:
        """Of the gradient penalty.

        Forward; back to the picture (1); then the derivative of that: through the way back, to
        what went down it (1) and to the weights (1), and through the way there, which the norms'
        curvature makes a part of it, to the weights (1) and to the inner layers' inputs (1).
        """
        return 6 * self.forward - self.first


def convolution(side: int, inputs: int, outputs: int) -> int:
    """A 4×4 convolution of stride 2, or a transposed one; `side` is that of the smaller map."""
    return 2 * side * side * 16 * inputs * outputs


def dense(*widths: int) -> int:
    """Dense layers, one behind the other."""
    return sum(2 * a * b for a, b in pairwise(widths))


def critic(size: int, widths: Sequence[int], *, dense_too: bool = True) -> Network:
    """The critic; its convolutions alone if so wished."""
    first, *inner = (
        convolution(size >> (level + 1), inputs, outputs)
        for level, (inputs, outputs) in enumerate(zip((3, *widths), widths, strict=False))
    )
    return Network(first, sum(inner) + dense_too * dense(16 * widths[-1], 1))


def generator(
    widths: Sequence[int], latent: int, encoder: Sequence[int], *, dense_too: bool = True
) -> Network:
    """The generator with the thesis's branched FiLM; its convolutions alone if so wished.

    Args:
        widths: channels at side 4, 8, ….
        latent: values of z.
        encoder: features, hidden widths and condition of the audio encoder.
        dense_too: whether Dense layers count.
    """
    ups = sum(
        convolution(4 << level, inputs, outputs)
        for level, (inputs, outputs) in enumerate(zip(widths, (*widths[1:], 3), strict=True))
    )
    if not dense_too:
        return Network(0, ups)
    condition = encoder[-1]
    branches = sum(2 * dense(condition, (condition + c) // 2, c) for c in widths)
    first = dense(*encoder[:2]) + dense(latent, 16 * widths[0])
    return Network(first, ups + dense(*encoder[1:]) + branches)


def step(batch: int, critic_steps: int, generator: Network, critic: Network) -> int:
    """A step: critic updates on real and generated covers with the penalty, a generator update."""
    critic_update = generator.forward + 2 * critic.training + critic.penalty
    # Through the critic back to the picture, its weights left alone.
    generator_update = generator.training + 2 * critic.forward
    return batch * (critic_steps * critic_update + generator_update)


def of_settings(settings: GANSettings, features: int, *, dense_too: bool = True) -> int:
    """A step of a preset with the thesis's networks."""
    encoder = (features, *settings.audio_hidden_units, settings.audio_embedding_dim)
    widths = settings.generator_channels
    return step(
        settings.batch_size,
        settings.critic_steps,
        generator(widths, settings.latent_dim, encoder, dense_too=dense_too),
        critic(settings.image_size, settings.critic_channels, dense_too=dense_too),
    )
