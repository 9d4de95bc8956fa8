"""Write the reference pages that follow from the code: settings, files of a run, signatures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coverzoo.evaluation.figures import CONTROLS, FIGURES
from coverzoo.evaluation.metrics_keys import METRICS_KEYS
from coverzoo.training.config import RunConfig
from coverzoo.training.metric_keys import METRIC_KEYS
from coverzoo.zoo import registry

OUT = Path(__file__).resolve().parent / "reference"
SIDE = 32  # of the covers of the models whose signatures are listed; shapes are shown by name
AUDIO_WIDTH = 1160
# A signature, an input or an output without a line here fails the build.
SIGNATURES = {
    "sample": "Generates covers without audio.",
    "sample_audio": "Generates covers for tracks.",
    "sample_seeded": "Generates the first cover of `zoo-sample --seed`, without audio.",
    "sample_seeded_audio": "Generates the first cover of `zoo-sample --seed` for tracks.",
    "sample_seeded_png": "As `sample_seeded`, without pixels, for small REST responses.",
    "sample_seeded_audio_png": "As `sample_seeded_audio`, without pixels.",
    "reconstruct": "Encodes and decodes covers.",
    "reconstruct_audio": "Encodes covers, and decodes them for tracks.",
    "reconstruct_bytes": "As `reconstruct`, from image files.",
    "encode": "Encodes covers.",
    "encode_bytes": "As `encode`, from image files.",
    "decode": "Decodes codes without audio.",
    "decode_audio": "Decodes codes for tracks.",
}
VALUES = {
    "z": ("(B, latent_dim)", "Standard normal noise; `coverzoo.zoo.noise.normal` draws it."),
    "seeds": ("(B,)", "Seeds of the noise; equal seeds give equal covers."),
    "audio": ("(B, 1160)", "Raw [audio features](../explanation/features.md)."),
    "strength": (
        "(B,)",
        "Effect of the audio: 0 none, 1 as in training. A model without a null condition "
        "(`condition_dropout=0`) does not have this input, nor the signatures without audio.",
    ),
    "image": ("(B, S, S, 3)", "Covers in [-1, 1]; S is the model's image size."),
    "image_uint8": ("(B, S, S, 3)", "The same covers in 0 to 255."),
    "image_bytes": (
        "(B,)",
        "Outputs: PNG files. Inputs: JPEG or PNG files of up to 2²⁴ pixels. Base64 in REST.",
    ),
    "code": ("(B, …)", "Codes, as the model's encoder returns them."),
    "typicality": (
        "(B,)",
        "Percentile in [0, 100] of a track's distance from the training data, see "
        "[typicality](../explanation/features.md#typicality). Models that scale no features "
        "(`scale_features=false`), and those of earlier versions, do not have it.",
    ),
}
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
    if "minimum" in schema and "maximum" in schema:
        return f"{found}, {schema['minimum']:g} to {schema['maximum']:g}"
    if "exclusiveMinimum" in schema and "maximum" in schema:
        return f"{found} above {schema['exclusiveMinimum']:g}, up to {schema['maximum']:g}"
    # A no-break space keeps the sign and the number on one line.
    low = [f"≥\N{NO-BREAK SPACE}{schema['minimum']:g}"] if "minimum" in schema else []
    high = [f"≤\N{NO-BREAK SPACE}{schema['maximum']:g}"] if "maximum" in schema else []
    return " ".join([found, *low, *high])


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


def settings_table(fields: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Meaning and values of settings."""
    rows = []
    for key, field in fields.items():
        meta = registry.meta(field)
        notes = ["audio"] * meta["audio"]
        notes += [f"needs `{meta['requires']}`"] if meta["requires"] else []
        kind = kind_of(schema[key])
        rows.append([f"`{key}`", meta["group"], field.description or "", kind, ", ".join(notes)])
    return table(["setting", "group", "meaning", "values", "notes"], rows)


def settings_page() -> str:
    """Every setting of every model, with its values in each preset."""
    lines = [
        "# Settings",
        "",
        "`zoo-train --set KEY=VALUE` changes a setting. `zoo-train --list --model MODEL` prints "
        "the settings of one model with their meanings, choices and values in the presets; bounds "
        "and notes are on this page only. A setting marked *audio* has an effect only with "
        "`--audio`.",
    ]
    for model, entry in registry.MODELS.items():
        fields = registry.fields_of(model)
        lines += ["", f"## {model}", "", f"{entry.summary[0].upper()}{entry.summary[1:]}.", ""]
        lines += settings_table(fields, registry.schema_of(model)["properties"])
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
            "`val/KEY` without the prefix `val_`, and figures of evaluations as `eval/FIGURE`.",
            "",
            *table(["key", "meaning"], [[f"`{key}`", text] for key, text in METRIC_KEYS.items()]),
            "",
            "Figures of `evaluation`, which `zoo-eval compare` shows too. `--keep-best` takes "
            "those of which the last column says what is better:",
            "",
            *table(
                ["figure", "in metrics.json", "meaning", "better"],
                [
                    [f"`{name}`", f"`{'.'.join(each.keys)}`", each.meaning, each.better or ""]
                    for name, each in {**FIGURES, **CONTROLS}.items()
                ],
            ),
            "",
        ]
    )


def evaluation_page() -> str:
    """Every key of metrics.json."""
    return "\n".join(
        [
            "# metrics.json",
            "",
            "`zoo-eval run` writes metrics.json and report.html to RUN/evaluation/SPLIT. Keys of "
            "nested objects are joined by dots; `*` stands for a name, of a genre for example. A "
            "number that is not finite is `null`. Sections that a model does not have are left "
            "out.",
            "",
            *table(["key", "meaning"], [[f"`{key}`", text] for key, text in METRICS_KEYS.items()]),
            "",
        ]
    )


def exported(model: str, audio: bool) -> tuple[Any, set[str]]:
    """Signatures of a small model's SavedModel, and the names of those that TFLite files have."""
    from coverzoo.export.signatures import float_signatures, served_signatures

    settings = registry.settings_of(model, "small", audio, {"image_size": SIDE})
    built = registry.build(model, settings, audio_width=AUDIO_WIDTH if audio else 0)
    return served_signatures(built.generative), set(float_signatures(built.generative))


def outputs_of(signature: Any) -> dict[str, str]:
    """The dtype of every output of a signature, by name."""
    import tensorflow as tf

    specs = list(signature.inputs.values())
    traced = tf.function(signature.function, input_signature=specs, autograph=False)
    outputs = traced.get_concrete_function().structured_outputs
    return {name: value.dtype.name for name, value in outputs.items()}


def offered_by(variants: set[tuple[str, bool]]) -> str:
    """Models that offer a signature, of which some do only with or only without audio."""
    groups: dict[str, list[str]] = {"": [], " with audio": [], " without audio": []}
    for model in registry.MODELS:
        found = [audio for name, audio in variants if name == model]
        if len(found) == 1 and registry.MODELS[model].audio:
            groups[" with audio" if found[0] else " without audio"].append(f"`{model}`")
        elif found:
            groups[""].append(f"`{model}`")
    return "; ".join(", ".join(names) + group for group, names in groups.items() if names)


def signatures_page(models: Sequence[str] = tuple(registry.MODELS)) -> str:
    """Every signature of an export, with its inputs, its outputs and the models that offer it."""
    from coverzoo import backend

    backend.start()
    from coverzoo.export import tflite

    signatures: dict[str, Any] = {}
    on_device: set[str] = set()
    offers: dict[str, set[tuple[str, bool]]] = {}
    for model in models:
        for audio in (False, True)[: 1 + registry.MODELS[model].audio]:
            found, names = exported(model, audio)
            on_device |= names
            for name, signature in found.items():
                signatures.setdefault(name, signature)
                offers.setdefault(name, set()).add((model, audio))
    dtypes: dict[str, str] = {}
    rows: dict[bool, list[list[str]]] = {True: [], False: []}  # by whether TFLite files have them
    for name in sorted(signatures, key=list(SIGNATURES).index):
        inputs = {key: spec.dtype.name for key, spec in signatures[name].inputs.items()}
        outputs = outputs_of(signatures[name])
        dtypes |= inputs | outputs
        rows[name in on_device].append(
            [
                f"`{name}`",
                SIGNATURES[name],
                ", ".join(f"`{key}`" for key in inputs),
                ", ".join(f"`{key}`" for key in sorted(outputs)),
                offered_by(offers[name]),
            ]
        )
    values = [
        [f"`{key}`", dtypes[key], shape, meaning]
        for key, (shape, meaning) in VALUES.items()
        if key in dtypes
    ]
    if missing := dtypes.keys() - VALUES.keys():
        raise KeyError(f"VALUES describes no {', '.join(sorted(missing))}")
    header = ["signature", "effect", "inputs", "outputs", "models"]
    sizes = " and ".join(map(str, tflite.BATCH_SIZES))
    examples = " and ".join(f"`sample_{rows}`" for rows in tflite.BATCH_SIZES)
    return "\n".join(
        [
            "# Signatures",
            "",
            "Axis 0 of every input and output is the batch, B.",
            "",
            "## In SavedModels and TFLite files",
            "",
            "A SavedModel takes any batch size; a TFLite file has each signature for batches of "
            f"{sizes}, as {examples}, and has no `image_uint8`.",
            "",
            *table(header, rows[True]),
            "",
            "## In SavedModels only",
            "",
            *table(header, rows[False]),
            "",
            "## Inputs and outputs",
            "",
            *table(["input or output", "type", "shape", "meaning"], values),
            "",
        ]
    )


def main() -> None:
    """Write the pages that have changed."""
    OUT.mkdir(exist_ok=True)
    for name, page in (
        ("settings", settings_page()),
        ("config", config_page()),
        ("metrics", metrics_page()),
        ("evaluation", evaluation_page()),
        ("signatures", signatures_page()),
    ):
        path = OUT / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
