"""Captions beside the rows of a grid."""

import logging
import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image, ImageDraw

from coverzoo.fonts import fonts_for, lacking

LOGGER = logging.getLogger(__name__)


def captioned(sheet: Image.Image, names: Sequence[str], gap: int = 2) -> Image.Image:
    """Add a caption to the left of each row of a grid.

    Each is drawn in a font that has all its characters, or else in several. A character that no
    font of the system has is replaced, `é` by `e`, others by `?`, which a warning reports.

    Args:
        sheet: Grid of covers.
        names: One caption per row.
        gap: White pixels between the covers of the grid.
    """
    height = (sheet.height - gap) // len(names)
    size = max(10, min(height // 4, 32))
    captions, faults = [], []
    for name in names:
        fonts, missing = fonts_for(unicodedata.normalize("NFC", name), size)
        captions.append(list(_runs(replaced(name, missing), fonts)))
        if missing:
            faults.append(f"{' '.join(missing)} of {name}")
    if faults:
        LOGGER.warning(
            "--captions: no installed font can draw %s; they are replaced. "
            "Install a font that has them",
            ", ".join(faults),
        )
    lengths = [sum(font.getlength(text) for text, font in runs) for runs in captions]
    width = 4 * gap + math.ceil(max(lengths))
    wider = Image.new("RGB", (width + sheet.width, sheet.height), "white")
    wider.paste(sheet, (width, 0))
    pen = ImageDraw.Draw(wider)
    for row, (runs, length) in enumerate(zip(captions, lengths, strict=True)):
        left = width - 2 * gap - length
        baseline = gap + row * height + height // 2 + size // 3  # small letters are in the middle
        for text, font in runs:
            pen.text((left, baseline), text, fill="black", font=font, anchor="ls")
            left += font.getlength(text)
    return wider


def _runs(text: str, fonts: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The text in parts of one font each; a character is drawn in the first font that has it."""
    run, current = "", fonts[0]
    for character in text:
        font = next((font for font in fonts if not lacking(character, font)), fonts[0])
        # Blanks and marks, which no font lacks, stay with what they follow.
        if font is not current and not (run and not lacking(character, current)):
            if run:
                yield run, current
            run, current = "", font
        run += character
    yield run, current


def replaced(name: str, missing: str) -> str:
    """Replace characters by their ASCII letters, or by `?` where they have none.

    Args:
        name: Text to draw.
        missing: Characters to replace.
    """

    def nearest(character: str) -> str:
        if character not in missing:
            return character
        bare = "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii())
        return bare or "?"

    return "".join(nearest(c) for c in unicodedata.normalize("NFC", name))
