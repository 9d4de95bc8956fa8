"""Copies into the distribution what it shares with the project: `python device/copies.py`.

A wheel must not bring the project's packages along, whose names another distribution owns. So its
build copies their files under another package name; the copies are not kept in the repository.
"""

import os
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
SHARED = HERE / "coverzoo_device" / "shared"
FILES = {
    PROJECT / "LICENSE": HERE / "LICENSE",
    PROJECT / "core/errors.py": SHARED / "errors.py",
    PROJECT / "core/files.py": SHARED / "files.py",
    PROJECT / "zoo/noise.py": SHARED / "noise.py",
    **{
        PROJECT / "corpus" / name: SHARED / name
        for name in (
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
    """What the copy of a file must hold."""
    text = original.read_text(encoding="utf-8")
    if original.suffix != ".py":
        return text
    # The packages of the project that are shared become one package here.
    text = re.sub(r"\bcoverzoo\.(corpus|zoo)\b", "coverzoo_device.shared", text)
    text = re.sub(r"\bcoverzoo\.(errors|files)\b", r"coverzoo_device.shared.\1", text)
    return text.replace('DISTRIBUTION = "coverzoo"', 'DISTRIBUTION = "coverzoo-device"')


def main() -> None:
    """Write every copy; in an sdist, which has copies and no originals, nothing."""
    for original, copy in FILES.items():
        if original.is_file():
            # Aside first: tests in several processes may be at it at once.
            aside = copy.with_name(f".{copy.name}.{os.getpid()}")
            aside.write_text(copied(original), encoding="utf-8")
            os.replace(aside, copy)


if __name__ == "__main__":
    main()
