"""What can be set of a model: names, types, bounds and what they mean, as data."""

from dataclasses import dataclass, field, replace
from typing import Any, get_args, get_origin


def setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A dataclass field with its meaning and what it may be."""
    metadata = {"help": help, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class GanSettings:
    """Everything a GAN preset says. Widths count channels from the coarsest side to the finest."""

    image_size: int = setting(64, "side of a cover in pixels, a power of two", low=32, high=256)
    batch_size: int = setting(32, "samples an update", low=1)
    steps: int = setting(4000, "generator updates", low=0)
    latent_dim: int = setting(100, "values of z", low=1)
    generator_widths: tuple[int, ...] = setting(
        (128, 64, 32, 16), "channels at side 4, 8, …, half the cover's", low=1
    )
    critic_widths: tuple[int, ...] = setting(
        (16, 32, 64, 128), "channels at half the cover's side, a quarter, …, 4", low=1
    )
    upsampling: str = setting("resize", "how the generator grows", choices=("resize", "transpose"))
    critic: str = setting(
        "projection", "whether the critic hears the music", choices=("projection", "plain")
    )
    critic_norm: str = setting("none", "the critic's norm", choices=("none", "instance"))
    initial: str = setting("he", "initial weights", choices=("he", "normal"))
    critic_steps: int = setting(1, "critic updates a step", low=1)
    share_batch: bool = setting(False, "the critic updates of a step share one batch")
    penalty: float = setting(10.0, "λ of the gradient penalty", low=0.0)
    generator_rate: float = setting(1e-3, "the generator's learning rate", low=0.0)
    critic_rate: float = setting(1e-3, "the critic's learning rate", low=0.0)
    beta_1: float = setting(0.0, "Adam's β₁", low=0.0, high=1.0)
    beta_2: float = setting(0.99, "Adam's β₂", low=0.0, high=1.0)
    falling: float = setting(
        0.4, "share of the steps, the last, in which both rates fall to 0", low=0.0, high=1.0
    )
    ema: float = setting(0.999, "decay of the averaged generator, 0 for none", low=0.0, high=1.0)
    augment: tuple[str, ...] = setting(
        (), "what the critic sees is augmented by", choices=("color", "translation", "cutout")
    )
    flip: bool = setting(False, "mirror half of the covers")
    condition_dim: int = setting(64, "values of the condition", low=1)
    condition_hidden: tuple[int, ...] = setting(
        (256,), "hidden widths of the audio encoders", low=1
    )
    condition_latent: bool = setting(True, "join the condition to z")
    condition_dropout: float = setting(
        0.1, "share of samples trained without audio", low=0.0, high=1.0
    )
    condition_augmented: bool = setting(False, "conditioning augmentation")
    divergence: float = setting(0.0, "weight of its KL term", low=0.0)
    scale_features: bool = setting(True, "scale the features inside the model")
    feature_noise: float = setting(
        0.0, "deviation of the noise on scaled features in training", low=0.0
    )
    film: str = setting("identity", "how the condition enters", choices=("identity", "branched"))
    mismatch: float = setting(0.0, "weight of mismatched real pairs", low=0.0)


def parse(entry: Any, text: str) -> Any:
    """The value of a setting as a user writes it: `64`, `0.5`, `true`, `resize`, `256,128`.

    Args:
        entry: the dataclass field.
        text: what stands behind the equals sign.

    Raises:
        ValueError: with what was expected.
    """
    rules = entry.metadata
    if get_origin(entry.type) is tuple:
        item = get_args(entry.type)[0]
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return tuple(_single(item, part, rules) for part in parts)
    return _single(entry.type, text.strip(), rules)


def _single(kind: type, text: str, rules: Any) -> Any:
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError("expected true or false")
        return text.lower() == "true"
    if kind is str:
        if rules["choices"] and text not in rules["choices"]:
            raise ValueError(f"expected one of {', '.join(rules['choices'])}")
        return text
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(f"expected {NOUNS[kind]}") from None
    if value != value or abs(value) == float("inf"):
        raise ValueError("expected a finite number")
    if rules["low"] is not None and value < rules["low"]:
        raise ValueError(f"expected {rules['low']:g} or more")
    if rules["high"] is not None and value > rules["high"]:
        raise ValueError(f"expected {rules['high']:g} or less")
    return value


NOUNS = {int: "a whole number", float: "a number"}


def endless(settings: Any) -> Any:
    """The settings for training whose last step is not known: no rate falls towards it."""
    return replace(settings, falling=0.0) if hasattr(settings, "falling") else settings


def fit(widths: tuple[int, ...], count: int, *, finest_first: bool = False) -> tuple[int, ...]:
    """Widths for another image size: the fine levels stay, the coarsest is left out or repeated.

    Args:
        widths: from the coarsest level to the finest, or the other way round.
        count: how many levels there are to be.
        finest_first: whether `widths` begins at the finest level.
    """
    ordered = widths if finest_first else widths[::-1]
    ordered = ordered[:count] + ordered[-1:] * (count - len(ordered))
    return ordered if finest_first else ordered[::-1]
