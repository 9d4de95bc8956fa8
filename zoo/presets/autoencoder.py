"""Settings and presets of the autoencoders and the VAE."""

from typing import Literal, Self

from pydantic import model_validator

from coverzoo.zoo.presets.settings import (
    AudioSettings,
    Channels,
    Preset,
    Presets,
    Settings,
    setting,
)


class AutoencoderSettings(Settings):
    """Settings of every model that reconstructs covers."""

    encoder_channels: Channels = setting(
        (32, 64, 64),
        "Channels at half the cover's side, a quarter, …; the decoder mirrors them.",
        group="autoencoder",
        min_length=1,
    )
    bottleneck_channels: int = setting(
        128, "Channels of the code, at the last of these sides.", group="autoencoder", ge=1
    )
    slope: float = setting(
        0.01, "Negative slope of the LeakyReLU.", group="autoencoder", ge=0.0, le=1.0
    )
    learning_rate: float = setting(1e-3, "Learning rate.", group="optimization", ge=0.0)
    beta_1: float = setting(0.9, "β₁ of Adam.", group="optimization", ge=0.0, le=0.99999)
    beta_2: float = setting(0.999, "β₂ of Adam.", group="optimization", ge=0.0, le=0.99999)
    l2_weight: float = setting(
        0.0,
        "Weight of the L2 term of all weights, added to the gradient.",
        group="optimization",
        ge=0.0,
    )
    patience: int = setting(
        0,
        "Epochs without a lower validation loss after which training stops, 0 for never.",
        group="optimization",
        ge=0,
    )

    @model_validator(mode="after")
    def _halvings_leave_a_map(self) -> Self:
        if self.image_size >> len(self.encoder_channels) < 2:
            raise ValueError(
                f"encoder_channels: {len(self.encoder_channels)} halvings of {self.image_size} "
                "pixels leave no feature map"
            )
        return self


class ResizeSettings(AutoencoderSettings):
    """Settings of an autoencoder whose decoder resizes before it convolves."""

    upsampling: Literal["resize", "reflect"] = setting(
        "resize",
        "How the decoder doubles a side: zero padding, or reflection padding.",
        group="autoencoder",
    )


class VAESettings(AudioSettings, ResizeSettings):
    """Settings of the VAE."""

    latent_dim: int = setting(500, "Values of z.", group="autoencoder", ge=1, le=65535)
    prior: Literal["standard", "audio"] = setting(
        "standard", "Prior of z: N(0, 1), or a Gaussian predicted from audio.", group="autoencoder"
    )
    beta: float = setting(1.0, "β, weight of the KL term.", group="losses", ge=0.0)
    kl_warmup_steps: int = setting(
        0, "Steps over which β rises from 0.", group="losses", requires="beta", ge=0
    )


_THESIS_AUTOENCODER: Preset = {
    "image_size": 128,
    "steps": 100_000,
    "weight_init": "pytorch",
    "lr_decay_fraction": 0.0,
    "l2_weight": 1e-5,
    "patience": 4,
}

_THESIS_VAE: Preset = {
    "image_size": 128,
    "batch_size": 128,
    "steps": 100_000,
    "weight_init": "pytorch",
    "upsampling": "reflect",
    "lr_decay_fraction": 0.0,
    "learning_rate": 1e-4,
    "patience": 5,
}

# One level more than the thesis's encoders, and fewer channels where they cost most.
_SMALL_VAE: Preset = {"encoder_channels": (16, 32, 64, 128), "latent_dim": 128}

_FULL: Preset = {"image_size": 128, "batch_size": 32, "steps": 20_000, "patience": 10}

UNPOOLING_PRESETS: Presets = {
    ("small", False): {"encoder_channels": (16, 32, 64)},
    ("full", False): _FULL,
    ("thesis", False): _THESIS_AUTOENCODER,
}

RESIZING_PRESETS: Presets = {
    ("small", False): {"encoder_channels": (16, 32, 64)},
    ("full", False): _FULL,
    ("thesis", False): {**_THESIS_AUTOENCODER, "upsampling": "reflect"},
}

VAE_PRESETS: Presets = {
    ("small", False): _SMALL_VAE,
    ("small", True): {**_SMALL_VAE, "prior": "audio"},
    ("full", False): _FULL,
    ("full", True): {**_FULL, "audio_embedding_dim": 128, "prior": "audio"},
    ("thesis", False): _THESIS_VAE,
    ("thesis", True): {
        **_THESIS_VAE,
        "audio_embedding_dim": 1000,
        "audio_hidden_units": (1107, 1054),
        "audio_batch_norm": True,
        "concat_condition": False,
        "condition_dropout": 0.0,
        "scale_features": False,
    },
}
