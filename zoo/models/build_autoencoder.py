"""From settings to an autoencoder or a VAE."""

from typing import Any

from coverzoo.zoo.models.optimizers import adam
from coverzoo.zoo.models.reconstruction import AutoencoderModel, VAEModel
from coverzoo.zoo.networks.autoencoder import Autoencoder
from coverzoo.zoo.networks.build_audio import audio_encoder
from coverzoo.zoo.networks.vae import VAE
from coverzoo.zoo.presets.autoencoder import (
    AutoencoderSettings,
    ResizeSettings,
    VAESettings,
)


def unpooling(settings: AutoencoderSettings, name: str, **options: Any) -> AutoencoderModel:
    """A compiled autoencoder that unpools; for the options see `build_gan.gan`."""
    return _autoencoder("unpool", settings, name, **options)


def resizing(settings: ResizeSettings, name: str, **options: Any) -> AutoencoderModel:
    """A compiled autoencoder that resizes; for the options see `build_gan.gan`."""
    return _autoencoder(settings.upsampling, settings, name, **options)


def _autoencoder(
    method: str,
    settings: AutoencoderSettings,
    name: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> AutoencoderModel:
    if audio_width:
        raise ValueError(f"{name} has no audio. Received: audio_width={audio_width}")
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
    model = AutoencoderModel(network, seed=seed, l2_weight=settings.l2_weight, name=_snake(name))
    model.compile(_adam(settings, precision))
    return model


def vae(
    settings: VAESettings,
    name: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> VAEModel:
    """A compiled VAE; see `build_gan.gan`."""
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
    model = VAEModel(
        network,
        seed=seed,
        l2_weight=settings.l2_weight,
        beta=settings.beta,
        kl_warmup_steps=settings.kl_warmup_steps,
        condition_dropout=settings.condition_dropout,
        feature_noise=settings.feature_noise,
        name=_snake(f"{name}_model"),
    )
    model.compile(_adam(settings, precision))
    return model


def _adam(settings: AutoencoderSettings, precision: str) -> Any:
    return adam(
        settings.learning_rate,
        settings.beta_1,
        settings.beta_2,
        precision,
        updates=settings.steps,
        decay_fraction=settings.lr_decay_fraction,
    )


def _snake(name: str) -> str:
    return name.replace("-", "_")
