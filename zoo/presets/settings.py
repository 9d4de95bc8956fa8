"""The base of all settings: typed, bounded and described fields, checked by pydantic."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

WeightInit = Literal["he", "pytorch", "normal"]
Preset = dict[str, Any]
"""The settings that a preset changes, by name."""
Presets = dict[tuple[str, bool], Preset]
"""The presets of a model, by (name, whether with audio)."""


def split_commas(value: Any) -> Any:
    """Split text as a user writes it: `256,128` → ("256", "128"); return other values as they are.

    Args:
        value: Text, or a typed value.
    """
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value  # JSON has no tuples


Channels = Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(split_commas)]
Indices = Annotated[tuple[Annotated[int, Field(ge=0)], ...], BeforeValidator(split_commas)]


def setting(
    default: Any,
    description: str,
    *,
    group: str,
    audio: bool = False,
    requires: str = "",
    per_level: Literal["", "one", "index", "doubling"] = "",
    **bounds: Any,
) -> Any:
    """Return a pydantic field that also has a group and the conditions under which it matters.

    Args:
        default: Value where neither a preset nor the user sets one.
        description: One line for `zoo-train --list` and the reference.
        group: Heading under which the setting is listed.
        audio: Whether it has an effect only on a model trained with audio.
        requires: Another setting that must be on (`KEY`) or have a value (`KEY=VALUE`) for this
            one to have an effect.
        per_level: For a tuple, how it refers to the levels of a GAN's network: `one` value for
            each, the `index` of some, or the index of a `doubling` between two.
        **bounds: Passed on to pydantic's `Field`, such as `ge` and `le`.
    """
    extra: dict[str, Any] = {
        "group": group,
        "audio": audio,
        "requires": requires,
        "per_level": per_level,
    }
    return Field(default, description=description, json_schema_extra=extra, **bounds)


class SettingsGroup(BaseModel):
    """Immutable settings; an unknown key or a value out of bounds is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Return settings of these values.

        Args:
            values: Values by name, typed or as a user writes them (`64`, `true`, `256,128`).

        Raises:
            ValueError: `KEY: what was expected`, for the first value that does not fit.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ValueError(explain(error)) from None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return settings of values as JSON holds them; types are not converted.

        Args:
            values: Values by name.

        Raises:
            ValueError: `KEY: what was expected`, for the first value that does not fit, or if
                there are no names.
        """
        if not isinstance(values, Mapping):
            raise ValueError("settings: expected an object of values by name")
        try:
            return cls.model_validate_json(json.dumps(dict(values)), strict=True)
        except ValidationError as error:
            raise ValueError(explain(error)) from None

    def changed(self, **changes: Any) -> Self:
        """Return a copy with changes, which are checked as by `parse`.

        Args:
            **changes: Values by name, typed or as a user writes them.

        Raises:
            ValueError: `KEY: what was expected`, for the first value that does not fit.
        """
        return type(self).parse({**self.model_dump(), **changes})


class Settings(SettingsGroup):
    """Settings that every model has."""

    image_size: int = setting(
        64, "Side of a cover in pixels, a power of two.", group="data", ge=32, le=256
    )
    batch_size: int = setting(32, "Samples per update.", group="data", ge=1)
    flip: bool = setting(False, "Mirror half of the covers left to right.", group="data")
    steps: int = setting(
        4000, "Updates of the generator or autoencoder in all.", group="optimization", ge=0
    )
    lr_decay_fraction: float = setting(
        0.4,
        "Last fraction of the steps, over which every learning rate decays linearly to 0.",
        group="optimization",
        ge=0.0,
        le=1.0,
    )
    weight_init: WeightInit = setting(
        "he", "Scheme that draws the initial weights.", group="optimization"
    )

    @field_validator("image_size")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value & (value - 1):
            raise ValueError("expected a power of two from 32 to 256")
        return value


class AudioSettings(Settings):
    """Settings of every model that can be conditioned on audio."""

    audio_embedding_dim: int = setting(
        64, "Values of the audio embedding.", group="audio", audio=True, ge=1
    )
    audio_hidden_units: Channels = setting(
        (256,), "Units of the audio encoder's hidden layers.", group="audio", audio=True
    )
    audio_batch_norm: bool = setting(
        False, "Batch norm after every Dense of the audio encoder.", group="audio", audio=True
    )
    concat_condition: bool = setting(
        True, "Concatenate the audio embedding to z.", group="audio", audio=True
    )
    condition_dropout: float = setting(
        0.1,
        "Fraction of training samples whose audio is replaced by the null embedding.",
        group="audio",
        audio=True,
        ge=0.0,
        le=1.0,
    )
    scale_features: bool = setting(
        True, "Scale the audio features inside the model.", group="audio", audio=True
    )
    feature_noise: float = setting(
        0.0,
        "Standard deviation of the noise added to scaled features in training.",
        group="audio",
        audio=True,
        ge=0.0,
    )

    @model_validator(mode="after")
    def _noise_needs_scaling(self) -> Self:
        if self.feature_noise and not self.scale_features:
            raise ValueError(
                "feature_noise: it is in units of scaled features. Set scale_features=true"
            )
        return self


def explain(error: ValidationError) -> str:
    """Return the first fault of a validation in one line, `KEY: what was expected`.

    Args:
        error: Error of a pydantic model.
    """
    first = error.errors()[0]
    kind, context = first["type"], first.get("ctx", {})
    key = str(first["loc"][0]) if first["loc"] else ""
    if kind == "value_error":
        message = str(context["error"])
        return f"{key}: {message}" if key else message
    if kind == "literal_error":
        choices = context["expected"].replace(" or ", ", ").replace("'", "")
        message = f"expected one of {choices}"
    elif kind == "greater_than_equal":
        message = f"expected {context['ge']:.10g} or more"
    elif kind == "greater_than":
        message = f"expected more than {context['gt']:.10g}"
    elif kind == "less_than_equal":
        message = f"expected {context['le']:.10g} or less"
    elif kind == "too_short":
        message = f"expected {context['min_length']} or more values"
    else:
        message = _MESSAGES.get(kind) or first["msg"]
    return f"{key}: {message}"


# Messages by pydantic's kind of error; it words them for programmers.
_MESSAGES = {
    **dict.fromkeys(
        ("int_parsing", "int_type", "int_from_float", "int_parsing_size"), "expected a whole number"
    ),
    **dict.fromkeys(("float_parsing", "float_type"), "expected a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "expected true or false"),
    "string_type": "expected text",
    "path_type": "expected a path",
    "tuple_type": "expected values separated by commas",
    "finite_number": "expected a finite number",
    "extra_forbidden": "no such setting",
    "missing": "is missing",
}


def fit_channels(
    channels: tuple[int, ...], levels: int, *, finest_first: bool = False
) -> tuple[int, ...]:
    """Fit channels to another image size: fine levels stay, coarse ones are dropped or repeated.

    Args:
        channels: Channels from the coarsest level to the finest, or the other way round.
        levels: Number of levels of the network.
        finest_first: Whether the first of `channels` is that of the finest level.
    """
    ordered = channels if finest_first else channels[::-1]
    ordered = ordered[:levels] + ordered[-1:] * (levels - len(ordered))
    return ordered if finest_first else ordered[::-1]
