"""Covers as pixels, and grids of covers as one image."""

from typing import Any

import numpy as np
from PIL import Image


def to_bytes(images: Any) -> np.ndarray:
    """Convert covers in [-1, 1] to uint8, rounded."""
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def resized(image: Any, side: int | None) -> np.ndarray:
    """One cover as pixels, resized by Lanczos resampling.

    Args:
        image: Cover (S, S, 3) in [-1, 1].
        side: Side of the result in pixels; None for that of the cover.

    Returns:
        uint8 (side, side, 3).
    """
    pixels = to_bytes(image)
    if side in (None, len(pixels)):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS))


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


def grid(images: Any, columns: int, gap: int = 2, side: int | None = None) -> Image.Image:
    """Arrange covers (N, S, S, 3) in [-1, 1] row by row on white.

    Args:
        images: Covers.
        columns: Columns of the grid.
        gap: White pixels between covers and at the border.
        side: Side of a cover in pixels, see `resized`.
    """
    side = side or images.shape[1]
    rows = -(-len(images) // columns)
    shape = (rows * (side + gap) + gap, columns * (side + gap) + gap, 3)
    sheet = np.full(shape, 255, np.uint8)
    for index, image in enumerate(images):  # singly, because all covers in this size are large
        top = gap + index // columns * (side + gap)
        left = gap + index % columns * (side + gap)
        sheet[top : top + side, left : left + side] = resized(image, side)
    return Image.fromarray(sheet)
