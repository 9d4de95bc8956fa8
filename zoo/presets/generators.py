"""Architectures of GAN generators: the settings of each and the function that builds it.

A further architecture is a module in `zoo/networks/` and an entry of `GENERATORS`.
"""

from dataclasses import dataclass
from typing import Literal

from coverzoo.zoo.presets.settings import Channels, Indices, SettingsGroup, setting


class LevelChannels(SettingsGroup):
    """The channels of a generator, from the coarsest side to the finest."""

    generator_channels: Channels = setting(
        (128, 64, 32, 16),
        "Channels at side 4, 8, … up to half the cover's side.",
        group="generator",
        per_level="one",
        min_length=1,
    )


class ConvGeneratorSettings(LevelChannels):
    """Settings of `generator=conv`."""

    upsampling: Literal["resize", "transpose", "bilinear"] = setting(
        "resize",
        "How the generator doubles a side: resize (nearest) or bilinear and convolve, or a "
        "transposed convolution.",
        group="generator",
    )
    generator_extra_convs: Indices = setting(
        (),
        "Doublings, counted from 0, that are followed by a 3×3 convolution.",
        group="generator",
        per_level="doubling",
    )
    generator_bias: Literal["ends", "all", "none"] = setting(
        "ends", "Layers of the generator that have a bias.", group="generator"
    )
    stem_activation: bool = setting(
        True, "Apply ReLU to the generator's 4×4 map.", group="generator"
    )
    film: Literal["identity", "branched"] = setting(
        "identity",
        "Kind of FiLM: one Dense initialised to the identity, or two branches (thesis).",
        group="generator",
        audio=True,
    )
    film_noise: bool = setting(
        False,
        "Concatenate the noise to the condition in FiLM.",
        group="generator",
        audio=True,
    )
    finest_channels: int = setting(
        0,
        "Rectified channels at the cover's full side that add detail to the RGB; 0 for none.",
        group="generator",
        ge=0,
    )
    film_mean: float = setting(
        0.0,
        "Mean of the initial last weights of γ's branch.",
        group="generator",
        audio=True,
        requires="film=branched",
        ge=-10.0,
        le=10.0,
    )
    film_stddev: float = setting(
        1.0,
        "Standard deviation of the initial last weights of both branches.",
        group="generator",
        audio=True,
        requires="film=branched",
        ge=0.0,
    )


class SkipGeneratorSettings(LevelChannels):
    """Settings of `generator=skip`."""

    finest_channels: int = setting(
        8, "Channels of the skip generator at the cover's full side.", group="generator", ge=1
    )


@dataclass(frozen=True)
class GeneratorArchitecture:
    """A generator that `--set generator=NAME` chooses.

    Attributes:
        settings: Class of the settings that it adds to those of the GAN.
        build: `module:function` that takes (settings, audio_encoder, *, levels, dtype, name) and
            returns an unbuilt `GenerativeNetwork` for covers of `4 · 2^levels` pixels.
    """

    settings: type[SettingsGroup]
    build: str


GENERATORS: dict[str, GeneratorArchitecture] = {
    "conv": GeneratorArchitecture(
        ConvGeneratorSettings, "coverzoo.zoo.networks.conv_generator:build"
    ),
    "skip": GeneratorArchitecture(
        SkipGeneratorSettings, "coverzoo.zoo.networks.skip_generator:build"
    ),
}
