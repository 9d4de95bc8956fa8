"""Builds a compiled GAN from its settings."""

import math

import keras

from coverzoo.zoo.models.conditioning import Conditioning
from coverzoo.zoo.models.gan import GAN
from coverzoo.zoo.models.latent_recovery import LatentRecovery
from coverzoo.zoo.models.optimizers import adam
from coverzoo.zoo.networks.build_audio import audio_encoder
from coverzoo.zoo.networks.conv_generator import ConvGenerator
from coverzoo.zoo.networks.critic import Critic
from coverzoo.zoo.presets.gan import GANSettings
from coverzoo.zoo.presets.settings import fit_channels
from coverzoo.zoo.registry import MODELS, load_object


def gan(
    settings: GANSettings,
    model: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> GAN:
    """Return a compiled GAN.

    Args:
        settings: Settings of the model.
        model: Key of the registry, whose entry names the adversarial loss.
        audio_width: Number of raw features per sample; 0 for a model without audio.
        precision: Keras dtype policy; final layers and losses are float32 under each.
        seed: Seed of all random numbers in training; initial weights follow
            `keras.utils.set_random_seed`.
    """
    levels = int(math.log2(settings.image_size)) - 2
    projection = bool(audio_width) and settings.critic_conditioning == "projection"
    critic_audio = (
        audio_encoder(settings, audio_width, precision, typicality=False) if projection else None
    )
    critic = Critic(
        fit_channels(settings.critic_channels, levels, finest_first=True),
        norm=settings.critic_norm,
        no_norm_layers=settings.critic_no_norm_layers,
        linear_layers=settings.critic_linear_layers,
        residual=settings.critic_residual,
        bias=settings.critic_bias,
        audio_encoder=critic_audio,
        latent_dim=settings.latent_dim if settings.recovery_weight else 0,
        weight_init=settings.weight_init,
        dtype=precision,
        name="critic",
    )
    made = GAN(
        _generator(settings, audio_width, levels, precision, "generator"),
        critic,
        _generator(settings, audio_width, levels, precision, "ema_generator")
        if settings.ema_decay
        else None,
        loss=load_object(MODELS[model].loss),
        seed=seed,
        critic_steps=settings.critic_steps,
        share_batch=settings.share_batch,
        fresh_batch=settings.fresh_batch,
        real_label=settings.real_label,
        gradient_penalty=settings.gradient_penalty,
        gradient_penalty_fraction=settings.gradient_penalty_fraction,
        gradient_penalty_weight=settings.gradient_penalty_weight,
        ema_decay=settings.ema_decay,
        augmentations=settings.augment,
        condition_dropout=settings.condition_dropout,
        conditioning=Conditioning(
            mismatch_weight=settings.mismatch_weight,
            mismatch_margin=settings.mismatch_margin,
            contrastive_weight=settings.contrastive_weight,
            cover_contrastive_weight=settings.cover_contrastive_weight,
            vicinal_fraction=settings.vicinal_fraction,
            vicinal_epoch=settings.vicinal_epoch,
        ),
        condition_kl_weight=settings.condition_kl_weight,
        diversity_target=settings.diversity_target,
        diversity_weight=settings.diversity_weight,
        feature_noise=settings.feature_noise,
        recovery=LatentRecovery(settings.recovery_weight, settings.reconstruction_weight)
        if settings.recovery_weight
        else None,
        name=model.replace("-", "_"),
    )
    steps = settings.steps
    made.compile(
        _adam(settings, settings.generator_learning_rate, steps, precision),
        _adam(settings, settings.critic_learning_rate, steps * settings.critic_steps, precision),
    )
    return made


def _generator(
    settings: GANSettings, audio_width: int, levels: int, precision: str, name: str
) -> ConvGenerator:
    encoder = None
    if audio_width:
        augmented = settings.conditioning_augmentation
        encoder = audio_encoder(settings, audio_width, precision, augmented=augmented)
    return ConvGenerator(
        settings.latent_dim,
        fit_channels(settings.generator_channels, levels),
        upsampling=settings.upsampling,
        extra_convs=settings.generator_extra_convs,
        bias=settings.generator_bias,
        stem_activation=settings.stem_activation,
        audio_encoder=encoder,
        film=settings.film,
        film_init=(settings.film_stddev, settings.film_mean),
        film_noise=settings.film_noise,
        finest_channels=settings.finest_channels,
        concat_condition=settings.concat_condition,
        weight_init=settings.weight_init,
        dtype=precision,
        name=name,
    )


def _adam(
    settings: GANSettings, learning_rate: float, updates: int, precision: str
) -> keras.optimizers.Optimizer:
    return adam(
        learning_rate,
        settings.beta_1,
        settings.beta_2,
        precision,
        updates=updates,
        decay_fraction=settings.lr_decay_fraction,
    )
