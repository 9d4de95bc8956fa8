"""Settings and presets of the GANs."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, WithJsonSchema, field_validator, model_validator

from coverzoo.zoo.presets.generators import GENERATORS
from coverzoo.zoo.presets.settings import (
    AudioSettings,
    Channels,
    Indices,
    Preset,
    Presets,
    setting,
    split_commas,
)

Augmentations = Annotated[
    tuple[Literal["color", "translation", "cutout"], ...], BeforeValidator(split_commas)
]
GeneratorName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(GENERATORS)})]


class GANSettings(AudioSettings):
    """Settings of every GAN, but for those of its generator's architecture."""

    latent_dim: int = setting(100, "Values of z.", group="generator", ge=1, le=65535)
    generator: GeneratorName = setting("conv", "Architecture of the generator.", group="generator")
    ema_decay: float = setting(
        0.999,
        "Decay of the generator's EMA copy, 0 for no copy.",
        group="generator",
        ge=0.0,
        le=1.0,
    )
    critic_conditioning: Literal["projection", "none"] = setting(
        "projection", "How the critic is conditioned on audio.", group="critic", audio=True
    )
    critic_channels: Channels = setting(
        (16, 32, 64, 128),
        "Channels at half the cover's side, a quarter, … down to 4.",
        group="critic",
        per_level="one",
        min_length=1,
    )
    critic_norm: Literal["none", "instance", "batch"] = setting(
        "none", "Normalisation in the critic.", group="critic"
    )
    critic_no_norm_layers: Indices = setting(
        (), "Critic convolutions, from 0, without normalisation.", group="critic", per_level="index"
    )
    critic_linear_layers: Indices = setting(
        (), "Critic convolutions, from 0, without activation.", group="critic", per_level="index"
    )
    critic_bias: Literal["all", "last", "none"] = setting(
        "all", "Layers of the critic that have a bias.", group="critic"
    )
    augment: Augmentations = setting(
        (), "DiffAugment operations applied to real and generated covers.", group="critic"
    )
    critic_steps: int = setting(1, "Critic updates per step.", group="optimization", ge=1)
    share_batch: bool = setting(
        False, "Use one batch for all critic updates of a step.", group="optimization"
    )
    fresh_batch: bool = setting(
        False, "Use a batch of its own for the generator update.", group="optimization"
    )
    generator_learning_rate: float = setting(
        1e-3, "Learning rate of the generator.", group="optimization", ge=0.0
    )
    critic_learning_rate: float = setting(
        1e-3, "Learning rate of the critic.", group="optimization", ge=0.0
    )
    beta_1: float = setting(0.0, "β₁ of Adam.", group="optimization", ge=0.0, le=0.99999)
    beta_2: float = setting(0.99, "β₂ of Adam.", group="optimization", ge=0.0, le=0.99999)
    real_label: float = setting(
        1.0, "Label of real covers in the critic's loss.", group="losses", ge=0.0, le=1.0
    )
    gradient_penalty: Literal["wgan-gp", "r1"] = setting(
        "wgan-gp",
        "Kind of gradient penalty: norm 1 between real and generated covers, or norm 0 at real "
        "ones.",
        group="losses",
        requires="gradient_penalty_weight",
    )
    gradient_penalty_weight: float = setting(
        10.0, "Weight of the gradient penalty, 0 for none.", group="losses", ge=0.0
    )
    gradient_penalty_fraction: float = setting(
        1.0,
        "Fraction of a batch on which the gradient penalty is taken.",
        group="losses",
        requires="gradient_penalty_weight",
        gt=0.0,
        le=1.0,
    )
    mismatch_weight: float = setting(
        0.0,
        "Weight of the margin loss on real covers with another track's audio.",
        group="losses",
        audio=True,
        ge=0.0,
    )
    contrastive_weight: float = setting(
        0.0,
        "Weight of the contrastive loss by which the generator's audio embedding finds the real "
        "cover of its track.",
        group="losses",
        audio=True,
        ge=0.0,
    )
    diversity_target: float = setting(
        0.0,
        "Distance two covers of one track should have, as a fraction of that of real covers.",
        group="losses",
        audio=True,
        ge=0.0,
        le=1.0,
    )
    diversity_weight: float = setting(
        1.0,
        "Weight of the shortfall from diversity_target.",
        group="losses",
        audio=True,
        requires="diversity_target",
        ge=0.0,
    )
    recovery_weight: float = setting(
        0.0,
        "Weight of recovering z from covers (InfoGAN), in both losses.",
        group="losses",
        ge=0.0,
    )
    reconstruction_weight: float = setting(
        0.0,
        "Weight of the coarse difference between real covers and those generated from their "
        "recovered z.",
        group="losses",
        requires="recovery_weight",
        ge=0.0,
    )
    conditioning_augmentation: bool = setting(
        False,
        "Sample the audio embedding from a learned Gaussian (StackGAN).",
        group="audio",
        audio=True,
    )
    condition_kl_weight: float = setting(
        0.0,
        "Weight of the KL term of conditioning_augmentation.",
        group="losses",
        audio=True,
        requires="conditioning_augmentation",
        ge=0.0,
    )

    @property
    def batches_per_step(self) -> int:
        """Batches of `batch_size` samples that one step reads."""
        return (1 if self.share_batch else self.critic_steps) + self.fresh_batch

    @field_validator("generator")
    @classmethod
    def _known_generator(cls, value: str) -> str:
        if value not in GENERATORS:
            raise ValueError(f"expected one of {', '.join(GENERATORS)}")
        return value

    @model_validator(mode="after")
    def _contrastive_needs_projection(self) -> Self:
        if self.contrastive_weight and self.critic_conditioning == "none":
            raise ValueError(
                "contrastive_weight: the critic has no projection to compare with. Use "
                "critic_conditioning=projection, or contrastive_weight=0"
            )
        return self

    @model_validator(mode="after")
    def _batch_norm_excludes_penalty(self) -> Self:
        if self.critic_norm == "batch" and self.gradient_penalty_weight:
            raise ValueError(
                "critic_norm=batch: a gradient penalty is taken per sample, and batch norm mixes "
                "samples. Use critic_norm=instance, or gradient_penalty_weight=0"
            )
        return self


# The thesis's GANs. Its networks with audio share all but the generator's channels and the norms.
_THESIS: Preset = {
    "image_size": 128,
    "batch_size": 128,
    "steps": 100_000,
    "weight_init": "pytorch",
    "upsampling": "transpose",
    "generator_bias": "all",
    "stem_activation": False,
    "critic_conditioning": "none",
    "critic_norm": "batch",
    "critic_bias": "last",
    "gradient_penalty_weight": 0.0,
    "lr_decay_fraction": 0.0,
    "ema_decay": 0.0,
    "generator_learning_rate": 2e-4,
    "critic_learning_rate": 2e-4,
    "beta_1": 0.5,
    "beta_2": 0.999,
}

_THESIS_AUDIO: Preset = {
    **_THESIS,
    "weight_init": "normal",
    "generator_channels": (512, 256, 256, 128, 64),
    "stem_activation": True,
    "critic_channels": (64, 128, 256, 256, 512),
    "audio_embedding_dim": 512,
    "audio_hidden_units": (944, 728),
    "audio_batch_norm": True,
    "concat_condition": False,
    "condition_dropout": 0.0,
    "scale_features": False,
    "film": "branched",
}

_THESIS_GAN: Preset = {
    "latent_dim": 100,
    "generator_channels": (512, 256, 128, 64, 64),
    "generator_bias": "none",
    "stem_activation": True,
    "critic_channels": (64, 64, 128, 256, 512),
    "critic_no_norm_layers": (0,),
    "critic_linear_layers": (1,),
    "critic_bias": "none",
    "real_label": 0.9,
    "beta_2": 0.99,
}

_THESIS_WGAN: Preset = {
    "latent_dim": 100,
    "batch_size": 64,
    "critic_norm": "instance",
    "critic_steps": 5,
    "share_batch": True,
    "gradient_penalty_weight": 10.0,
}

# γ's last weights N(1, 0.02), β's N(0, 0.02).
_NEAR_IDENTITY: Preset = {"film_mean": 1.0, "film_stddev": 0.02}

_FULL: Preset = {
    "image_size": 128,
    "batch_size": 64,
    "steps": 100_000,
    "generator_channels": (512, 256, 256, 128, 64),
    "critic_channels": (64, 128, 256, 256, 512),
    # These kept a run on 2,837 real covers from one picture per track; see docs/experiments.
    "critic_steps": 2,
    "generator_learning_rate": 3e-4,
    "critic_learning_rate": 6e-4,
    "augment": ("translation",),
    "audio_embedding_dim": 128,
}

# Neither the non-saturating nor the least-squares loss bounds the critic's gradient by itself.
_R1: Preset = {"gradient_penalty": "r1"}
_MISMATCH: Preset = {"mismatch_weight": 1.0}
# Real corpora have few distinct tracks, which the critic would memorise without noise.
_MISMATCH_NOISE: Preset = {**_MISMATCH, "feature_noise": 0.5}
# With R1 the generator makes little use of z unless diversity is asked for.
_DIVERSITY: Preset = {"diversity_target": 0.3}

# Presets for a loss that needs R1; a GAN with another loss can take them as they are.
R1_PRESETS: Presets = {
    ("small", False): _R1,
    ("small", True): {**_R1, **_MISMATCH, **_DIVERSITY},
    ("full", False): {**_FULL, **_R1},
    ("full", True): {**_FULL, **_R1, **_MISMATCH_NOISE, **_DIVERSITY},
}

NON_SATURATING_PRESETS: Presets = {
    **R1_PRESETS,
    ("thesis", False): {**_THESIS, **_THESIS_GAN},
    ("thesis", True): {**_THESIS_AUDIO, **_THESIS_GAN, **_NEAR_IDENTITY},
}

LEAST_SQUARES_PRESETS: Presets = {
    **R1_PRESETS,
    ("thesis", False): {
        **_THESIS,
        "latent_dim": 1024,
        "generator_channels": (512, 256, 256, 128, 64),
        "critic_channels": (32, 64, 128, 128, 256),
    },
    ("thesis", True): {**_THESIS_AUDIO, **_NEAR_IDENTITY, "latent_dim": 1024},
}

WASSERSTEIN_GP_PRESETS: Presets = {
    ("small", False): {},
    ("small", True): _MISMATCH,
    ("full", False): _FULL,
    ("full", True): {**_FULL, **_MISMATCH_NOISE},
    ("thesis", False): {
        **_THESIS,
        **_THESIS_WGAN,
        "generator_channels": (256, 256, 256, 128, 64),
        "generator_extra_convs": (0, 1),
        "critic_channels": (64, 128, 256, 256, 512),
        "generator_learning_rate": 1e-4,
        "critic_learning_rate": 1e-4,
        "beta_1": 0.0,
    },
    ("thesis", True): {
        **_THESIS_AUDIO,
        **_THESIS_WGAN,
        "generator_learning_rate": 5e-6,
        "critic_learning_rate": 5e-6,
    },
}
