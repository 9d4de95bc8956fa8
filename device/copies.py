"""Copies into the distribution what it shares with the project: `python device/copies.py`.

A wheel must not contain the package `coverzoo`, which another distribution installs. So its build
copies the shared files under another package name; the copies are not kept in the repository.
"""

import os
import re
from pathlib import Path

DEVICE = Path(__file__).resolve().parent
PROJECT = DEVICE.parent
SHARED = DEVICE / "coverzoo_device" / "shared"
FILES = {
    PROJECT / "LICENSE": DEVICE / "LICENSE",
    PROJECT / "core/errors.py": SHARED / "errors.py",
    PROJECT / "core/files.py": SHARED / "files.py",
    PROJECT / "core/grids.py": SHARED / "grids.py",
    PROJECT / "core/typicality.py": SHARED / "typicality.py",
    PROJECT / "core/png_text.py": SHARED / "png_text.py",
    PROJECT / "zoo/noise.py": SHARED / "noise.py",
    **{
        PROJECT / "corpus" / name: SHARED / name
        for name in (
            "decoding.py",
            "documents.py",
            "music.py",
            "schema.json",
            "schema.py",
            "tracks.py",
            "vectors.py",
        )
    },
}


def copied(original: Path) -> str:
    """The text of the copy of a file."""
    text = original.read_text(encoding="utf-8")
    if original.suffix != ".py":
        return text
    # The shared packages of the project become one package here.
    text = re.sub(r"\bcoverzoo\.(corpus|zoo)\b", "coverzoo_device.shared", text)
    text = re.sub(r"\bcoverzoo\.(errors|files)\b", r"coverzoo_device.shared.\1", text)
    return text.replace('DISTRIBUTION = "coverzoo"', 'DISTRIBUTION = "coverzoo-device"')


def main() -> None:
    """Write every copy; in an sdist, which has copies but no originals, write nothing."""
    for original, copy in FILES.items():
        if original.is_file():
            # Written, then renamed: tests may run this in several processes at once.
            temporary = copy.with_name(f".{copy.name}.{os.getpid()}")
            temporary.write_text(copied(original), encoding="utf-8")
            os.replace(temporary, copy)


if __name__ == "__main__":
    main()
