"""Audio vectors: .npy files of 1160 numbers, checked and read without ever unpickling."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.lib import format as npy

from coverzoo.errors import UserError

AUDIO_WIDTH = 1160
"""Numbers in a vector: two halves of `HALF`, AcousticBrainz and then MSD-I."""

HALF = 580

_MAGIC = len(npy.magic(1, 0))


class VectorFile(Protocol):
    """What `load_vectors` needs to know of a sample."""

    @property
    def audio(self) -> Path | None: ...
    @property
    def audio_dtype(self) -> str | None: ...
    @property
    def audio_offset(self) -> int | None: ...


def check_vector(path: Path) -> tuple[str, int]:
    """Read a vector whole and say where its numbers are.

    Returns:
        The NumPy type string of the numbers (`<f4`, `>f8`, …) and the byte at which they start.

    Raises:
        ValueError: The reason why the file is no vector of 1160 numbers that float32 can hold.
        OSError: The file cannot be read.
    """
    content = path.read_bytes()
    dtype, offset = _described(content)
    _numbers(content, dtype, offset)
    return dtype, offset


def load_vector(path: Path) -> np.ndarray:
    """Read one vector, checked, as float32 (1160,), to condition a model on.

    Raises:
        UserError: The file cannot be read, is no vector, or says nothing of its track, both halves
            being missing; the line names it and the reason.
    """
    try:
        content = path.read_bytes()
        vector = _numbers(content, *_described(content))
        if not vector.any():
            raise ValueError("all zeros: nothing is known of this track")
        return vector
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise UserError(
            f"{path}: {error}; an audio vector is a .npy file of {AUDIO_WIDTH} float32 or float64"
        ) from error


def load_vectors(
    samples: Sequence[VectorFile], limit: int | None = None, seed: int = 0
) -> np.ndarray:
    """Read the vectors of samples that a listing holds, as float64 (n, 1160).

    Args:
        samples: Samples with audio, in the order of the rows.
        limit: At most this many rows, a subset drawn from `seed` in the order of the samples,
            so that memory stays bounded.
        seed: Decides the subset.

    Raises:
        ValueError: A sample has no audio.
    """
    chosen: Sequence[int] | np.ndarray = range(len(samples))
    if limit is not None and limit < len(samples):
        draw = np.random.default_rng(seed).choice(len(samples), size=limit, replace=False)
        chosen = np.sort(draw)
    vectors = np.empty((len(chosen), AUDIO_WIDTH), np.float64)
    for row, index in enumerate(chosen):
        sample = samples[index]
        if sample.audio is None or sample.audio_dtype is None or sample.audio_offset is None:
            raise ValueError("a sample has no audio: read the split with audio=True")
        vectors[row] = np.fromfile(
            sample.audio, sample.audio_dtype, AUDIO_WIDTH, offset=sample.audio_offset
        )
    return vectors


def _described(content: bytes) -> tuple[str, int]:
    """Type string and offset of the numbers, or ValueError with the reason."""
    if not content:
        raise ValueError("empty file")
    if content[: _MAGIC - 2] != npy.MAGIC_PREFIX:
        raise ValueError("not a .npy file")
    # The two bytes after the version hold the header's length, four of them from version 2 on.
    width = 2 if content[_MAGIC - 2 : _MAGIC - 1] == b"\x01" else 4
    start = _MAGIC + width
    offset = start + int.from_bytes(content[_MAGIC:start], "little")
    if len(content) < offset:
        raise ValueError("truncated .npy file")
    return _read_header(content[:offset]), offset


@lru_cache(maxsize=64)
def _read_header(header: bytes) -> str:
    """Type string of a vector; the headers of a data set are alike, and slow to parse."""
    stream = io.BytesIO(header)
    try:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(stream)
    except ValueError as error:
        raise ValueError("damaged .npy header") from error
    if dtype.hasobject:
        raise ValueError("holds Python objects, not numbers")
    if dtype.str[1:] not in ("f4", "f8"):
        raise ValueError(f"holds {dtype}, expected float32 or float64")
    if shape != (AUDIO_WIDTH,):
        raise ValueError(f"has shape {shape}, expected ({AUDIO_WIDTH},)")
    return dtype.str


def _numbers(content: bytes, dtype: str, offset: int) -> np.ndarray:
    """The numbers as float32 (1160,), or ValueError with the reason."""
    if len(content) < offset + AUDIO_WIDTH * np.dtype(dtype).itemsize:
        raise ValueError("truncated .npy file")
    raw = np.frombuffer(content, dtype, AUDIO_WIDTH, offset)
    with np.errstate(over="ignore", invalid="ignore"):
        vector = raw.astype(np.float32)
    finite = np.isfinite(vector)
    if not finite.all():
        first = int(np.argmin(finite))
        if np.isfinite(raw[first]):
            raise ValueError(f"value {first} is {raw[first]:g}, beyond float32")
        raise ValueError(f"value {first} is {raw[first]}, not a finite number")
    return vector
