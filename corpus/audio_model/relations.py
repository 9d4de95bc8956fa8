"""The relations between the 580 values, and coordinates that are free of them.

In a vector of real music a minimum is below the median, a variance is below what its extremes
allow, spectral energy follows from the RMS, and so on. `encode` turns vectors into coordinates
that have no such relations, `decode` turns any coordinates into a vector that satisfies them all;
`decode` of `encode` is the vector itself, up to rounding. A coordinate that a vector does not have,
such as the ratio of two zeros, is NaN; `decode` takes NaN as 0.
"""

import functools

import numpy as np

from coverzoo.corpus import schema
from coverzoo.corpus.audio_model.blocks import (
    ENERGY,
    FIRST_PEAK,
    LOCATIONS,
    PEAKS,
    SILENCE_RATES,
    STATISTICS,
    Block,
    bands,
    beats,
    histogram_peak,
    plain,
    silence_rate,
    spectral_energy,
    statistics,
)

# Values that lie on a grid, and its step: counts of a frame of 2,048 samples, bins of a spectrum
# of 44.1 kHz, whole numbers.
GRIDS = {
    "lowlevel.zerocrossingrate.min": 1 / 2048,
    "lowlevel.zerocrossingrate.max": 1 / 2048,
    "lowlevel.spectral_rolloff.min": 44_100 / 2048,
    "lowlevel.spectral_rolloff.max": 44_100 / 2048,
    "rhythm.beats_count": 1.0,
    **dict.fromkeys([f"{FIRST_PEAK}.{key}" for key in LOCATIONS], 1.0),
}


def encode(vectors: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Coordinates of vectors, float64 (N, D).

    Args:
        vectors: First halves of audio vectors, (N, 580).
        seconds: Lengths of the recordings in seconds, (N,).
    """
    values = dict(zip(schema.names(), np.asarray(vectors, np.float64).T, strict=True))
    return np.stack([each for block in blocks() for each in block.encode(values, seconds)], axis=1)


def decode(coordinates: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Vectors of coordinates, float64 (N, 580). Coordinates beyond their range are clipped to it.

    Args:
        coordinates: Coordinates, (N, D).
        seconds: Lengths of the recordings in seconds, (N,).
    """
    given = dict(zip(names(), np.nan_to_num(np.asarray(coordinates, np.float64)).T, strict=True))
    values: dict[str, np.ndarray] = {}
    for block in blocks():
        found = block.decode(given, values, seconds)
        values.update(zip(block.values, found, strict=True))
    for name, step in GRIDS.items():
        values[name] = _on_grid(values[name] / step, name) * step
    return np.stack([values[name] for name in schema.names()], axis=1)


def _on_grid(numbers: np.ndarray, name: str) -> np.ndarray:
    """The nearest whole numbers; of an extreme, the next one away from the median."""
    if name.startswith("rhythm."):  # counts, and peaks whose statistics are all the same number
        return np.rint(numbers)
    rounding = 1e-6  # of a number that is on the grid already
    return np.floor(numbers + rounding) if name.endswith("min") else np.ceil(numbers - rounding)


@functools.cache
def names() -> tuple[str, ...]:
    """Names of the coordinates, in their order."""
    return tuple(name for block in blocks() for name in block.coordinates)


@functools.cache
def blocks() -> tuple[Block, ...]:
    """Every value in one block, and those that others are computed from before them."""
    descriptors = _with_all_statistics("")
    special = {ENERGY, *SILENCE_RATES, *PEAKS}
    found = [statistics(name) for name in descriptors if name not in special]
    found += [spectral_energy(), *map(silence_rate, SILENCE_RATES)]
    found += [plain("rhythm.bpm"), *map(histogram_peak, PEAKS), beats()]
    found += [bands(name) for name in _with_all_statistics(".mean")]
    covered = {name for block in found for name in block.values}
    return (*found, *(plain(name) for name in schema.names() if name not in covered))


def _with_all_statistics(suffix: str) -> list[str]:
    """Descriptors of which the schema has all nine statistics, with a suffix after each."""
    there = set(schema.names())
    heads = dict.fromkeys(".".join(name.split(".")[:2]) for name in schema.names())
    return [head for head in heads if all(f"{head}.{key}{suffix}" in there for key in STATISTICS)]
