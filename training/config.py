"""The configuration of a run, which config.json holds."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError

from coverzoo.errors import UsageError
from coverzoo.zoo import registry
from coverzoo.zoo.presets.settings import Settings, explain

SCHEMA_VERSION: Literal[1] = 1
"""Version of config.json's keys; a file of another version is refused."""

MAX_SEED = 2**32 - 1

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]


class RunConfig(BaseModel):
    """Everything that decides how a run is trained."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    schema_version: Literal[1] = Field(SCHEMA_VERSION, description="Version of these keys.")
    model: str = Field(description="Model of the registry.")
    audio: bool = Field(description="Whether the model is conditioned on audio.")
    preset: str = Field(description="Preset that the settings started from.")
    settings: SerializeAsAny[Settings] = Field(description="Settings of the model.")
    precision: Precision = Field("float32", description="Keras dtype policy.")
    seed: int = Field(
        0, description="Seed of initial weights, draws and data order.", ge=0, le=MAX_SEED
    )
    data: str | None = Field(None, description="Data folder; null for the built-in corpus.")
    checkpoint_every: int = Field(description="Steps between checkpoints.", ge=1)
    init_from: str | None = Field(None, description="Run that the first weights came from.")
    minutes: float | None = Field(
        None, description="Minutes of training in all, instead of the settings' steps.", ge=0
    )
    evaluate: bool = Field(True, description="Whether the finished run is evaluated.")
    eval_every: int = Field(0, description="Steps between evaluations on val; 0 for none.", ge=0)
    keep_best: str | None = Field(
        None, description="Figure of these evaluations by which the best model is kept."
    )

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The configuration a config.json holds; keys of other records are ignored.

        Raises:
            ValueError: In one line, if the file has another schema version, names a model that
                does not exist, or holds a value that does not fit.
        """
        version = data.get("schema_version")
        if version != SCHEMA_VERSION:
            found = "has no schema_version" if version is None else f"has schema_version {version}"
            raise ValueError(
                f"it {found}; this version of coverzoo reads {SCHEMA_VERSION}. "
                "Use the version that wrote it, or train a new run"
            )
        own = {key: data[key] for key in cls.model_fields if key in data}
        try:
            settings = registry.read_settings(own["model"], own["settings"])
            return cls.model_validate({**own, "settings": settings}, strict=True)
        except KeyError as error:
            raise ValueError(f"no such entry or model: {error}") from error
        except ValidationError as error:
            raise ValueError(explain(error)) from error
        except (TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error

    def changed(self, **changes: Any) -> Self:
        """A copy with `changes` made to it."""
        return self.model_copy(update=changes)

    def with_settings(self, **changes: Any) -> Self:
        """A copy with `changes` made to its settings."""
        return self.changed(settings=self.settings.changed(**changes))


def changes_from(model: str, assignments: Sequence[str]) -> dict[str, str]:
    """The settings that `--set KEY=VALUE …` changes, as text.

    Raises:
        UsageError: Naming the assignment and what was expected.
    """
    changes: dict[str, str] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set {assignment}: expected KEY=VALUE")
        if key in changes:
            raise UsageError(f"--set {key}: given twice")
        changes[key] = text.strip()
    known = registry.fields_of(model)
    for key in changes:
        if key not in known:
            raise UsageError(f"--set {key}: {model} has no such setting. See zoo-train --list.")
    return changes


def differences(given: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    """Which of the given values differ from the recorded ones, as `name is …, not …`."""
    return [
        f"{name} is {recorded[name]}, not {value}"
        for name, value in given.items()
        if recorded[name] != value
    ]
