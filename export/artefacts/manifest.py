"""What an export says of itself, and how it comes into its place."""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from export.artefacts.parity import Parity

FILE = "manifest.json"
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


def publish_version(source: Path, target: Path) -> int:
    """Rename a SavedModel to the next number in a folder that a server may watch; gives it."""
    target.mkdir(parents=True, exist_ok=True)
    taken = [int(entry.name) for entry in target.iterdir() if entry.name.isdecimal()]
    number = max(taken, default=0) + 1
    os.rename(source, target / str(number))
    return number


def write(source: Any, out: Path, sections: dict[str, Any]) -> dict[str, Any]:
    """Write the manifest of a folder; what an earlier export said of other formats stays."""
    file = out / FILE
    config = source.run.config()
    places = {"tflite": out / "tflite", "web": out / "web"}
    if "saved_model" in sections:
        places["saved_model"] = out / "saved_model" / str(sections["saved_model"]["version"])
    for name, section in sections.items():
        section["files"] = _listing(places[name], out)
    told = {
        "versions": {"python": platform.python_version(), **_versions()},
        "run": {
            "path": str(source.run.path),
            "image_size": source.model.image_size,
            **{key: config[key] for key in ("model", "audio", "preset", "seed")},
        },
        "data": None if source.root is None else str(source.root),
        **_earlier(file, source.name),
        "name": source.name,
        **sections,
    }
    temporary = out / ".manifest.partial"
    temporary.write_text(json.dumps(told, indent=2) + "\n")
    os.replace(temporary, file)
    return told


def write_card(source: Any, table: dict[str, Any], file: Path) -> None:
    """What a program on a device must know of the TFLite files beside it."""
    model = source.model
    encoder = getattr(model, "audio_encoder", None)
    card: dict[str, Any] = {
        "name": source.name,
        "image_size": model.image_size,
        "files": {kind: f"{source.name}-{kind}.tflite" for kind in ("float32", "float16", "int8")},
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


def _earlier(file: Path, name: str) -> dict[str, Any]:
    """The sections of a manifest that is there, if it is of the same kind of model."""
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if told.get("name") != name:
        return {}
    return {key: told[key] for key in ("saved_model", "tflite", "web") if key in told}


def _versions() -> dict[str, str]:
    return {package: version(package) for package in PACKAGES}


def _listing(folder: Path, out: Path) -> list[dict[str, Any]]:
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        found.append(
            {
                "path": file.relative_to(out).as_posix(),
                "bytes": file.stat().st_size,
                "sha256": digest,
            }
        )
    return found
