"""Writing covers: as one grid, or as a file each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from coverzoo.captions import captioned
from coverzoo.corpus.tracks import track_names
from coverzoo.errors import UserError
from coverzoo.files import replacing
from coverzoo.images import grid, resized
from coverzoo.png_text import png_text


@dataclass(frozen=True)
class CoverFile:
    """A cover in a file of its own.

    Attributes:
        name: Name of the file without its suffix.
        index: Place of the cover among those of its track.
        tracks: File names of its tracks.
    """

    name: str
    index: int
    tracks: tuple[str, ...] = ()


def cover_files(files: Sequence[Path], count: int, suffix: int | str) -> list[CoverFile]:
    """The files of single covers, TRACK-SUFFIX-INDEX.

    Args:
        files: Files of the tracks; without any, TRACK is `cover`.
        count: Number of covers per track.
        suffix: What stands after the track, such as the seed.
    """
    named = zip(track_names(files), files, strict=True) if files else [("cover", None)]
    return [
        CoverFile(f"{name}-{suffix}-{index}", index, () if file is None else (file.name,))
        for name, file in named
        for index in range(count)
    ]


def save_grid(
    covers: np.ndarray,
    columns: int,
    file: Path,
    captions: Sequence[str] = (),
    size: int | None = None,
    text: Mapping[str, str] | None = None,
) -> None:
    """Write covers as one picture: a grid, or one cover as it is.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        columns: Number of columns of the grid.
        file: Picture to write; its suffix decides the format.
        captions: Names of the rows, if any.
        size: Side of a cover in pixels; None for that of the covers.
        text: Text chunks of a PNG file, see `coverzoo.png_text`.

    Raises:
        UserError: If the file cannot be written.
    """
    if len(covers) == 1 and not captions:
        sheet = Image.fromarray(resized(covers[0], size))
    else:
        sheet = grid(covers, columns, side=size)
    if captions:
        sheet = captioned(sheet, captions)
    _write(sheet, file, text or {})


def save_each(
    covers: np.ndarray,
    files: Sequence[CoverFile],
    folder: Path,
    size: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write every cover as a PNG of its own, `NAME.png`.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        files: Files of the N covers.
        folder: Folder of the files; it is made where it does not exist.
        size: Side of the pictures in pixels; None for that of the covers.
        facts: Arguments of `coverzoo.png_text.png_text` that all covers share; None for no text.

    Returns:
        The files, in the order of the covers.

    Raises:
        UserError: If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}") from error
    written = []
    for cover, file in zip(covers, files, strict=True):
        text = facts and png_text(**facts, index=file.index, tracks=file.tracks)
        written.append(folder / f"{file.name}.png")
        _write(Image.fromarray(resized(cover, size)), written[-1], text or {})
    return written


def _write(picture: Any, file: Path, text: Mapping[str, str]) -> None:
    """Write a picture whole or not at all; a file that exists is replaced at the end."""
    info = PngInfo()
    for keyword, value in text.items():
        info.add_text(keyword, value)  # iTXt where it is not Latin-1
    options = {"pnginfo": info} if file.suffix.lower() == ".png" else {}
    try:
        with replacing(file) as temporary:
            picture.save(temporary, **options)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{file}: cannot be written: {reason}") from error
