"""Fonts that are installed, by the characters they have."""

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from PIL import ImageFont

SUFFIXES = (".otf", ".ttc", ".ttf")
FOLDERS = {
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("%WINDIR%/Fonts", "%LOCALAPPDATA%/Microsoft/Windows/Fonts"),
}
OTHER_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")

_MISSING = "\uffff"  # not a character: every font draws its replacement box for it
_STYLES = (
    "bold",
    "italic",
    "oblique",
    "mono",
    "condensed",
    "light",
    "thin",
    "black",
    "serif",
    "math",
)
_WITHOUT_LETTERS = ("lastresort", "blank")  # fonts that have a box, or nothing, for everything


def fonts_for(text: str, size: float) -> tuple[list[Any], str]:
    """The fonts to draw a text in: one that has all its characters, or else several.

    Pillow's own font comes first, then those in the system's font folders, plain ones before
    others.

    Args:
        text: Text to draw.
        size: Size of the fonts in pixels.

    Returns:
        The fonts, of which every one has a character that those before it lack, and the
        characters of the text that no font has.
    """
    several: list[Any] = []
    missing = "".join(dict.fromkeys(text))
    for font in _fonts(size):
        lacked = lacking(text, font)
        if not lacked:
            return [font], ""
        left = "".join(character for character in missing if character in lacked)
        if left != missing or not several:
            several.append(font)
        missing = left
    return several, missing


def lacking(text: str, font: Any) -> str:
    """Characters of a text that a font lacks, each once, in their order.

    Blanks, and characters that only change how others are drawn, are never among them.

    Args:
        text: Text to draw.
        font: Font of Pillow.
    """
    box = _glyph(_MISSING, font)
    return "".join(
        character
        for character in dict.fromkeys(unicodedata.normalize("NFC", text))
        if unicodedata.category(character) not in ("Zs", "Cf", "Mn")
        and _glyph(character, font) == box
    )


def font_files() -> list[Path]:
    """Font files in the usual folders of the system: plain styles first, then by name."""
    named = FOLDERS.get(sys.platform, OTHER_FOLDERS)
    folders = [Path(os.path.expandvars(name)).expanduser() for name in named]
    files = [
        Path(place) / name
        for folder in folders
        for place, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(SUFFIXES)
        and not any(word in name.lower() for word in _WITHOUT_LETTERS)
    ]
    return sorted(files, key=lambda file: (_styles(file), file.name, str(file)))


def _styles(file: Path) -> int:
    return sum(style in file.name.lower() for style in _STYLES)


def _fonts(size: float) -> Iterator[Any]:
    """Pillow's font, then those of `font_files` that Pillow can draw with in this size."""
    yield ImageFont.load_default(size=size)
    for file in _known_files():
        try:
            yield ImageFont.truetype(file, size)
        except OSError:  # damaged, or bitmaps of other sizes only, as of emoji
            continue


@cache
def _known_files() -> tuple[Path, ...]:
    return tuple(font_files())


def _glyph(character: str, font: Any) -> bytes:
    mask = font.getmask(character)
    return repr(mask.size).encode() + bytes(mask)
