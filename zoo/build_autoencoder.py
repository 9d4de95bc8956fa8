"""From settings to an autoencoder or a VAE."""

from typing import Any

from zoo.autoencoder import Autoencoder
from zoo.autoencoder_settings import AutoencoderSettings, ResizeSettings, VaeSettings
from zoo.build_audio import audio_encoder
from zoo.fitting import AutoencoderFitting, VAEFitting
from zoo.optimizers import adam
from zoo.vae import VAE


def unpooling(settings: AutoencoderSettings, name: str, **options: Any) -> AutoencoderFitting:
    """A compiled autoencoder that unpools; see `zoo.build_gan.gan` for the options."""
    return _autoencoder("unpool", settings, name, **options)


def resizing(settings: ResizeSettings, name: str, **options: Any) -> AutoencoderFitting:
    """A compiled autoencoder that resizes; see `zoo.build_gan.gan` for the options."""
    return _autoencoder(settings.upsampling, settings, name, **options)


def _autoencoder(
    method: str,
    settings: AutoencoderSettings,
    name: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> AutoencoderFitting:
    if audio_width:
        raise ValueError(f"{name} has no audio. Received: audio_width={audio_width}")
    network = Autoencoder(
        settings.image_size,
        settings.widths,
        settings.code_width,
        method,
        settings.slope,
        settings.initial,
        dtype=precision,
        name="autoencoder",
    )
    model = AutoencoderFitting(network, seed=seed, decay=settings.decay, name=_snake(name))
    model.compile(_adam(settings, precision))
    return model


def vae(
    settings: VaeSettings,
    name: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> VAEFitting:
    """A compiled VAE; see `zoo.build_gan.gan`."""
    network = VAE(
        settings.image_size,
        settings.latent_dim,
        settings.widths,
        settings.code_width,
        audio_encoder(settings, audio_width, precision, slope=settings.slope)
        if audio_width
        else None,
        method=settings.upsampling,
        prior=settings.prior,
        condition_latent=settings.condition_latent,
        slope=settings.slope,
        initial=settings.initial,
        dtype=precision,
        name="vae",
    )
    model = VAEFitting(
        network,
        seed=seed,
        decay=settings.decay,
        divergence=settings.divergence,
        warm_up=settings.warm_up,
        condition_dropout=settings.condition_dropout,
        feature_noise=settings.feature_noise,
        name=_snake(f"{name}_fitting"),
    )
    model.compile(_adam(settings, precision))
    return model


def _adam(settings: AutoencoderSettings, precision: str) -> Any:
    return adam(
        settings.rate,
        settings.beta_1,
        settings.beta_2,
        precision,
        updates=settings.steps,
        falling=settings.falling,
    )


def _snake(name: str) -> str:
    return name.replace("-", "_")
