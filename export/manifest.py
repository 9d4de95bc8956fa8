"""What an export says of itself, and how it comes into its place."""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coverzoo.errors import UserError
from coverzoo.export.parity import Parity

FILE = "manifest.json"
ORIGIN = ("model", "audio", "preset", "seed")  # what is told of a run's configuration
PACKAGES = ("coverzoo", "tensorflow", "keras", "numpy", "ai-edge-litert", "ai-edge-quantizer")


def faults(section: dict[str, Any]) -> list[str]:
    """What is too far off in a section of a manifest."""
    return [
        fault
        for kind, each in section["parity"].items()
        for record in each
        for fault in Parity(**record).faults(kind)
    ]


def publish_files(source: Path, target: Path) -> None:
    """Rename the files of a folder into another, each in one go."""
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.iterdir()):
        os.replace(file, target / file.name)


def publish_folder(source: Path, target: Path, aside: Path) -> None:
    """Rename a folder into the place of another, which goes aside."""
    if target.exists():
        os.rename(target, aside)
    os.rename(source, target)


def publish_version(source: Path, target: Path, number: int | None) -> None:
    """Rename a SavedModel to its number in a folder that a server may watch."""
    target.mkdir(parents=True, exist_ok=True)
    os.rename(source, target / str(number))


def free_version(folder: Path, wanted: int | None = None) -> int:
    """The number of a new SavedModel: the one wanted, else one more than the highest there is.

    Raises:
        UserError: if the one wanted is taken.
    """
    taken = _numbers(folder)
    if wanted in taken:
        raise UserError(
            f"--version {wanted}: {folder / str(wanted)} is there already. Give another number."
        )
    return max(taken, default=0) + 1 if wanted is None else wanted


def check(source: Any, out: Path) -> None:
    """Refuse a folder that holds the artefacts of another kind of model.

    Raises:
        UserError: naming it.
    """
    other = _told(out / FILE).get("name", source.name)
    if other != source.name:
        raise UserError(
            f"--out {out}: holds artefacts of {other}, not of {source.name}. Give another folder."
        )


def write(
    source: Any, out: Path, aside: Path, sections: dict[str, Any], version: int | None
) -> dict[str, Any]:
    """Write the manifest of what lies aside, beside it; gives it.

    What earlier exports said of other formats stays, and so does what they said of versions of the
    SavedModel that are still there. Every section says which run it is of.

    Args:
        source: what is exported.
        out: where the artefacts are to be.
        aside: where they, and the manifest, are.
        sections: by format: signatures and parity.
        version: of the SavedModel.
    """
    config = source.run.config()
    origin = {
        "versions": {"python": platform.python_version(), **_versions()},
        "run": {
            "path": str(source.run.path),
            "image_size": source.model.image_size,
            **{key: config[key] for key in ORIGIN},
            "sha256": sha256(source.run.model_file),
        },
        "data": None if source.root is None else str(source.root),
    }
    told = _told(out / FILE)
    for name, section in sections.items():
        place = f"saved_model/{version}" if name == "saved_model" else name
        sections[name] = {**origin, **section, "files": _listing(aside / name, place)}
    if "saved_model" in sections:
        before = told.get("saved_model", {})
        earlier = [before, *before.get("earlier", [])]
        there = _numbers(out / "saved_model")
        sections["saved_model"] |= {
            "version": version,
            "earlier": [
                {key: value for key, value in each.items() if key != "earlier"}
                for each in earlier
                if each.get("version") in there
            ],
        }
    told = {**told, "name": source.name, **sections}
    (aside / FILE).write_text(json.dumps(told, indent=2) + "\n")
    return told


def write_card(source: Any, table: dict[str, Any], file: Path) -> None:
    """What a program on a device must know of the TFLite files beside it, which are there."""
    model = source.model
    encoder = getattr(model, "audio_encoder", None)
    names = {kind: f"{source.name}-{kind}.tflite" for kind in ("float32", "float16", "int8")}
    files = {kind: name for kind, name in names.items() if file.with_name(name).is_file()}
    card: dict[str, Any] = {
        "name": source.name,
        "image_size": model.image_size,
        "files": files,
        "sha256": {kind: sha256(file.with_name(name)) for kind, name in files.items()},
        "signatures": table,
        "image": "float32 (B, S, S, 3) in [-1, 1]; a byte is round((x + 1) 127.5)",
    }
    if hasattr(model, "latent_dim"):
        card["latent_dim"] = model.latent_dim
        card["z"] = _NOISE
    if encoder is not None:
        card["audio"] = {
            "width": encoder.width,
            "values": "raw, unscaled; the features of corpus/schema.json, averages then deviations",
            "strength": encoder.null,
        }
    file.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")


_NOISE = (
    "standard normal; value c of code (seed, index): h(k) = mix(mix(k) + b), "
    "b = mix(mix(mix(lo) + hi) + index) with lo and hi the halves of the 64-bit seed, "
    "mix(x): x += 0x9e3779b9; x ^= x >> 16; x *= 0x7feb352d; x ^= x >> 15; x *= 0x846ca68b; "
    "x ^= x >> 16, all in 32 bits; u(k) = ((h(k) >> 9) + 0.5) / 2^23; "
    "z = sqrt(-2 ln u(2k)) cos(2 pi u(2k + 1)), k = c + attempt * 65536; with truncation T the "
    "first of 64 attempts with |z| <= T, else the last one clipped"
)


def _told(file: Path) -> dict[str, Any]:
    """A manifest that is there, else nothing."""
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _numbers(folder: Path) -> set[int]:
    """The versions in a folder of SavedModels."""
    if not folder.is_dir():
        return set()
    return {int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal()}


def _versions() -> dict[str, str]:
    return {package: version(package) for package in PACKAGES}


def _listing(folder: Path, place: str) -> list[dict[str, Any]]:
    """The files of a folder, as they will lie at a place."""
    return [
        {
            "path": f"{place}/{file.relative_to(folder).as_posix()}",
            "bytes": file.stat().st_size,
            "sha256": sha256(file),
        }
        for file in sorted(path for path in folder.rglob("*") if path.is_file())
    ]


def sha256(file: Path) -> str:
    """The digest of a file's content, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
