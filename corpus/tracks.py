"""Tracks to condition on: an audio vector, a document or a music file."""

from pathlib import Path

import numpy as np

from coverzoo.corpus.documents import load_document
from coverzoo.corpus.music import SUFFIXES, load_music
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF, load_vector
from coverzoo.errors import UserError

_FIRST_HALF = {".json": load_document, **dict.fromkeys(SUFFIXES, load_music)}


def load_track(path: Path) -> np.ndarray:
    """Read one track by what its suffix says, raw, float32 (1160,).

    A .npy file holds the whole vector; documents of AcousticBrainz (.json) and music know the
    first half, and the other one, of MSD-I, is zeros: unknown.

    Raises:
        UserError: naming the file, what is wrong with it and the remedy.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return load_vector(path)
    load = _FIRST_HALF.get(suffix)
    if load is None:
        raise UserError(
            f"{path}: a track is a .npy file of {AUDIO_WIDTH} numbers, a .json document of "
            f"AcousticBrainz, or music ({' '.join(SUFFIXES)})"
        )
    track = np.zeros(AUDIO_WIDTH, np.float32)
    track[:HALF] = load(path)
    return track
