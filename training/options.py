"""Options of a training, and the configuration of a run that follows from them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from coverzoo.errors import UsageError, UserError
from coverzoo.training.checks import check_changes, check_known, check_model
from coverzoo.training.config import MAX_SEED, Precision, RunConfig, changes_from, differences
from coverzoo.training.run import Run
from coverzoo.zoo import registry, run_path
from coverzoo.zoo.presets.settings import explain

# Options that set the setting of the same name.
SETTING_OPTIONS = ("image_size", "batch_size", "steps")
# Values of --critic and what they set `critic_conditioning` to.
CRITICS = {"projection": "projection", "plain": "none"}
# Options that give the total, of which one can be given.
TOTALS = ("steps", "epochs", "minutes")

MAX_TOTAL = 1e9  # epochs or minutes; more do not fit the step counter

_Path = Annotated[Path | None, Field(strict=False)]  # text too, which `strict` would refuse


class TrainOptions(BaseModel):
    """Options of `zoo-train`, which are the arguments of `coverzoo.train`; None if not given.

    Values and bounds of what becomes a setting are checked with the settings.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    model: str | None = None
    audio: bool | None = None
    data: _Path = None
    out: _Path = None
    preset: str | None = None
    image_size: int | None = None
    batch_size: int | None = None
    steps: int | None = None
    epochs: float | None = Field(None, ge=0, le=MAX_TOTAL)
    minutes: float | None = Field(None, ge=0, le=MAX_TOTAL)
    precision: str | None = None
    critic: str | None = None
    assignments: tuple[str, ...] = Field((), description="`KEY=VALUE` of each --set.")
    seed: int | None = Field(None, ge=0, le=MAX_SEED)
    checkpoint_every: int | None = Field(None, ge=1)
    evaluate: bool | None = None
    eval_every: int | None = Field(None, ge=0)
    keep_best: str | None = None
    resume: bool = False
    restart: bool = False
    init_from: _Path = None

    @field_validator("*", mode="before")
    @classmethod
    def _as_python_number(cls, value: Any) -> Any:
        return value.item() if isinstance(value, np.generic) else value


def check_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Every option by name, from those given.

    Raises:
        UsageError: If a value has the wrong type or is out of range, naming the option.
    """
    try:
        return TrainOptions(**given).model_dump()
    except ValidationError as error:
        name, _, expected = explain(error).partition(": ")
        option = "--set" if name == "assignments" else f"--{name.replace('_', '-')}"
        raise UsageError(f"{option} {given[name]}: {expected}") from None


def configure(options: dict[str, Any]) -> RunConfig:
    """The configuration of a new run.

    Raises:
        UsageError: Naming the option.
    """
    model = options["model"]
    if model is None:
        raise UsageError("--model: give one. See zoo-train --list.")
    audio = bool(options["audio"])
    data = options["data"]
    preset = options["preset"] or ("small" if data is None else "full")
    check_model(model, preset, audio)
    texts = _changes(model, options)
    settings = _settings(model, preset, audio, texts, options)
    changes = {name: getattr(settings, name) for name in texts}
    _check_total(options, changes)
    check_changes(model, settings, changes, audio)
    if options["minutes"] is not None:
        settings = without_lr_decay(settings)
    return RunConfig(
        model=model,
        audio=audio,
        preset=preset,
        settings=settings,
        precision=_precision(options["precision"] or "float32"),
        seed=options["seed"] or 0,
        data=_absolute(data),
        checkpoint_every=options["checkpoint_every"] or default_checkpoint_every(settings.steps),
        init_from=_existing_run(options["init_from"]),
        minutes=options["minutes"],
        evaluate=options["evaluate"] is not False,
        eval_every=options["eval_every"] or 0,
        keep_best=options["keep_best"],
    )


def resume_config(recorded: dict[str, Any], options: dict[str, Any]) -> RunConfig:
    """The configuration of a recorded run, to resume it; only its total may change.

    The place of its data and whether it is evaluated at the end may change too: neither affects
    training.

    Raises:
        UserError: If an option does not agree with the record, or the record is broken.
    """
    try:
        config = RunConfig.from_json(recorded)
    except ValueError as error:
        raise UserError(
            f"--resume: {options['out']}/config.json cannot be used: {error}"
        ) from error
    given = {
        name: options[name]
        for name in (
            *("model", "audio", "preset", "seed", "precision"),
            *("checkpoint_every", "eval_every", "keep_best"),
        )
        if options[name] is not None
    }
    if options["init_from"] is not None:
        given["init_from"] = _source_run(options["init_from"])
    model = given.get("model", config.model)
    if model != config.model:
        raise UserError(
            f"--resume: {options['out']} is a run of {config.model}, not of {model}. "
            "Leave --model out, or give another --out."
        )
    texts = _changes(config.model, options)
    try:
        settings = config.settings.changed(**texts)
    except ValueError as error:
        raise _refused(error, texts, options) from None
    changes = {name: getattr(settings, name) for name in texts}
    _check_total(options, changes)
    changes.pop("steps", None)
    clashes = differences(given, config.to_json())
    clashes += differences(changes, config.settings.model_dump())
    if clashes:
        raise UserError(
            f"--resume: {options['out']}: {clashes[0]}. Leave the option out, or start a new run."
        )
    if options["data"] is not None:  # it may have moved; its fingerprint is compared
        config = config.changed(data=_absolute(options["data"]))
    if options["evaluate"] is not None:
        config = config.changed(evaluate=options["evaluate"])
    if any(options[name] is not None for name in TOTALS):
        config = config.changed(minutes=options["minutes"])
    settings = config.settings.changed(steps=settings.steps)
    return config.changed(
        settings=settings if config.minutes is None else without_lr_decay(settings)
    )


def default_checkpoint_every(steps: int) -> int:
    """Steps between checkpoints of a run of so many steps: a tenth of them, 50 to 1000."""
    return min(max(steps // 10, 50), 1000)


def without_lr_decay(settings: Any) -> Any:
    """The settings for training whose last step is not known: no learning rate decays."""
    return settings.changed(lr_decay_fraction=0.0)


def _settings(
    model: str, preset: str, audio: bool, texts: dict[str, Any], options: dict[str, Any]
) -> Any:
    """The preset's settings with the user's changes; UsageError names the option."""
    try:
        return registry.settings_of(model, preset, audio, texts)
    except ValueError as error:
        raise _refused(error, texts, options) from None


def _refused(error: ValueError, texts: dict[str, Any], options: dict[str, Any]) -> UsageError:
    """A setting that does not fit, by the option that the user gave it with.

    If a setting of the preset does not fit to what the user gave, the message starts with the
    option that was given.
    """
    key, _, said = str(error).partition(": ")
    name = key.partition("=")[0]
    if name not in texts:
        given = [other for other in texts if other in said]
        if given:
            key, name, said = given[0], given[0], f"{key}: {said}"
    option = "critic" if name == "critic_conditioning" else name
    if option in (*SETTING_OPTIONS, "critic") and options.get(option) is not None:
        return UsageError(f"--{option.replace('_', '-')} {options[option]}: {said}")
    value = f"={texts[key]}" if key in texts else ""
    return UsageError(f"--set {key}{value}: {said}")


def _changes(model: str, options: dict[str, Any]) -> dict[str, Any]:
    """What the options and `--set` change of the settings, by key, as given."""
    check_known(model)
    changes: dict[str, Any] = dict(changes_from(model, options["assignments"]))
    keys = registry.MODELS[model].settings.model_fields
    given = {name: options[name] for name in SETTING_OPTIONS}
    critic = options["critic"]
    if critic is not None and critic not in CRITICS:
        raise UsageError(f"--critic {critic}: expected one of {', '.join(CRITICS)}")
    given["critic_conditioning"] = None if critic is None else CRITICS[critic]
    for name, value in given.items():
        if value is None:
            continue
        option = "--critic" if name == "critic_conditioning" else f"--{name.replace('_', '-')}"
        if name not in keys:
            raise UsageError(f"{option}: {model} has no such setting. Leave {option} out.")
        if name in changes:
            raise UsageError(f"{option} and --set {name}: give one of them")
        changes[name] = value
    return changes


def _check_total(options: dict[str, Any], changes: dict[str, Any]) -> None:
    """Refuse two totals, of which `--set steps` is one."""
    given = [name for name in TOTALS if options[name] is not None]
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]}: give one of them")
    if given and given != ["steps"] and "steps" in changes:
        raise UsageError(f"--{given[0]} and --set steps: give one of them")
    if given == ["minutes"] and changes.get("lr_decay_fraction"):
        raise UsageError(
            "--set lr_decay_fraction: with --minutes no learning rate decays, for the last step "
            "is not known. Use --steps."
        )


def _absolute(path: Path | None) -> str | None:
    """A path as config.json keeps it: a resume may come from another folder."""
    return None if path is None else str(path.resolve())


def _existing_run(run: Path | None) -> str | None:
    """The run to start from; checked before anything is read or made."""
    if run is not None:
        Run.named(run).config()
    return _source_run(run)


def _source_run(run: Path | None) -> str | None:
    """The run to start from; `demo` is the one that comes with the package."""
    return None if run is None else _absolute(run_path(run))


def _precision(name: str) -> Any:
    if name not in get_args(Precision):
        raise UsageError(f"--precision {name}: expected one of {', '.join(get_args(Precision))}")
    return name
