"""From a run to a folder of artefacts, compared with the Keras model before they are published."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from coverzoo.errors import UserError, install_command
from coverzoo.export import manifest, metadata, publishing, saved_model, tflite, warmup, web
from coverzoo.export.compatibility import check_signatures
from coverzoo.export.examples import EXAMPLE_COUNT, Examples, built_in_corpus, load_examples
from coverzoo.export.formats import DEFAULT_FORMATS, check_version, parse_formats
from coverzoo.export.parity import Parity, Reference
from coverzoo.export.served_parity import file_parity, seeded_parity
from coverzoo.export.signatures import Signatures, float_signatures, served_signatures, to_bytes
from coverzoo.files import sha256
from coverzoo.training.run import Run

Log = Callable[[str], None]
LOGGER = logging.getLogger(__name__)
LOADS = 5  # times a model is loaded at most that a training replaces meanwhile


def _no_log(line: str) -> None:
    pass


@dataclass(frozen=True)
class Source:
    """What is exported, and what it is compared on.

    Attributes:
        run: The run.
        config: The configuration of the run.
        model: The model of the run.
        sha256: SHA-256 of the file that the model was loaded from.
        name: Name of the artefacts' files, such as `gan-audio`.
        root: Folder of the data; None for the built-in corpus, or if none is needed.
        examples: Examples of the test split to compare on.
    """

    run: Run
    config: dict[str, Any]
    model: Any
    sha256: str
    name: str
    root: Path | None
    examples: Examples

    @classmethod
    def from_run(cls, run: Run, data: Path | None = None) -> "Source":
        """The source of a run.

        Args:
            run: A run that has a model.
            data: Folder of the data; None for the data the run was trained on.

        Raises:
            UserError: If there is no model, no data where some is needed, or a training replaces
                the model whenever it is loaded.
        """
        config, model, digest = _load(run)
        trained_on = config.get("corpus", {}).get("root")
        root = data or (Path(trained_on) if trained_on else None)
        name = f"{config['model']}{'-audio' if config['audio'] else ''}"
        built_in = "data" in config and config["data"] is None
        if built_in and data is None and not (trained_on and Path(trained_on).is_dir()):
            # The built-in corpus is made again where its folder is not there.
            with built_in_corpus() as folder:
                root, examples = None, load_examples(model, folder)
        else:
            examples = load_examples(model, root)
        return cls(run, config, model, digest, name, root, examples)


def _load(run: Run) -> tuple[dict[str, Any], Any, str]:
    """The configuration of a run, its model and the SHA-256 of the model's file.

    A training may replace the file meanwhile: the model is loaded again if the file changed.
    """
    for _ in range(LOADS):
        before = _model_sha256(run)
        config, model = run.config(manifest.CONFIG_KEYS), run.model()
        if _model_sha256(run) == before:
            return config, model, before
    raise UserError(
        f"{run.model_file}: changed while it was loaded, {LOADS} times. "
        "Wait until its training has ended."
    )


def _model_sha256(run: Run) -> str:
    """The SHA-256 of model.keras; empty if it cannot be read, which `Run.model` reports."""
    try:
        return sha256(run.model_file)
    except OSError:
        return ""


def export_run(
    run: str | Path,
    out: str | Path,
    *,
    formats: str | Iterable[str] = DEFAULT_FORMATS,
    version: int | None = None,
    data: str | Path | None = None,
    allow_signature_change: bool = False,
    log: Log = _no_log,
) -> dict[str, Any]:
    """Export the model of a run, as `zoo-export` does.

    Args:
        run: Run directory, or `demo` for the bundled model.
        out: Folder of the artefacts.
        formats: One or several of `saved-model`, `tflite` and `web`.
        version: Version number of the SavedModel; None for one more than the highest.
        data: Folder of covers and tracks to compare on; None for the data of the run.
        allow_signature_change: Whether the SavedModel may have another image size or other inputs
            than the highest version that is there.
        log: Function that takes a line of progress.

    Returns:
        The manifest.

    Raises:
        UserError: If an argument cannot be used, or as `write_artefacts` does.
    """
    names = parse_formats(formats)
    number = check_version(version, names)
    source = Source.from_run(Run.named(run), None if data is None else Path(data))
    return write_artefacts(source, Path(out), names, log, number, allow_signature_change)


def write_artefacts(
    source: Source,
    out: Path,
    formats: Sequence[str],
    log: Log = _no_log,
    version: int | None = None,
    allow_signature_change: bool = False,
) -> dict[str, Any]:
    """Write artefacts of the formats into a folder.

    Everything, the manifest included, is written to a staging folder and compared first. What
    passes is renamed to its place, so that a server that watches the folder never reads an
    incomplete version. One export at a time writes to a folder.

    Args:
        source: What is exported.
        out: Folder of the artefacts.
        formats: Formats as `parse_formats` returns them.
        log: Function that takes a line of progress.
        version: Version number of the SavedModel; None for one more than the highest.
        allow_signature_change: See `export_run`.

    Returns:
        The manifest.

    Raises:
        UserError: If an artefact differs too much from the model, the folder holds another model's
            artefacts, a SavedModel with other inputs or a manifest that cannot be read, or another
            export is writing to it. Nothing is published then.
    """
    reference = Reference(source.model, source.examples)
    sections: dict[str, Any] = {}
    number = 0
    with publishing.staging_folder(out) as folder:
        manifest.check_name(source, out)
        if "saved_model" in formats:
            number = publishing.next_version(out / "saved_model", version)
            if not allow_signature_change:
                signatures = served_signatures(source.model)
                check_signatures(signatures, source.model.image_size, out / "saved_model")
        for name in formats:
            log(f"{name}: writing and comparing on {EXAMPLE_COUNT} examples")
            sections[name] = _WRITERS[name](source, reference, folder / name)
        faults = [fault for section in sections.values() for fault in manifest.faults(section)]
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise UserError(f"not exported, too far from the model: {faults[0]}{more}")
        written = manifest.write(source, out, folder, sections, number or None)
        if "tflite" in formats:
            files = [_tflite_name(source, weights) for weights in tflite.WEIGHT_TYPES]
            publishing.publish_files(folder / "tflite", out / "tflite", outdated=files)
        if "web" in formats:
            publishing.publish_folder(folder / "web", out / "web", folder / "replaced")
        if "saved_model" in formats:
            publishing.publish_version(folder / "saved_model", out / "saved_model", number)
        os.replace(folder / manifest.FILE, out / manifest.FILE)
        return written


def _write_saved_model(source: Source, reference: Reference, folder: Path) -> dict[str, Any]:
    signatures = served_signatures(source.model)
    saved_model.write(source.model, signatures, folder)
    warmup.write(signatures, _warmup_inputs(source), folder)
    session = saved_model.Session(folder)
    try:
        found = [reference.compare(name, session.run) for name in float_signatures(source.model)]
        found += seeded_parity(source.model, source.examples, session)
        found += file_parity(source.model, source.examples, session)
    finally:
        session.close()
    return {"signatures": saved_model.table(folder), "parity": _to_json({"float32": found})}


def _warmup_inputs(source: Source) -> dict[str, np.ndarray]:
    """One row of every input of a SavedModel."""
    values = {key: value[:1] for key, value in source.examples.values.items()}
    values["seeds"] = np.zeros(1, np.int64)
    if "image" in values:
        png = tf.io.encode_png(to_bytes(values["image"][0])).numpy()
        values["image_bytes"] = np.array([png], object)
    return values


def _write_tflite(source: Source, reference: Reference, folder: Path) -> dict[str, Any]:
    float32 = tflite.convert(source.model)
    offered = tflite.signatures(source.model)
    contents = {"float32": float32}
    if tflite.has_quantizer():
        where = tflite.quantizable(source.model)
        contents["float16"] = tflite.with_float16_weights(float32, where)
        contents["int8"] = tflite.with_int8_weights(float32, where)
    else:
        LOGGER.warning(
            "tflite: only float32 is written; float16 and int8 need ai-edge-quantizer. "
            "Install it with: %s",
            install_command("export"),
        )
    folder.mkdir()
    parity = {}
    for weights, content in contents.items():
        parity[weights] = _compare_tflite(reference, content, offered)
        (folder / _tflite_name(source, weights)).write_bytes(content)
    table = tflite.Interpreter(float32).table()
    metadata.write_metadata(source, table, folder / f"{source.name}.json")
    return {"weights": list(contents), "signatures": table, "parity": _to_json(parity)}


def _tflite_name(source: Source, weights: str) -> str:
    return f"{source.name}-{weights}.tflite"


def _write_web(source: Source, reference: Reference, folder: Path) -> dict[str, Any]:
    offered = web.signatures(source.model)
    content = tflite.convert(source.model, offered=offered)
    found = _compare_tflite(reference, content, offered)
    web.write(source, content, folder)
    return {
        "signatures": tflite.Interpreter(content).table(),
        "parity": _to_json({"float32": found}),
    }


def _compare_tflite(reference: Reference, content: bytes, offered: Signatures) -> list[Parity]:
    """Compare the signatures of a TFLite file, NAME_ROWS, with the model's."""
    interpreter = tflite.Interpreter(content)
    found = []
    for artefact_name in offered:
        name, _, rows = artefact_name.rpartition("_")
        found.append(reference.compare(name, interpreter.run, artefact_name, int(rows)))
    return found


def _to_json(found: dict[str, list[Parity]]) -> dict[str, Any]:
    return {weights: [parity.to_json() for parity in each] for weights, each in found.items()}


_WRITERS = {"saved_model": _write_saved_model, "tflite": _write_tflite, "web": _write_web}
