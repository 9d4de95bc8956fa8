"""Covers as pixels, and grids of covers as one image."""

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def to_bytes(images: Any) -> np.ndarray:
    """Convert covers in [-1, 1] to uint8, rounded."""
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def resized(images: Any, side: int) -> np.ndarray:
    """Resize covers by Lanczos resampling, by way of uint8.

    Args:
        images: Covers (N, S, S, 3) in [-1, 1].
        side: Side of the result in pixels.

    Returns:
        Covers (N, side, side, 3) in [-1, 1], float32.
    """
    pictures = [
        np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS))
        for image in to_bytes(images)
    ]
    return np.stack(pictures).astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def interleave(above: Any, below: Any, columns: int) -> np.ndarray:
    """Alternate the grid rows of two sets of covers; the last row of each is padded with white.

    Args:
        above: Covers (N, S, S, 3) of the first, third, … row.
        below: Covers (N, S, S, 3) of the second, fourth, … row.
        columns: Columns of the grid.

    Returns:
        Covers (2 · rows · columns, S, S, 3), row by row.
    """
    rows = []
    for covers in (np.asarray(above), np.asarray(below)):
        blank = np.ones((-len(covers) % columns, *covers.shape[1:]), covers.dtype)
        rows.append(np.concatenate([covers, blank]).reshape(-1, columns, *covers.shape[1:]))
    return np.stack(rows, axis=1).reshape(-1, *rows[0].shape[2:])


def captioned(sheet: Image.Image, names: Sequence[str], gap: int = 2) -> Image.Image:
    """Add a caption to the left of each row of a grid.

    Args:
        sheet: Grid of covers.
        names: One caption per row; see `printable` for characters that the font lacks.
        gap: White pixels between the covers of the grid.
    """
    height = (sheet.height - gap) // len(names)
    font = ImageFont.load_default(size=max(10, min(height // 4, 32)))
    names = [printable(name, font) for name in names]
    width = 4 * gap + max(math.ceil(font.getlength(name)) for name in names)
    wider = Image.new("RGB", (width + sheet.width, sheet.height), "white")
    wider.paste(sheet, (width, 0))
    pen = ImageDraw.Draw(wider)
    for row, name in enumerate(names):
        place = (width - 2 * gap, gap + row * height + height // 2)
        pen.text(place, name, fill="black", font=font, anchor="rm")
    return wider


MISSING = "\uffff"  # not a character: every font draws its replacement box for it


def printable(name: str, font: Any) -> str:
    """Replace characters that a font lacks: `é` by `e`, others by `?`.

    Pillow's default font has few letters beyond ASCII.
    """
    missing = _glyph(MISSING, font)

    def nearest(character: str) -> str:
        if _glyph(character, font) != missing:
            return character
        bare = "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii())
        return bare or "?"

    return "".join(nearest(c) for c in unicodedata.normalize("NFC", name))


def _glyph(character: str, font: Any) -> bytes:
    mask = font.getmask(character)
    return repr(mask.size).encode() + bytes(mask)


def grid(images: Any, columns: int, gap: int = 2) -> Image.Image:
    """Arrange covers (N, S, S, 3) in [-1, 1] row by row on white.

    Args:
        images: Covers.
        columns: Columns of the grid.
        gap: White pixels between covers and at the border.
    """
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
