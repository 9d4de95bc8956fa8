"""Audio vectors: .npy files of 1160 numbers, checked and read without unpickling."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.lib import format as npy

from coverzoo.errors import UserError

AUDIO_WIDTH = 1160
"""Number of features in a vector: two halves of `HALF`, AcousticBrainz and then MSD-I."""

HALF = 580
"""Number of features of each half."""

_MAGIC_LENGTH = len(npy.magic(1, 0))


class VectorFile(Protocol):
    """Attributes of a sample that `load_vectors` needs."""

    @property
    def audio(self) -> Path | None: ...
    @property
    def audio_dtype(self) -> str | None: ...
    @property
    def audio_offset(self) -> int | None: ...


def check_vector(path: Path) -> tuple[str, int]:
    """Check a whole vector file and return where its numbers are.

    Args:
        path: A .npy file.

    Returns:
        The NumPy type string of the numbers (`<f4`, `>f8`, …) and the byte at which they start.

    Raises:
        ValueError: If the file is not a vector of 1160 numbers that are finite in float32; the
            message is the reason.
        OSError: If the file cannot be read.
    """
    content = path.read_bytes()
    dtype, offset = _numbers_at(content)
    _numbers(content, dtype, offset)
    return dtype, offset


def load_vector(path: Path) -> np.ndarray:
    """Read and check one vector to condition a model on, float32 (1160,).

    Args:
        path: A .npy file.

    Raises:
        UserError: If the file cannot be read, is not a vector, or both halves are missing (all
            zeros); the message names the file and the reason.
    """
    try:
        content = path.read_bytes()
        return check_known(_numbers(content, *_numbers_at(content)))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise UserError(
            f"{path}: {error}; an audio vector is a .npy file of {AUDIO_WIDTH} float32 or float64"
        ) from error


def load_vectors(
    samples: Sequence[VectorFile], limit: int | None = None, seed: int = 0
) -> np.ndarray:
    """Read the vectors of samples, float64 (n, 1160).

    Args:
        samples: Samples with audio, in the order of the rows.
        limit: Largest number of rows, which bounds the memory; of more samples a random subset
            is read, in their order.
        seed: Seed of the subset.

    Raises:
        ValueError: If a sample has no audio.
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


def as_float32(numbers: np.ndarray) -> np.ndarray:
    """Convert numbers to float32.

    Args:
        numbers: Numbers (n,), integers or floats.

    Raises:
        ValueError: If one is not finite in float32; the message names the first one.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        converted = numbers.astype(np.float32)
    finite = np.isfinite(converted)
    if not finite.all():
        first = int(np.argmin(finite))
        if np.isfinite(numbers[first]):
            raise ValueError(f"value {first} is {numbers[first]:g}, beyond float32")
        raise ValueError(f"value {first} is {numbers[first]}, not a finite number")
    return converted


def check_known(vector: np.ndarray) -> np.ndarray:
    """Return a vector unless both halves are missing.

    Args:
        vector: Raw audio features (1160,).

    Raises:
        ValueError: If all features are zero.
    """
    if not vector.any():
        raise ValueError("all zeros: both halves of the features are missing")
    return vector


def _numbers_at(content: bytes) -> tuple[str, int]:
    """Return type string and offset of the numbers, or raise ValueError with the reason."""
    if not content:
        raise ValueError("empty file")
    if content[: _MAGIC_LENGTH - 2] != npy.MAGIC_PREFIX:
        raise ValueError("not a .npy file")
    # The header's length follows the version: two bytes in version 1, four in later ones.
    width = 2 if content[_MAGIC_LENGTH - 2 : _MAGIC_LENGTH - 1] == b"\x01" else 4
    start = _MAGIC_LENGTH + width
    offset = start + int.from_bytes(content[_MAGIC_LENGTH:start], "little")
    if len(content) < offset:
        raise ValueError("truncated .npy file")
    return _read_header(content[:offset]), offset


@lru_cache(maxsize=64)
def _read_header(header: bytes) -> str:
    """Return the type string of a vector; cached, because headers repeat and parse slowly."""
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
    """Return the numbers as float32 (1160,), or raise ValueError with the reason."""
    if len(content) < offset + AUDIO_WIDTH * np.dtype(dtype).itemsize:
        raise ValueError("truncated .npy file")
    return as_float32(np.frombuffer(content, dtype, AUDIO_WIDTH, offset))
