"""The manifest of an export: files with checksums, signatures, parity and origin."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from coverzoo.errors import UserError
from coverzoo.export.parity import Parity
from coverzoo.export.publishing import version_numbers
from coverzoo.files import sha256

FILE = "manifest.json"
CONFIG_KEYS = ("model", "audio", "preset", "seed")  # of the run's configuration
PACKAGES = ("coverzoo", "tensorflow", "keras", "numpy", "ai-edge-litert", "ai-edge-quantizer")


def faults(section: dict[str, Any]) -> list[str]:
    """What exceeds the limits of parity in a section of a manifest, a line each."""
    return [
        fault
        for weight_type, records in section["parity"].items()
        for record in records
        for fault in Parity(**record).faults(weight_type)
    ]


def check_name(source: Any, out: Path) -> None:
    """Raise UserError where a folder holds artefacts of another kind of model, or unknown ones."""
    other = _read(out / FILE).get("name", source.name)
    if other != source.name:
        raise UserError(
            f"--out {out}: holds artefacts of {other}, not of {source.name}. Give another folder."
        )


def write(
    source: Any, out: Path, staging: Path, sections: dict[str, Any], number: int | None
) -> dict[str, Any]:
    """Write the manifest of the artefacts in the staging folder, beside them.

    Sections of other formats that earlier exports wrote are kept, and so are those of versions of
    the SavedModel that are still there. Every section names its run.

    Args:
        source: What is exported, a `coverzoo.export.exporter.Source`.
        out: Folder where the artefacts will be published.
        staging: Folder where they and the manifest are.
        sections: Signatures and parity by format.
        number: Version number of the SavedModel, if there is one among them.

    Returns:
        The manifest.
    """
    origin = {
        "versions": {"python": platform.python_version(), **_package_versions()},
        "run": {
            "path": str(source.run.path),
            "image_size": source.model.image_size,
            **{key: source.config[key] for key in CONFIG_KEYS},
            "sha256": source.sha256,
        },
        "data": None if source.root is None else str(source.root),
    }
    manifest = _read(out / FILE)
    for name, section in sections.items():
        place = f"saved_model/{number}" if name == "saved_model" else name
        sections[name] = {**origin, **section, "files": _files(staging / name, place)}
    if "saved_model" in sections:
        before = manifest.get("saved_model", {})
        published = version_numbers(out / "saved_model")
        sections["saved_model"] |= {
            "version": number,
            "earlier": [
                {key: value for key, value in each.items() if key != "earlier"}
                for each in [before, *before.get("earlier", [])]
                if each.get("version") in published
            ],
        }
    manifest = {**manifest, "name": source.name, **sections}
    (staging / FILE).write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def _read(file: Path) -> dict[str, Any]:
    """The manifest in a file; empty where there is none.

    Raises:
        UserError: If the file cannot be read or holds something else.
    """
    try:
        manifest = json.loads(file.read_text())
        if not isinstance(manifest, dict) or "name" not in manifest:
            raise ValueError("zoo-export did not write it")
        return manifest
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(
            f"{file}: cannot be read: {reason}. Restore or delete it, or give another --out."
        ) from error


def _package_versions() -> dict[str, str | None]:
    """Versions of the packages that artefacts depend on; None where one is not installed."""
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def _files(folder: Path, place: str) -> list[dict[str, Any]]:
    """The files of a folder, with the paths they will have when published."""
    return [
        {
            "path": f"{place}/{file.relative_to(folder).as_posix()}",
            "bytes": file.stat().st_size,
            "sha256": sha256(file),
        }
        for file in sorted(path for path in folder.rglob("*") if path.is_file())
    ]
