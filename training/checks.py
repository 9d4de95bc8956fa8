"""What cannot work is refused before anything is made, by the name of the option."""

from collections.abc import Mapping
from typing import Any

from corpus.errors import UserError
from zoo import registry

# Settings that weigh what another one brings.
NEEDED = {"variety_weight": "variety", "divergence": "condition_augmented"}


def check_known(model: str) -> None:
    """Refuse a model the registry does not have; raises UserError."""
    if model not in registry.MODELS:
        raise UserError(f"--model {model}: unknown. Models: {', '.join(registry.MODELS)}")


def check_model(model: str, preset: str, audio: bool) -> None:
    """Refuse what the registry does not have.

    Raises:
        UserError: naming the option.
    """
    check_known(model)
    if audio and not registry.MODELS[model].audio:
        raise UserError(f"--audio: {model} has no audio. Leave --audio out.")
    presets = registry.presets_of(model, audio)
    if preset not in presets:
        kind = "with" if audio else "without"
        raise UserError(
            f"--preset {preset}: {model} {kind} --audio has no such preset. "
            f"Presets: {', '.join(presets)}"
        )


def check_settings(settings: Any, audio: bool = True) -> None:
    """Refuse settings that no type or bound forbids but that cannot work.

    Args:
        settings: of any model.
        audio: whether it is to hear.

    Raises:
        UserError: naming the option.
    """
    size = settings.image_size
    if size < 32 or size > 256 or size & (size - 1):
        raise UserError(f"--image-size {size}: expected a power of two from 32 to 256")
    if settings.batch_size < 1:
        raise UserError(f"--batch-size {settings.batch_size}: expected 1 or more")
    for name in ("generator_widths", "critic_widths", "widths"):
        if not getattr(settings, name, (1,)):
            raise UserError(f"--set {name}: expected at least one width")
    if size >> len(getattr(settings, "widths", ())) < 2:
        raise UserError(
            f"--set widths: {len(settings.widths)} halvings of {size} pixels leave no picture"
        )
    if getattr(settings, "feature_noise", 0.0) and not settings.scale_features:
        raise UserError("--set feature_noise: needs scale_features=true, whose units it has")
    if getattr(settings, "prior", "") == "audio" and not audio:
        raise UserError("--set prior=audio: needs --audio")
    if getattr(settings, "critic_norm", "") == "batch" and settings.penalty:
        raise UserError(
            "--set critic_norm=batch: the penalty is a sample's own, which batch norm mixes. "
            "Use critic_norm=instance, or penalty=0."
        )


def check_heard(model: str, settings: Any, changes: Mapping[str, Any], audio: bool) -> None:
    """Refuse changes that would not be heard of.

    Args:
        model: its name.
        settings: of the model, with the changes.
        changes: what a user sets of them.
        audio: whether it is to hear.

    Raises:
        UserError: naming the option.
    """
    keys = registry.keys_of(model)
    for name, value in changes.items():
        if audio or not keys[name].metadata["audio"] or value == keys[name].default == 0:
            continue
        if name != "critic":
            raise UserError(f"--set {name}: it says nothing without --audio")
        if value != "plain":  # which that of a model without audio is
            raise UserError(f"--critic {value}: it hears the music, so it needs --audio")
    if changes.get("mismatch") and settings.critic == "plain":
        raise UserError(
            "--set mismatch: a plain critic does not hear of it. Use --critic projection"
        )
    for name, needed in NEEDED.items():
        if changes.get(name) and hasattr(settings, needed) and not getattr(settings, needed):
            raise UserError(f"--set {name}: it says nothing without --set {needed}")
