"""What a run is to be: the options of a command, made into one checked record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from corpus.errors import UsageError
from zoo import registry
from zoo.settings import check, parse

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Config:
    """A run's configuration; config.json holds it.

    Attributes:
        model: a key of the registry.
        audio: whether the model hears the music.
        preset: what the settings started from.
        settings: the model's settings dataclass.
        precision: a Keras dtype policy.
        seed: of initial weights, draws and data order.
        data: the root folder, or None for the built-in corpus.
        checkpoint_every: steps between checkpoints.
        init_from: the run whose weights training started from.
        minutes: of training in all, instead of the settings' steps.
        judge: whether a finished run is judged.
        eval_every: steps between verdicts on val; 0 for none.
    """

    model: str
    audio: bool
    preset: str
    settings: Any
    precision: str
    seed: int
    data: str | None
    checkpoint_every: int
    init_from: str | None = None
    minutes: float | None = None
    judge: bool = True
    eval_every: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Config":
        """The configuration a config.json holds; keys of other records are passed over.

        Raises:
            ValueError: if it is of another version, or a model that is not there.
        """
        own = {entry.name: data[entry.name] for entry in fields(cls) if entry.name in data}
        try:
            types = registry.MODELS[own["model"]].settings
            settings = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in own["settings"].items()
            }
            chosen = types(**settings)
            for entry in fields(types):
                check(entry, getattr(chosen, entry.name))
            return cls(**{**own, "settings": chosen})
        except KeyError as error:
            raise ValueError(f"no such entry or model: {error}") from error
        except (TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error


def changes_from(model: str, assignments: Sequence[str]) -> dict[str, Any]:
    """The settings that `--set KEY=VALUE …` changes.

    Raises:
        UsageError: naming the assignment and what was expected.
    """
    keys = registry.keys_of(model)
    changes = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set {assignment}: expected KEY=VALUE")
        if key in changes:
            raise UsageError(f"--set {key}: given twice")
        if key not in keys:
            raise UsageError(f"--set {key}: {model} has no such setting. See zoo-train --list.")
        try:
            changes[key] = parse(keys[key], text)
        except ValueError as error:
            raise UsageError(f"--set {assignment}: {error}") from None
    return changes


def differences(given: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    """Which of the given values are not the recorded ones, as `name: given, recorded`."""
    return [
        f"{name} is {recorded[name]}, not {value}"
        for name, value in given.items()
        if recorded[name] != value
    ]
