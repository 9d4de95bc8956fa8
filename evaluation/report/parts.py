"""The parts of a report: sections with charts, pictures and tables."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Picture:
    """A picture with its caption; the PNG file is base64."""

    text: str
    png: str


@dataclass(frozen=True)
class Section:
    """A part of the report under one title.

    Attributes:
        title: Title.
        text: A paragraph.
        charts: Charts as SVG text.
        pictures: Pictures, below the charts.
        columns: Heads of a table's columns.
        rows: Rows of the table.
    """

    title: str
    text: str = ""
    charts: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()


def grid(text: str, covers: np.ndarray, columns: int) -> Picture:
    """Covers in rows, without margins.

    Args:
        text: Caption.
        covers: Covers (N, S, S, 3), uint8; the last ones are left out if they fill no row.
        columns: Covers of a row.
    """
    rows, (_, side, _, channels) = len(covers) // columns, covers.shape
    cells = covers[: rows * columns].reshape(rows, columns, side, side, channels)
    pixels = cells.swapaxes(1, 2).reshape(rows * side, columns * side, channels)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return Picture(text, base64.b64encode(stream.getvalue()).decode())


def number(value: float | None) -> str:
    """A number with three decimals, or a dash for none."""
    return "–" if value is None else f"{value:.3f}"
