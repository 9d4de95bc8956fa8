"""Write the reference pages that follow from the code: settings, config.json and metrics."""

from pathlib import Path
from typing import Any

from coverzoo.training.config import RunConfig
from coverzoo.training.metric_keys import METRIC_KEYS, RESULT_KEYS
from coverzoo.zoo import registry

OUT = Path(__file__).resolve().parent / "reference"
TYPES = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "string": "text",
}


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return [
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    ]


def shown(value: Any) -> str:
    """A value as a user writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(map(str, value)) or "(none)"
    return f"{value:g}" if isinstance(value, float) else str(value)


def kind_of(schema: dict[str, Any]) -> str:
    """What values a setting takes."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"values separated by commas: {kind_of(schema['items'])}"
    if "anyOf" in schema:
        return " or ".join(kind_of(each) for each in schema["anyOf"])
    found = TYPES.get(schema.get("type", ""), "none" if schema.get("type") == "null" else "object")
    bounds = [f"≥ {schema['minimum']:g}"] if "minimum" in schema else []
    bounds += [f"≤ {schema['maximum']:g}"] if "maximum" in schema else []
    return f"{found} {' and '.join(bounds)}".strip()


def presets_table(model: str, keys: list[str]) -> list[str]:
    """Values of settings in every preset of a model."""
    entry = registry.MODELS[model]
    columns = [
        (preset, audio)
        for audio in (False, True)[: 1 + entry.audio]
        for preset in registry.presets_of(model, audio)
    ]
    settings = [registry.settings_of(model, preset, audio, {}) for preset, audio in columns]
    header = ["setting", *(f"{preset}{' --audio' * audio}" for preset, audio in columns)]
    rows = [[f"`{key}`", *(shown(getattr(each, key)) for each in settings)] for key in keys]
    return table(header, rows)


def settings_page() -> str:
    """Every setting of every model, with its values in each preset."""
    lines = [
        "# Settings",
        "",
        "`zoo-train --set KEY=VALUE` changes a setting, and `zoo-train --list --model MODEL` "
        "prints this page's content for one model. A setting marked *audio* has an effect only "
        "with `--audio`.",
    ]
    for model, entry in registry.MODELS.items():
        fields = registry.fields_of(model)
        schema = registry.schema_of(model)["properties"]
        lines += ["", f"## {model}", "", f"{entry.summary[0].upper()}{entry.summary[1:]}.", ""]
        rows = []
        for key, field in fields.items():
            meta = registry.meta(field)
            notes = ["audio"] * meta["audio"]
            notes += [f"needs `{meta['requires']}`"] if meta["requires"] else []
            choices = kind_of(schema[key])
            if key == "generator":
                choices = ", ".join(f"`{name}`" for name in registry.GENERATORS)
            rows.append(
                [f"`{key}`", meta["group"], field.description or "", choices, ", ".join(notes)]
            )
        lines += table(["setting", "group", "meaning", "values", "notes"], rows)
        lines += [
            "",
            f"Values in the presets of `{model}`:",
            "",
            *presets_table(model, list(fields)),
        ]
    return "\n".join(lines) + "\n"


def config_page() -> str:
    """Every key of config.json."""
    rows = [
        [f"`{key}`", field.description or "", ""] for key, field in RunConfig.model_fields.items()
    ]
    rows += [
        ["`corpus`", "Data: folder, fingerprint, number of samples, genres, rejected files.", ""],
        ["`versions`", "Versions of coverzoo, TensorFlow, Keras, NumPy and Pillow.", ""],
        ["`python`", "Version of Python.", ""],
    ]
    return "\n".join(
        [
            "# config.json",
            "",
            "RUN/config.json holds everything that decides how a run is trained. A file with "
            "another `schema_version` is refused.",
            "",
            *table(["key", "meaning"], [row[:2] for row in rows]),
            "",
        ]
    )


def metrics_page() -> str:
    """Every key of metrics.jsonl."""
    return "\n".join(
        [
            "# metrics.jsonl",
            "",
            "RUN/metrics.jsonl holds one JSON object per line. A number that is not finite is "
            "`null`. TensorBoard shows step metrics as `train/KEY`, validation losses as "
            "`val/KEY` without the prefix `val_`, and results as `eval/RESULT_KEY`.",
            "",
            *table(["key", "meaning"], [[f"`{key}`", text] for key, text in METRIC_KEYS.items()]),
            "",
            "Results of evaluations are objects:",
            "",
            *table(
                ["result", "key", "meaning"],
                [
                    [f"`{result}`", f"`{key}`", text]
                    for result, keys in RESULT_KEYS.items()
                    for key, text in keys.items()
                ],
            ),
            "",
        ]
    )


def main() -> None:
    """Write the pages."""
    OUT.mkdir(exist_ok=True)
    for name, page in (
        ("settings", settings_page()),
        ("config", config_page()),
        ("metrics", metrics_page()),
    ):
        (OUT / f"{name}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
