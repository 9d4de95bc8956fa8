"""Checks of options before anything is written; every error names the option."""

from collections.abc import Mapping
from typing import Any

from coverzoo.errors import UsageError
from coverzoo.zoo import registry

NEED_PROJECTION = (
    "mismatch_weight",
    "contrastive_weight",
    "cover_contrastive_weight",
    "vicinal_fraction",
)


def check_known(model: str) -> None:
    """Refuse a model that the registry does not have.

    Raises:
        UsageError: Listing the models.
    """
    if model not in registry.MODELS:
        raise UsageError(f"--model {model}: unknown. Models: {', '.join(registry.MODELS)}")


def check_model(model: str, preset: str, audio: bool) -> None:
    """Refuse a model, or a preset of it, that the registry does not have.

    Raises:
        UsageError: Naming the option.
    """
    check_known(model)
    if audio and not registry.MODELS[model].audio:
        raise UsageError(f"--audio: {model} cannot be conditioned on audio. Leave --audio out.")
    presets = registry.presets_of(model, audio)
    if preset not in presets:
        kind = "with" if audio else "without"
        raise UsageError(
            f"--preset {preset}: {model} {kind} --audio has no such preset. "
            f"Presets: {', '.join(presets)}"
        )


def check_changes(model: str, settings: Any, changes: Mapping[str, Any], audio: bool) -> None:
    """Refuse changes that would have no effect.

    Args:
        model: Name of the model.
        settings: Settings with the changes made.
        changes: Keys that the user set, with their typed values.
        audio: Whether the model is conditioned on audio.

    Raises:
        UsageError: Naming the option.
    """
    fields = registry.fields_of(model)
    for name, value in changes.items():
        if audio or not registry.meta(fields[name])["audio"] or value == fields[name].default == 0:
            continue
        if name != "critic_conditioning":
            raise UsageError(f"--set {name}: it has no effect without --audio")
        if value != "none":  # which is what a model without audio has
            raise UsageError(
                "--critic projection: it conditions the critic on audio, so it needs --audio"
            )
    if getattr(settings, "prior", "") == "audio" and not audio:
        raise UsageError("--set prior=audio: needs --audio")
    for name in NEED_PROJECTION:
        if changes.get(name) and settings.critic_conditioning == "none":
            raise UsageError(
                f"--set {name}: the critic is not conditioned on audio. Use --critic projection"
            )
    for name, value in changes.items():
        _check_requirement(settings, name, value, registry.meta(fields[name])["requires"])
    for name in registry.MODELS[model].unused:
        if name in changes:
            raise UsageError(f"--set {name}: it has no effect on {model}")
    _check_levels(settings, changes, fields)


def _check_requirement(settings: Any, name: str, value: Any, requires: str) -> None:
    """Refuse a setting whose requirement, `KEY` or `KEY=VALUE`, does not hold."""
    if not requires or not value:
        return
    other, _, wanted = requires.partition("=")
    found = getattr(settings, other)
    if found != wanted if wanted else not found:
        raise UsageError(f"--set {name}: it has no effect without --set {requires}")


def _check_levels(settings: Any, changes: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """Refuse values for levels that a GAN's networks do not have at this image size.

    A preset's channels are fitted to any size instead, see `presets.settings.fit_channels`.
    """
    levels = settings.image_size.bit_length() - 3  # from side 4 to half the cover's
    size = settings.image_size
    for name, value in changes.items():
        kind = registry.meta(fields[name])["per_level"]
        if kind == "one" and len(value) != levels:
            raise UsageError(
                f"--set {name}: {len(value)} values, and covers of {size} pixels have {levels} "
                "levels. Give one value per level"
            )
        last = levels - 1 - (kind == "doubling")
        if kind in ("index", "doubling") and max(value, default=0) > last:
            raise UsageError(
                f"--set {name}: {max(value)} is not among 0 to {last} at {size} pixels"
            )
