"""Files of tracks to condition a model on: audio vectors, documents and music files."""

from pathlib import Path

import numpy as np

from coverzoo.corpus.documents import load_document
from coverzoo.corpus.music import SUFFIXES, load_music
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF, load_vector
from coverzoo.errors import UserError

# Readers of files that contain the first half of a vector.
_READERS = {".json": load_document, **dict.fromkeys(SUFFIXES, load_music)}


def load_track(path: Path) -> np.ndarray:
    """Read the raw features of one track from a file, float32 (1160,).

    A .npy file contains the whole vector. A document of AcousticBrainz (.json) or a music file
    has the first half; the second half, of MSD-I, is zeros, which mark it as missing.

    Args:
        path: File of the track; its suffix selects the reader.

    Raises:
        UserError: If the file cannot be used; the message names it, the reason and the remedy.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return load_vector(path)
    read_first_half = _READERS.get(suffix)
    if read_first_half is None:
        raise UserError(
            f"{path}: a track is a .npy file of {AUDIO_WIDTH} numbers, a .json document of "
            f"AcousticBrainz, or music ({' '.join(SUFFIXES)})"
        )
    track = np.zeros(AUDIO_WIDTH, np.float32)
    track[:HALF] = read_first_half(path)
    return track
