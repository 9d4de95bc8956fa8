"""What `zoo-train --list` shows."""

from zoo import registry


def listing() -> str:
    """Models, their presets, and every setting with its values in them."""
    lines = []
    for model, entry in registry.MODELS.items():
        lines.append(f"{model}: {entry.summary}")
        for audio in (False, True)[: 1 + entry.audio]:
            names = registry.presets_of(model, audio)
            lines.append(f"  presets {'with' if audio else 'without'} --audio: {', '.join(names)}")
        columns = [
            (name, audio) for audio in (False, True) for name in registry.presets_of(model, audio)
        ]
        presets = {
            f"{name}{' --audio' if audio else ''}": registry.settings_of(model, name, audio, {})
            for name, audio in columns
        }
        lines.append("  settings (--set KEY=VALUE):")
        for key, field in registry.keys_of(model).items():
            choices = field.metadata["choices"]
            meaning = field.metadata["help"] + (f" ({', '.join(choices)})" if choices else "")
            lines.append(f"    {key}: {meaning}")
            values: dict[str, list[str]] = {}
            for name, settings in presets.items():
                values.setdefault(_shown(getattr(settings, key)), []).append(name)
            if len(values) == 1:
                lines.append(f"        {next(iter(values))}")
            else:
                lines += [
                    f"        {value}  in {', '.join(names)}" for value, names in values.items()
                ]
    return "\n".join(lines)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "(none)"
    return f"{value:g}" if isinstance(value, float) else str(value)
