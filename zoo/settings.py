"""What can be set of a model: names, types, bounds and what they mean, as data."""

from dataclasses import dataclass, field, replace
from typing import Any, get_args, get_origin

INITIALS = ("he", "pytorch", "normal")  # see zoo.initializers


def setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    audio: bool = False,
) -> Any:
    """A dataclass field with its meaning, what it may be, and whether it needs audio."""
    metadata = {"help": help, "low": low, "high": high, "choices": choices, "audio": audio}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """What every preset says."""

    image_size: int = setting(64, "side of a cover in pixels, a power of two", low=32, high=256)
    batch_size: int = setting(32, "samples an update", low=1)
    steps: int = setting(4000, "updates of the model that is left to use", low=0)
    initial: str = setting("he", "how weights begin", choices=INITIALS)
    flip: bool = setting(False, "mirror half of the covers")
    falling: float = setting(
        0.4, "share of the steps, the last, in which every rate falls to 0", low=0.0, high=1.0
    )


@dataclass(frozen=True)
class AudioSettings(Settings):
    """What a preset of a model that can hear says."""

    condition_dim: int = setting(64, "values of the condition", low=1, audio=True)
    condition_hidden: tuple[int, ...] = setting(
        (256,), "hidden widths of the audio encoders", low=1, audio=True
    )
    condition_norm: bool = setting(
        False, "batch norm behind every Dense of the audio encoders", audio=True
    )
    condition_latent: bool = setting(True, "join the condition to z", audio=True)
    condition_dropout: float = setting(
        0.1, "share of samples trained without audio", low=0.0, high=1.0, audio=True
    )
    scale_features: bool = setting(True, "scale the features inside the model", audio=True)
    feature_noise: float = setting(
        0.0, "deviation of the noise on scaled features in training", low=0.0, audio=True
    )


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


def check(entry: Any, value: Any) -> None:
    """Refuse a value, as read from a file, that is not of the setting's type and bounds.

    Args:
        entry: the dataclass field.
        value: tuples as tuples.

    Raises:
        ValueError: naming the setting, with what was expected.
    """
    several = get_origin(entry.type) is tuple
    kind = get_args(entry.type)[0] if several else entry.type
    items = value if several and isinstance(value, tuple) else (value,)
    for item in items:
        number = kind in NOUNS and isinstance(item, (int, float)) and not isinstance(item, bool)
        if not (number or isinstance(item, kind)) or several != isinstance(value, tuple):
            raise ValueError(f"{entry.name} is {value!r}")
        try:
            _single(kind, str(item), entry.metadata)
        except ValueError as error:
            raise ValueError(f"{entry.name} is {value!r}, {error}") from None


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
