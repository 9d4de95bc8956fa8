"""Builds a compiled autoencoder or VAE from its settings."""

from typing import Any

import keras

from coverzoo.zoo.models.optimizers import adam
from coverzoo.zoo.models.reconstruction import AutoencoderModel, VAEModel
from coverzoo.zoo.networks.autoencoder import Autoencoder
from coverzoo.zoo.networks.build_audio import audio_encoder
from coverzoo.zoo.networks.vae import VAE
from coverzoo.zoo.presets.autoencoder import AutoencoderSettings, ResizeSettings, VAESettings


def unpooling(settings: AutoencoderSettings, model: str, **options: Any) -> AutoencoderModel:
    """Return a compiled autoencoder that unpools; for the arguments see `build_gan.gan`."""
    return _autoencoder("unpool", settings, model, **options)


def resizing(settings: ResizeSettings, model: str, **options: Any) -> AutoencoderModel:
    """Return a compiled autoencoder that resizes; for the arguments see `build_gan.gan`."""
    return _autoencoder(settings.upsampling, settings, model, **options)


def _autoencoder(
    method: str,
    settings: AutoencoderSettings,
    model: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> AutoencoderModel:
    if audio_width:
        raise ValueError(
            f"{model} cannot be conditioned on audio. Received: audio_width={audio_width}"
        )
    network = Autoencoder(
        settings.image_size,
        settings.encoder_channels,
        settings.bottleneck_channels,
        method,
        settings.slope,
        settings.weight_init,
        dtype=precision,
        name="autoencoder",
    )
    made = AutoencoderModel(
        network, seed=seed, l2_weight=settings.l2_weight, name=model.replace("-", "_")
    )
    made.compile(_adam(settings, precision))
    return made


def vae(
    settings: VAESettings,
    model: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> VAEModel:
    """Return a compiled VAE; for the arguments see `build_gan.gan`."""
    network = VAE(
        settings.image_size,
        settings.latent_dim,
        settings.encoder_channels,
        settings.bottleneck_channels,
        audio_encoder(settings, audio_width, precision, slope=settings.slope)
        if audio_width
        else None,
        method=settings.upsampling,
        prior=settings.prior,
        concat_condition=settings.concat_condition,
        slope=settings.slope,
        weight_init=settings.weight_init,
        dtype=precision,
        name="vae",
    )
    made = VAEModel(
        network,
        seed=seed,
        l2_weight=settings.l2_weight,
        beta=settings.beta,
        kl_warmup_steps=settings.kl_warmup_steps,
        condition_dropout=settings.condition_dropout,
        feature_noise=settings.feature_noise,
        name=f"{model.replace('-', '_')}_model",
    )
    made.compile(_adam(settings, precision))
    return made


def _adam(settings: AutoencoderSettings, precision: str) -> keras.optimizers.Optimizer:
    return adam(
        settings.learning_rate,
        settings.beta_1,
        settings.beta_2,
        precision,
        updates=settings.steps,
        decay_fraction=settings.lr_decay_fraction,
    )
