"""Writing covers: as one grid, or as a file each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.errors import UserError
from coverzoo.files import replacing
from coverzoo.images import captioned, grid, to_bytes
from coverzoo.sampling.sampler import track_names


def save_grid(covers: np.ndarray, columns: int, file: Path, captions: Sequence[str] = ()) -> None:
    """Write covers as one picture.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        columns: Number of columns of the grid.
        file: Picture to write; its suffix decides the format.
        captions: Names of the rows, if any.

    Raises:
        UserError: If the file cannot be written.
    """
    sheet = grid(covers, columns)
    if captions:
        sheet = captioned(sheet, captions)
    _write(sheet, file)


def save_each(covers: np.ndarray, names: Sequence[str], folder: Path) -> list[Path]:
    """Write every cover as a PNG of its own, `NAME.png`.

    Args:
        covers: Covers (N, S, S, 3) in [-1, 1].
        names: Names of the N covers.
        folder: Folder of the files; it is made where it does not exist.

    Returns:
        The files, in the order of the covers.

    Raises:
        UserError: If the folder cannot be written.
    """
    from PIL import Image

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}") from error
    files = [folder / f"{name}.png" for name in names]
    for image, file in zip(to_bytes(covers), files, strict=True):
        _write(Image.fromarray(image), file)
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
