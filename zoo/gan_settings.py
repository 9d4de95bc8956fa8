"""What can be set of a GAN."""

from dataclasses import dataclass

from zoo.settings import AudioSettings, setting


@dataclass(frozen=True)
class GanSettings(AudioSettings):
    """Everything a GAN preset says. Widths count channels from the coarsest side to the finest."""

    latent_dim: int = setting(100, "values of z", low=1, high=65535)
    generator_widths: tuple[int, ...] = setting(
        (128, 64, 32, 16), "channels at side 4, 8, …, half the cover's", low=1
    )
    upsampling: str = setting("resize", "how the generator grows", choices=("resize", "transpose"))
    generator_refine: tuple[int, ...] = setting(
        (), "doublings, from 0, that a 3×3 convolution follows", low=0
    )
    generator_bias: str = setting(
        "ends", "which of the generator's layers have a bias", choices=("ends", "all", "none")
    )
    activate_seed: bool = setting(True, "ReLU on the generator's 4×4 map")
    film: str = setting(
        "identity", "how the condition enters", choices=("identity", "branched"), audio=True
    )
    film_mean: float = setting(
        0.0, "mean of the last weights of γ's branch", low=-10, high=10, audio=True
    )
    film_deviation: float = setting(
        1.0, "deviation of the branches' last weights", low=0.0, audio=True
    )
    critic: str = setting(
        "projection",
        "whether the critic hears the music",
        choices=("projection", "plain"),
        audio=True,
    )
    critic_widths: tuple[int, ...] = setting(
        (16, 32, 64, 128), "channels at half the cover's side, a quarter, …, 4", low=1
    )
    critic_norm: str = setting("none", "the critic's norm", choices=("none", "instance", "batch"))
    critic_bare: tuple[int, ...] = setting(
        (), "the critic's convolutions, from 0, without norm", low=0
    )
    critic_linear: tuple[int, ...] = setting(
        (), "the critic's convolutions, from 0, without activation", low=0
    )
    critic_bias: str = setting(
        "all", "which of the critic's layers have a bias", choices=("all", "last", "none")
    )
    critic_steps: int = setting(1, "critic updates a step", low=1)
    share_batch: bool = setting(False, "the critic updates of a step share one batch")
    fresh_batch: bool = setting(False, "the generator's update has a batch of its own")
    label: float = setting(1.0, "label of real covers (gan, lsgan)", low=0.0, high=1.0)
    penalty: float = setting(10.0, "weight of the gradient penalty", low=0.0)
    penalty_kind: str = setting(
        "one-centred",
        "slope 1 between real and generated, or slope 0 at real covers",
        choices=("one-centred", "zero-centred"),
    )
    generator_rate: float = setting(1e-3, "the generator's learning rate", low=0.0)
    critic_rate: float = setting(1e-3, "the critic's learning rate", low=0.0)
    beta_1: float = setting(0.0, "Adam's β₁", low=0.0, high=0.99999)
    beta_2: float = setting(0.99, "Adam's β₂", low=0.0, high=0.99999)
    ema: float = setting(0.999, "decay of the averaged generator, 0 for none", low=0.0, high=1.0)
    augment: tuple[str, ...] = setting(
        (), "what the critic sees is augmented by", choices=("color", "translation", "cutout")
    )
    condition_augmented: bool = setting(False, "conditioning augmentation", audio=True)
    divergence: float = setting(0.0, "weight of its KL term", low=0.0, audio=True)
    mismatch: float = setting(0.0, "weight of mismatched real pairs", low=0.0, audio=True)
    variety: float = setting(
        0.0,
        "how far two covers of a track differ, as a share of real ones",
        low=0.0,
        high=1.0,
        audio=True,
    )
    variety_weight: float = setting(1.0, "weight of what they lack", low=0.0, audio=True)

    @property
    def parts_per_step(self) -> int:
        """How many batches of the batch size a step reads."""
        return (1 if self.share_batch else self.critic_steps) + self.fresh_batch
