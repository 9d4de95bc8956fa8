"""What cannot work is refused before anything is made, by the name of the option."""

from collections.abc import Mapping
from typing import Any

from corpus.errors import UsageError
from zoo import registry

# Settings that say nothing where another one is off, or is not what they are about.
NEEDED = {
    "variety_weight": "variety",
    "divergence": "condition_augmented",
    "warm_up": "divergence",
    "penalty_kind": "penalty",
    "film_mean": "film=branched",
    "film_deviation": "film=branched",
}
# Settings of a kind of model that one of them does nothing with.
UNKNOWN = {"wgan-gp": ("label",)}
# Settings of the levels of a network: a width each, or the levels' numbers.
WIDTHS = ("generator_widths", "critic_widths")
LEVELS = ("generator_refine", "critic_bare", "critic_linear")


def check_known(model: str) -> None:
    """Refuse a model the registry does not have; raises UsageError."""
    if model not in registry.MODELS:
        raise UsageError(f"--model {model}: unknown. Models: {', '.join(registry.MODELS)}")


def check_model(model: str, preset: str, audio: bool) -> None:
    """Refuse what the registry does not have.

    Raises:
        UsageError: naming the option.
    """
    check_known(model)
    if audio and not registry.MODELS[model].audio:
        raise UsageError(f"--audio: {model} has no audio. Leave --audio out.")
    presets = registry.presets_of(model, audio)
    if preset not in presets:
        kind = "with" if audio else "without"
        raise UsageError(
            f"--preset {preset}: {model} {kind} --audio has no such preset. "
            f"Presets: {', '.join(presets)}"
        )


def check_settings(settings: Any, audio: bool = True) -> None:
    """Refuse settings that no type or bound forbids but that cannot work.

    Args:
        settings: of any model.
        audio: whether it is to hear.

    Raises:
        UsageError: naming the option.
    """
    size = settings.image_size
    if size < 32 or size > 256 or size & (size - 1):
        raise UsageError(f"--image-size {size}: expected a power of two from 32 to 256")
    if settings.batch_size < 1:
        raise UsageError(f"--batch-size {settings.batch_size}: expected 1 or more")
    for name in ("generator_widths", "critic_widths", "widths"):
        if not getattr(settings, name, (1,)):
            raise UsageError(f"--set {name}: expected at least one width")
    if size >> len(getattr(settings, "widths", ())) < 2:
        raise UsageError(
            f"--set widths: {len(settings.widths)} halvings of {size} pixels leave no picture"
        )
    if getattr(settings, "feature_noise", 0.0) and not settings.scale_features:
        raise UsageError("--set feature_noise: needs scale_features=true, whose units it has")
    if getattr(settings, "prior", "") == "audio" and not audio:
        raise UsageError("--set prior=audio: needs --audio")
    if getattr(settings, "critic_norm", "") == "batch" and settings.penalty:
        raise UsageError(
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
        UsageError: naming the option.
    """
    keys = registry.keys_of(model)
    for name, value in changes.items():
        if audio or not keys[name].metadata["audio"] or value == keys[name].default == 0:
            continue
        if name != "critic":
            raise UsageError(f"--set {name}: it says nothing without --audio")
        if value != "plain":  # which that of a model without audio is
            raise UsageError(f"--critic {value}: it hears the music, so it needs --audio")
    if changes.get("mismatch") and settings.critic == "plain":
        raise UsageError(
            "--set mismatch: a plain critic does not hear of it. Use --critic projection"
        )
    for name, needed in NEEDED.items():
        other, _, wanted = needed.partition("=")
        if not changes.get(name) or not hasattr(settings, other):
            continue
        found = getattr(settings, other)
        if found != wanted if wanted else not found:
            raise UsageError(f"--set {name}: it says nothing without --set {needed}")
    for name in UNKNOWN.get(model, ()):
        if name in changes:
            raise UsageError(f"--set {name}: {model} does nothing with it")
    _check_levels(settings, changes)


def _check_levels(settings: Any, changes: Mapping[str, Any]) -> None:
    """Refuse what a user says of levels that a GAN's networks do not have at this image size.

    A preset's widths are fitted to any size instead, see `zoo.settings.fit`.
    """
    levels = settings.image_size.bit_length() - 3  # from side 4 to half the cover's
    for name in WIDTHS:
        if len(changes.get(name, ())) > levels:
            raise UsageError(
                f"--set {name}: {len(changes[name])} widths, and covers of {settings.image_size} "
                f"pixels have {levels} levels"
            )
    for name in LEVELS:
        last = levels - 1 - (name == "generator_refine")
        if max(changes.get(name, ()), default=0) > last:
            raise UsageError(
                f"--set {name}: {max(changes[name])} is none of 0 to {last} at "
                f"{settings.image_size} pixels"
            )
