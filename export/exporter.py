"""From a run to a folder of artefacts, each proved against the Keras model before it is seen."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.errors import UserError
from coverzoo.export import (
    manifest,
    saved_model,
    tflite,
    warmup,
    web,
)
from coverzoo.export import (
    served_parity as conveniences,
)
from coverzoo.export.examples import COUNT, Examples, drawn, examples
from coverzoo.export.parity import Parity, Reference
from coverzoo.export.signatures import Signatures, core, served
from coverzoo.export.signatures import to_bytes as to_uint8
from coverzoo.training.run import Run

FORMATS = ("saved_model", "tflite")  # unless others are asked for: `web` needs npm
Say = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """What is exported, and what it is compared on.

    Attributes:
        run: the run.
        model: its model.
        name: of files.
        root: of the data; None for none, or the built-in corpus.
        examples: of the test split, to compare by.
    """

    run: Run
    model: Any
    name: str
    root: Path | None
    examples: Examples

    @classmethod
    def of(cls, run: Run, data: Path | None = None) -> "Source":
        """The source of a run.

        Args:
            run: that was trained.
            data: folder of the data, instead of the one it was trained on.

        Raises:
            UserError: if there is no model, or no data where some is needed.
        """
        config, model = run.config(manifest.ORIGIN), run.model()
        known = config.get("corpus", {}).get("root")
        root = data or (Path(known) if known else None)
        name = f"{config['model']}{'-audio' if config['audio'] else ''}"
        built_in = "data" in config and config["data"] is None
        if built_in and data is None and not (known and Path(known).is_dir()):
            # It was trained on the built-in corpus, which is drawn anew where it is not.
            with drawn() as folder:
                return cls(run, model, name, None, examples(model, folder))
        return cls(run, model, name, root, examples(model, root))


def export(
    source: Source,
    out: Path,
    formats: Sequence[str],
    say: Say = print,
    version: int | None = None,
) -> dict[str, Any]:
    """Write artefacts of the formats into a folder; gives the manifest.

    Everything, the manifest too, is written aside and compared first. What passes is renamed into
    its place, so that a server that watches the folder never sees half of a version. One export at
    a time writes to a folder.

    Args:
        source: what is exported.
        out: the folder.
        formats: keys of `FORMATS`, or `web`.
        say: prints a line.
        version: of the SavedModel; None for one more than the highest there is.

    Raises:
        UserError: if an artefact is too far from the model, the folder holds another model's, or
            another export is writing to it; nothing is published then.
    """
    reference = Reference(source.model, source.examples)
    sections: dict[str, Any] = {}
    with _aside(out) as folder:
        manifest.check(source, out)
        if "saved_model" in formats:
            version = manifest.free_version(out / "saved_model", version)
        for name in formats:
            say(f"{name}: writing and comparing on {COUNT} examples")
            sections[name] = _WRITERS[name](source, reference, folder / name)
        faults = [fault for section in sections.values() for fault in manifest.faults(section)]
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise UserError(f"not exported, too far from the model: {faults[0]}{more}")
        told = manifest.write(source, out, folder, sections, version)
        if "tflite" in formats:
            manifest.publish_files(folder / "tflite", out / "tflite")
        if "web" in formats:
            manifest.publish_folder(folder / "web", out / "web", folder / "old")
        if "saved_model" in formats:
            manifest.publish_version(folder / "saved_model", out / "saved_model", version)
        os.replace(folder / manifest.FILE, out / manifest.FILE)
        return told


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """A folder on the same disk, which is gone in the end; no other export has one there."""
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise UserError("exports need filelock: pip install 'coverzoo[export]'") from error
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    folder, lock_file = out / ".partial", out / ".lock"
    try:
        with FileLock(lock_file).acquire(blocking=False):
            shutil.rmtree(folder, ignore_errors=True)  # what a kill left
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                left = {entry.name for entry in out.iterdir()}
                if left <= {lock_file.name}:  # nothing was published
                    lock_file.unlink(missing_ok=True)
                    if made:
                        out.rmdir()
    except Timeout:
        raise UserError(
            f"--out {out}: another export is writing there. Let it end, or give another folder."
        ) from None
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(out)) from error


def _write_saved_model(source: Source, reference: Reference, folder: Path) -> dict[str, Any]:
    signatures = served(source.model)
    saved_model.write(source.model, signatures, folder)
    warmup.write(signatures, _request(source), folder)
    session = saved_model.Session(folder)
    try:
        found = [reference.compare(name, session.run) for name in core(source.model)]
        found += conveniences.from_seeds(source, session)
        found += conveniences.from_files(source, session)
    finally:
        session.close()
    return {"signatures": saved_model.table(folder), "parity": _parity({"float32": found})}


def _request(source: Source) -> dict[str, np.ndarray]:
    """A row of every input a server takes."""
    import tensorflow as tf

    values = {key: value[:1] for key, value in source.examples.values.items()}
    values["seeds"] = np.zeros(1, np.int64)
    if "image" in values:
        png = tf.io.encode_png(to_uint8(values["image"][0])).numpy()
        values["image_bytes"] = np.array([png], object)
    return values


def _write_tflite(source: Source, reference: Reference, folder: Path) -> dict[str, Any]:
    whole = tflite.convert(source.model)
    offered = tflite.signatures(source.model)
    where = tflite.robust(source.model)
    contents = {
        "float32": whole,
        "float16": tflite.with_float16_weights(whole, where),
        "int8": tflite.with_int8_weights(whole, where),
    }
    folder.mkdir()
    parity = {}
    for kind, content in contents.items():
        parity[kind] = _compared(reference, content, offered)
        (folder / f"{source.name}-{kind}.tflite").write_bytes(content)
    table = tflite.Interpreter(whole).table()
    manifest.write_card(source, table, folder / f"{source.name}.json")
    return {"signatures": table, "parity": _parity(parity)}


def _write_web(source: Source, reference: Reference, folder: Path) -> dict[str, Any]:
    offered = web.signatures(source.model)
    content = tflite.convert(source.model, offered=offered)
    found = _compared(reference, content, offered)
    web.write(source, content, folder)
    return {
        "signatures": tflite.Interpreter(content).table(),
        "parity": _parity({"float32": found}),
    }


def _compared(reference: Reference, content: bytes, offered: Signatures) -> list[Parity]:
    """The signatures of a TFLite file, NAME_ROWS, against the model's."""
    interpreter = tflite.Interpreter(content)
    return [
        reference.compare(
            name.rpartition("_")[0], interpreter.run, name, int(name.rpartition("_")[2])
        )
        for name in offered
    ]


def _parity(found: dict[str, list[Parity]]) -> dict[str, Any]:
    return {kind: [parity.to_json() for parity in each] for kind, each in found.items()}


_WRITERS = {"saved_model": _write_saved_model, "tflite": _write_tflite, "web": _write_web}
