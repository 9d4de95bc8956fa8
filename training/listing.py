"""The text that `zoo-train --list` prints."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from coverzoo.zoo import registry


def listing(model: str | None = None) -> str:
    """The models and their presets.

    Args:
        model: Model to list alone, with every setting and its value in each preset.
    """
    if model is None:
        lines = [line for name in registry.MODELS for line in _presets(name)]
        return "\n".join([*lines, "Settings of a model: zoo-train --list --model MODEL"])
    return "\n".join([*_presets(model), "  settings (--set KEY=VALUE):", *_settings(model)])


def _presets(model: str) -> list[str]:
    entry = registry.MODELS[model]
    lines = [f"{model}: {entry.summary}"]
    for audio in (False, True)[: 1 + entry.audio]:
        names = registry.presets_of(model, audio)
        kind = f" {'with' if audio else 'without'} --audio" if entry.audio else ""
        lines.append(f"  presets{kind}: {', '.join(names)}")
    return lines


def _settings(model: str) -> list[str]:
    presets = {
        f"{name}{' --audio' if audio else ''}": registry.settings_of(model, name, audio, {})
        for audio in (False, True)
        for name in registry.presets_of(model, audio)
    }
    lines, group = [], ""
    for key, field in registry.fields_of(model).items():
        if registry.meta(field)["group"] != group:
            group = registry.meta(field)["group"]
            lines.append(f"   {group}:")
        lines += _setting(key, field, presets)
    return lines


def _setting(key: str, field: FieldInfo, presets: Mapping[str, Any]) -> list[str]:
    """A setting's meaning, and its values in presets."""
    values: dict[str, list[str]] = {}
    for name, settings in presets.items():
        values.setdefault(_shown(getattr(settings, key)), []).append(name)
    lines = [f"    {key}: {field.description}{_choices(field)}"]
    if len(values) == 1:
        return [*lines, f"        {next(iter(values))}"]
    return lines + [f"        {value}  in {', '.join(names)}" for value, names in values.items()]


def _choices(field: FieldInfo) -> str:
    """The values a setting can have, where they are few."""
    if get_origin(field.annotation) is not Literal:
        return ""
    return f" ({', '.join(get_args(field.annotation))})"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
