"""Writing covers: as one grid, or as a file each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from coverzoo.errors import UserError
from coverzoo.files import replacing
from coverzoo.images import captioned, grid, resized, to_bytes
from coverzoo.sampling.sampler import track_names


def save_grid(covers: np.ndarray, columns: int, file: Path, captions: Sequence[str] = ()) -> None:
    """Write covers as one picture: a grid, or one cover as it is.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        columns: Number of columns of the grid.
        file: Picture to write; its suffix decides the format.
        captions: Names of the rows, if any.

    Raises:
        UserError: If the file cannot be written.
    """
    if len(covers) == 1 and not captions:
        sheet = Image.fromarray(to_bytes(covers)[0])
    else:
        sheet = grid(covers, columns)
    if captions:
        sheet = captioned(sheet, captions)
    _write(sheet, file)


def save_each(
    covers: np.ndarray, names: Sequence[str], folder: Path, size: int | None = None
) -> list[Path]:
    """Write every cover as a PNG of its own, `NAME.png`.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        names: Names of the N covers.
        folder: Folder of the files; it is made where it does not exist.
        size: Side of the pictures in pixels; None for that of the covers.

    Returns:
        The files, in the order of the covers.

    Raises:
        UserError: If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}") from error
    files = [folder / f"{name}.png" for name in names]
    for number, file in enumerate(files):
        cover = covers[number : number + 1]
        cover = cover if size is None else resized(cover, size)
        _write(Image.fromarray(to_bytes(cover)[0]), file)
    return files


def cover_names(files: Sequence[Path], count: int, suffix: int | str) -> list[str]:
    """Names of single covers, TRACK-SUFFIX-INDEX.

    Args:
        files: Files of the tracks; without any, TRACK is `cover`.
        count: Number of covers per track.
        suffix: What stands after the track, such as the seed.
    """
    tracks = track_names(files) or ["cover"]
    return [f"{track}-{suffix}-{index}" for track in tracks for index in range(count)]


def _write(picture: Any, file: Path) -> None:
    """Write a picture whole or not at all; a file that exists is replaced at the end."""
    try:
        with replacing(file) as temporary:
            picture.save(temporary)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{file}: cannot be written: {reason}") from error
