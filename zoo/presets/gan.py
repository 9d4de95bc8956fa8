"""Settings of the GANs."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from coverzoo.zoo.presets.generator import GeneratorSettings
from coverzoo.zoo.presets.settings import (
    Channels,
    Indices,
    setting,
    split_commas,
)

Augmentations = Annotated[
    tuple[Literal["color", "translation", "cutout"], ...], BeforeValidator(split_commas)
]


class GANSettings(GeneratorSettings):
    """Settings of every GAN."""

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
    critic_residual: bool = setting(
        False,
        "Follow every critic convolution but the first by a residual 3×3 convolution.",
        group="critic",
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
    mismatch_margin: float = setting(
        1.0,
        "By how much a real cover's score with its own audio should exceed that with another's.",
        group="losses",
        audio=True,
        requires="mismatch_weight",
        ge=0.0,
    )
    vicinal_fraction: float = setting(
        0.0,
        "Fraction of real covers that the critic sees with the audio of the most similar other "
        "track of the batch (CcGAN).",
        group="losses",
        audio=True,
        ge=0.0,
        le=1.0,
    )
    vicinal_epoch: int = setting(
        0,
        "Epoch, counted from 0, from which vicinal_fraction holds.",
        group="losses",
        audio=True,
        requires="vicinal_fraction",
        ge=0,
    )
    contrastive_weight: float = setting(
        0.0,
        "Weight of the contrastive loss by which the generator's audio embedding finds the real "
        "cover of its track.",
        group="losses",
        audio=True,
        ge=0.0,
    )
    cover_contrastive_weight: float = setting(
        0.0,
        "Weight of the contrastive loss by which covers find their audio: real ones in the "
        "critic's loss, generated ones in the generator's.",
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

    @model_validator(mode="after")
    def _batch_norm_excludes_penalty(self) -> Self:
        if self.critic_norm == "batch" and self.gradient_penalty_weight:
            raise ValueError(
                "critic_norm=batch: a gradient penalty is taken per sample, and batch norm mixes "
                "samples. Use critic_norm=instance, or gradient_penalty_weight=0"
            )
        return self
