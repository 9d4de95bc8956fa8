"""From a command's options to a configuration."""

import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from corpus.errors import UsageError, UserError
from training.checks import check_heard, check_model, check_settings
from training.config import (
    PRECISIONS,
    Config,
    changes_from,
    differences,
)
from training.run import Run
from zoo import registry
from zoo.settings import endless

# Options that stand for a setting of the same name.
SHORT = ("image_size", "batch_size", "steps", "critic")
# Options that say when to stop, of which one can be given.
TOTALS = ("steps", "epochs", "minutes")


def configure(options: dict[str, Any]) -> Config:
    """A new run's configuration.

    Raises:
        UsageError: naming the option.
    """
    model = options["model"]
    if model is None:
        raise UsageError("--model: give one. See zoo-train --list.")
    audio = bool(options["audio"])
    data = options["data"]
    preset = options["preset"] or ("small" if data is None else "full")
    check_model(model, preset, audio)
    changes = _changes(model, options)
    _check_total(options, changes)
    settings = registry.settings_of(model, preset, audio, changes)
    check_settings(settings, audio)
    check_heard(model, settings, changes, audio)
    if options["minutes"] is not None:
        settings = endless(settings)
    if options["eval_every"] and not audio:
        raise UsageError("--eval-every: its judge needs --audio. Leave --eval-every out.")
    return Config(
        model=model,
        audio=audio,
        preset=preset,
        settings=settings,
        precision=_precision(options["precision"] or "float32"),
        seed=options["seed"] or 0,
        data=_absolute(data),
        checkpoint_every=options["checkpoint_every"] or min(max(settings.steps // 10, 50), 1000),
        init_from=_origin(options["init_from"]),
        minutes=options["minutes"],
        judge=options["judge"] is not False,
        eval_every=options["eval_every"] or 0,
    )


def recall(recorded: dict[str, Any], options: dict[str, Any]) -> Config:
    """A recorded run's configuration to go on with; only its total may change.

    Where its data lies and whether it is judged in the end may change too: neither touches what
    is trained.

    Raises:
        UserError: if an option does not agree with the record, or the record is broken.
    """
    try:
        config = Config.from_json(recorded)
        check_settings(config.settings, config.audio)
    except (ValueError, UserError) as error:
        raise UserError(
            f"--resume: {options['out']}/config.json cannot be used: {error}"
        ) from error
    given = {
        name: options[name]
        for name in (
            *("model", "audio", "preset", "seed", "precision"),
            *("checkpoint_every", "eval_every"),
        )
        if options[name] is not None
    }
    if options["init_from"] is not None:
        given["init_from"] = _origin(options["init_from"])
    model = given.get("model", config.model)
    if model != config.model:
        raise UserError(f"--resume: {options['out']} is a run of {config.model}, not of {model}")
    changes = _changes(config.model, options)
    _check_total(options, changes)
    settings = replace(config.settings, steps=changes.pop("steps", config.settings.steps))
    clashes = differences(given, asdict(config))
    clashes += differences(changes, asdict(config.settings))
    if clashes:
        raise UserError(
            f"--resume: {options['out']}: {clashes[0]}. Leave the option out, or start a new run."
        )
    if options["data"] is not None:  # it may have moved; its fingerprint is compared
        config = replace(config, data=_absolute(options["data"]))
    if options["judge"] is not None:
        config = replace(config, judge=options["judge"])
    if any(options[name] is not None for name in TOTALS):
        config = replace(config, minutes=options["minutes"])
    return replace(config, settings=settings if config.minutes is None else endless(settings))


def _changes(model: str, options: dict[str, Any]) -> dict[str, Any]:
    """What the options and `--set` change of the settings."""
    changes = changes_from(model, options["assignments"])
    keys = registry.keys_of(model)
    for name in SHORT:
        value = options[name]
        if value is None:
            continue
        option = f"--{name.replace('_', '-')}"
        if name not in keys:
            raise UsageError(f"{option}: {model} has no such setting. Leave {option} out.")
        if name in changes:
            raise UsageError(f"{option} and --set {name}: give one of them")
        choices = keys[name].metadata["choices"]
        if choices and value not in choices:
            raise UsageError(f"{option} {value}: expected one of {', '.join(choices)}")
        changes[name] = value
    return changes


def _check_total(options: dict[str, Any], changes: dict[str, Any]) -> None:
    """Refuse two totals, of which `--set steps` is one."""
    given = [name for name in TOTALS if options[name] is not None]
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]}: give one of them")
    if given and given != ["steps"] and "steps" in changes:
        raise UsageError(f"--{given[0]} and --set steps: give one of them")
    if given == ["minutes"] and changes.get("falling"):
        raise UsageError(
            "--set falling: with --minutes no rate falls, for the last step is not known. "
            "Use --steps."
        )
    for name in given:
        if not math.isfinite(options[name]):
            raise UsageError(f"--{name} {options[name]}: expected a finite number")


def _absolute(path: Path | None) -> str | None:
    """A path as config.json keeps it: a resume may come from another folder."""
    return None if path is None else str(path.resolve())


def _origin(run: Path | None) -> str | None:
    """The run to start from; `demo` is the one that comes with the package."""
    return None if run is None else _absolute(Run.named(run).path)


def _precision(name: str) -> str:
    if name not in PRECISIONS:
        raise UsageError(f"--precision {name}: expected one of {', '.join(PRECISIONS)}")
    return name
