"""What can be set of an autoencoder and of the VAE."""

from dataclasses import dataclass

from zoo.settings import AudioSettings, Settings, setting


@dataclass(frozen=True)
class AutoencoderSettings(Settings):
    """What every preset of a model says that gives covers back."""

    widths: tuple[int, ...] = setting(
        (32, 64, 64), "channels at half the cover's side, a quarter, …", low=1
    )
    code_width: int = setting(128, "channels of the code, at the last of these sides", low=1)
    slope: float = setting(0.01, "of the LeakyReLU", low=0.0, high=1.0)
    rate: float = setting(1e-3, "the learning rate", low=0.0)
    beta_1: float = setting(0.9, "Adam's β₁", low=0.0, high=0.99999)
    beta_2: float = setting(0.999, "Adam's β₂", low=0.0, high=0.99999)
    decay: float = setting(0.0, "L2 of the weights, in the gradient", low=0.0)
    patience: int = setting(
        0, "epochs without a better validation loss that end training, 0 for none", low=0
    )


@dataclass(frozen=True)
class ResizeSettings(AutoencoderSettings):
    """Everything a preset of an autoencoder says whose decoder resizes."""

    upsampling: str = setting(
        "resize",
        "how the decoder doubles: at a border of zeros, or a reflected one",
        choices=("resize", "reflect"),
    )


@dataclass(frozen=True)
class VaeSettings(AudioSettings, ResizeSettings):
    """Everything a VAE preset says."""

    latent_dim: int = setting(500, "values of z", low=1, high=65535)
    divergence: float = setting(1.0, "β, the weight of the KL term", low=0.0)
    warm_up: int = setting(0, "steps over which β rises from 0", low=0)
    prior: str = setting("standard", "what z is drawn from", choices=("standard", "audio"))
