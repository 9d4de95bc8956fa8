"""Files of tracks to condition a model on: audio vectors, documents and music files."""

import errno
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coverzoo.corpus.documents import load_document
from coverzoo.corpus.music import SUFFIXES, MissingLibrary, load_music
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF, load_vector
from coverzoo.errors import UserError

LOGGER = logging.getLogger(__name__)

# Readers of whole vectors, and of their first half.
_READERS: dict[str, Callable[[Path], np.ndarray]] = {
    ".npy": load_vector,
    ".json": load_document,
    **dict.fromkeys(SUFFIXES, load_music),
}


def load_track(path: Path) -> np.ndarray:
    """Read the raw features of one track from a file, float32 (1160,).

    A .npy file contains the whole vector. A document of AcousticBrainz (.json) or a music file
    has the first half; the second half, of MSD-I, is zeros, which mark it as missing.

    Args:
        path: File of the track; its suffix selects the reader.

    Raises:
        UserError: If the file cannot be used; the message names it, the reason and the remedy.
    """
    read = _reader(path)
    if read is load_vector:
        return load_vector(path)
    track = np.zeros(AUDIO_WIDTH, np.float32)
    track[:HALF] = read(path)
    return track


def _reader(path: Path) -> Callable[[Path], np.ndarray]:
    """The function that reads files of a suffix."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(
            f"{path}: a track is a .npy file of {AUDIO_WIDTH} numbers, a .json document of "
            f"AcousticBrainz, or music ({' '.join(SUFFIXES)})"
        )
    return reader


@dataclass(frozen=True)
class TrackFile:
    """A file of a track.

    Attributes:
        path: The file.
        folder: Folder that was searched for it; None if the file itself was given.
    """

    path: Path
    folder: Path | None = None


def find_tracks(given: Iterable[Path]) -> list[TrackFile]:
    """The files that were given, and all tracks in the folders that were given.

    Folders are searched to any depth, by suffix: .npy, .json and those of music. Their files are
    sorted by path; hidden ones, whose names begin with a dot, are ignored.

    Args:
        given: Files and folders; their order is kept.

    Raises:
        UserError: If a file is missing or no track by its suffix, or a folder has no track.
    """
    found = []
    for path in given:
        if not path.is_dir():
            _reader(path)
            if not path.exists():  # before the others are measured, which takes seconds each
                raise UserError(f"{path}: {os.strerror(errno.ENOENT)}")
            found.append(TrackFile(path))
            continue
        files = [
            file
            for file in sorted(path.rglob("*"))
            if file.suffix.lower() in _READERS
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
            and file.is_file()
        ]
        if not files:
            raise UserError(
                f"{path}: no track in this folder. Give one with .npy, .json or music files "
                f"({' '.join(SUFFIXES)})"
            )
        found += [TrackFile(file, path) for file in files]
    return found


def load_tracks(
    found: Iterable[TrackFile],
    progress: Callable[[Iterable[TrackFile]], Iterable[TrackFile]] = iter,
) -> tuple[list[Path], np.ndarray]:
    """Read tracks; those of a folder that cannot be read are left out, with a warning each.

    Args:
        found: Files as `find_tracks` returns them, one or more.
        progress: Function that yields the same files and can show how many are read.

    Returns:
        The files that were read, and their raw features, float32 (N, 1160).

    Raises:
        UserError: If a file that was given itself cannot be read, none of a folder can, or a
            library is not installed.
    """
    files, vectors, folder = [], [], None
    for track in progress(found):
        try:
            vectors.append(load_track(track.path))
        except MissingLibrary:
            raise
        except UserError as error:
            if track.folder is None:
                raise
            LOGGER.warning("%s. This file is left out.", error)
            folder = track.folder
            continue
        files.append(track.path)
    if not files:
        raise UserError(f"{folder}: no track in this folder can be read")
    return files, np.stack(vectors)


def track_names(files: Iterable[Path]) -> list[str]:
    """Names of tracks: the stems of their files, numbered where two are equal.

    Names that differ in case only are equal too, as they are in many file systems.
    """
    names = [file.stem for file in files]
    if len({name.casefold() for name in names}) < len(names):
        names = [f"{name}-{number}" for number, name in enumerate(names, 1)]
    return names
