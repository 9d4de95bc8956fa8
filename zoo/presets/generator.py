"""Settings of the generators of GANs."""

from typing import Literal

from coverzoo.zoo.presets.settings import AudioSettings, Channels, Indices, setting


class GeneratorSettings(AudioSettings):
    """Settings of a GAN's generator and of its audio encoder."""

    latent_dim: int = setting(100, "Values of z.", group="generator", ge=1, le=65535)
    generator_channels: Channels = setting(
        (128, 64, 32, 16),
        "Channels at side 4, 8, … up to half the cover's side.",
        group="generator",
        per_level="one",
        min_length=1,
    )
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
    ema_decay: float = setting(
        0.999,
        "Decay of the generator's EMA copy, 0 for no copy.",
        group="generator",
        ge=0.0,
        le=1.0,
    )
