"""Copies into the distribution what it shares with the project: `python device/copies.py`.

A wheel is built from this folder alone and must not bring the project's packages along, whose
names another distribution owns. So their files lie here again, under another package name; a test
holds that they are what this script makes of the originals.
"""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
SHARED = HERE / "coverzoo_device" / "shared"
FILES = {
    PROJECT / "LICENSE": HERE / "LICENSE",
    PROJECT / "zoo/noise.py": SHARED / "noise.py",
    **{
        PROJECT / "corpus" / name: SHARED / name
        for name in (
            "documents.py",
            "errors.py",
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
    text = re.sub(r"\bcorpus\b", "coverzoo_device.shared", text)
    return text.replace("coverzoo[audio]", "coverzoo-device[audio]")


if __name__ == "__main__":
    for original, copy in FILES.items():
        copy.write_text(copied(original), encoding="utf-8")
