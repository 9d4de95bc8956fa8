"""Covers as PNG files, by the standard library: an image library would add 22 MB."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo_device.shared.errors import UserError
from coverzoo_device.shared.files import replacing
from coverzoo_device.shared.grids import near_square

GAP = 2  # white pixels around the covers of a grid


def to_bytes(covers: Any) -> np.ndarray:
    """Convert covers in [-1, 1] to uint8, rounded."""
    return np.clip(np.rint((np.asarray(covers) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def grid(covers: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Arrange covers as one picture on white; one cover is the picture itself.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        columns: Number of columns; None for about a square.

    Returns:
        uint8 (H, W, 3).
    """
    count, side = covers.shape[:2]
    if count == 1:
        return to_bytes(covers[0])
    columns = columns or near_square(count)
    rows = -(-count // columns)
    cell = side + GAP
    sheet = np.full((rows * cell + GAP, columns * cell + GAP, 3), 255, np.uint8)
    for index, cover in enumerate(covers):  # singly: rounding all at once needs 3 times the memory
        top, left = (GAP + place * cell for place in divmod(index, columns))
        sheet[top : top + side, left : left + side] = to_bytes(cover)
    return sheet


def png(pixels: np.ndarray, text: Mapping[str, str] | None = None) -> bytes:
    """The content of a PNG file (ISO/IEC 15948).

    Args:
        pixels: Pixels, uint8 (H, W, 3).
        text: Text chunks by keyword, in ASCII.

    Raises:
        ValueError: If the pixels have another shape or type.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8 (H, W, 3). Received: {pixels.dtype} {pixels.shape}")
    height, width = pixels.shape[:2]
    # The first byte of a line is its filter; 1 is the difference from the pixel to the left.
    lines = np.ones((height, 1 + 3 * width), np.uint8)
    lines[:, 1:] = pixels.reshape(height, -1)
    lines[:, 4:] -= pixels[:, :-1].reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", header),
            # Keyword, not compressed, no language and no translation, then UTF-8.
            *((b"iTXt", f"{key}\0\0\0\0\0{value}".encode()) for key, value in (text or {}).items()),
            (b"IDAT", zlib.compress(lines.data, 6)),
            (b"IEND", b""),
        )
    )


def save(
    covers: np.ndarray,
    file: Path,
    columns: int | None = None,
    text: Mapping[str, str] | None = None,
) -> None:
    """Write covers as one PNG file, see `grid`.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        file: File to write.
        columns: Number of columns of the grid; None for about a square.
        text: Text chunks by keyword, see `coverzoo_device.shared.png_text`.

    Raises:
        UserError: If the file cannot be written.
    """
    try:
        with replacing(file) as temporary:
            temporary.write_bytes(png(grid(covers, columns), text))
    except OSError as error:
        raise UserError(
            f"{file}: cannot be written: {error.strerror or error}; give another --out"
        ) from error


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
