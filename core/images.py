"""Grids of covers as one picture."""

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def to_bytes(images: Any) -> np.ndarray:
    """Covers in [-1, 1] → uint8, rounded."""
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def interleave(above: Any, below: Any, columns: int) -> np.ndarray:
    """Two sets of covers, (N, S, S, 3) each, as alternating rows of a grid, the last ones padded.

    Args:
        above: first, third, … row.
        below: second, fourth, … row.
        columns: of the grid.
    """
    rows = []
    for covers in (np.asarray(above), np.asarray(below)):
        blank = np.ones((-len(covers) % columns, *covers.shape[1:]), covers.dtype)
        rows.append(np.concatenate([covers, blank]).reshape(-1, columns, *covers.shape[1:]))
    return np.stack(rows, axis=1).reshape(-1, *rows[0].shape[2:])


def captioned(sheet: Image.Image, names: Sequence[str], gap: int = 2) -> Image.Image:
    """A grid with a name to the left of each of its rows, in letters that fit the rows.

    Pillow's font has few letters beyond ASCII: Björk is written Bjork, see `written`.
    """
    height = (sheet.height - gap) // len(names)
    font = ImageFont.load_default(size=max(10, min(height // 4, 32)))
    names = [written(name, font) for name in names]
    width = 4 * gap + max(math.ceil(font.getlength(name)) for name in names)
    wider = Image.new("RGB", (width + sheet.width, sheet.height), "white")
    wider.paste(sheet, (width, 0))
    pen = ImageDraw.Draw(wider)
    for row, name in enumerate(names):
        place = (width - 2 * gap, gap + row * height + height // 2)
        pen.text(place, name, fill="black", font=font, anchor="rm")
    return wider


def written(name: str, font: Any) -> str:
    """A name in characters a font has: letters without their marks, `?` where it has neither."""
    missing = _glyph(MISSING, font)

    def nearest(character: str) -> str:
        if _glyph(character, font) != missing:
            return character
        bare = "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii())
        return bare or "?"

    return "".join(nearest(c) for c in unicodedata.normalize("NFC", name))


MISSING = "\uffff"  # which is no character, so that every font shows its box for it


def _glyph(character: str, font: Any) -> bytes:
    mask = font.getmask(character)
    return repr(mask.size).encode() + bytes(mask)


def grid(images: Any, columns: int, gap: int = 2) -> Image.Image:
    """Covers (N, S, S, 3) in [-1, 1], row by row, on white."""
    images = to_bytes(images)
    count, side = images.shape[:2]
    rows = -(-count // columns)
    shape = (rows * (side + gap) + gap, columns * (side + gap) + gap, 3)
    sheet = np.full(shape, 255, np.uint8)
    for index, image in enumerate(images):
        top = gap + index // columns * (side + gap)
        left = gap + index % columns * (side + gap)
        sheet[top : top + side, left : left + side] = image
    return Image.fromarray(sheet)
