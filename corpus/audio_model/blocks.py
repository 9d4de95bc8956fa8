"""How groups of values become coordinates, and come back.

A descriptor's nine statistics stay themselves, or become a ratio to the one that they follow most
closely: the mean to the median, the statistics of the second derivative to those of the first.
Decoding clips them to what they allow each other: a maximum is at least the median, a variance at
most (max - mean)(mean - min). Counts and positions of beats become differences from what tempo and
length lead to.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from coverzoo.corpus import schema

Columns = Mapping[str, np.ndarray]
"""Numbers of N vectors by name, each (N,), float64."""

STATISTICS = ("dmean", "dmean2", "dvar", "dvar2", "max", "mean", "median", "min", "var")
LOCATIONS = ("max", "mean", "median", "min")
SPECTRUM_BINS = 1025
TINY = 1e-30

ENERGY, RMS, BARK = "lowlevel.spectral_energy", "lowlevel.spectral_rms", "lowlevel.barkbands"
FIRST_PEAK = "rhythm.bpm_histogram_first_peak_bpm"
PEAKS = tuple(
    f"rhythm.bpm_histogram_{place}_peak_{kind}"
    for place in ("first", "second")
    for kind in ("bpm", "weight", "spread")
)
SILENCE_RATES = tuple(f"lowlevel.silence_rate_{level}dB" for level in (20, 30, 60))


class Block(NamedTuple):
    """Some of the values, and the coordinates that stand for them.

    Attributes:
        values: Names of the values.
        coordinates: Names of the coordinates.
        encode: Function from (values, seconds) to the coordinates, in their order.
        decode: Function from (coordinates, values of earlier blocks, seconds) to the values, in
            their order.
    """

    values: tuple[str, ...]
    coordinates: tuple[str, ...]
    encode: Callable[[Columns, np.ndarray], list[np.ndarray]]
    decode: Callable[[Columns, Columns, np.ndarray], list[np.ndarray]]


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient; NaN, a coordinate that a vector does not have, where the denominator is 0."""
    there = np.abs(denominator) > TINY
    return np.where(there, numerator / np.where(there, denominator, 1.0), np.nan)


def _is_positive(name: str) -> bool:
    """Whether a value is never negative."""
    return next(value.sign for value in schema.values() if value.name == name) > 0


def _shape(statistics: Columns, positive: bool) -> list[np.ndarray]:
    """Coordinates of `SHAPE`: of a value that is never negative, the mean is over the median."""
    high, mean, median, low = (statistics[key] for key in LOCATIONS)
    return [median, high, low, _ratio(mean, median) if positive else mean, statistics["var"]]


def _locations(shape: list[np.ndarray], positive: bool) -> list[np.ndarray]:
    """Maximum, mean, median and minimum of median, maximum, minimum and mean."""
    median, high, low, mean = shape
    if positive:
        median, high, low = (np.maximum(each, 0.0) for each in (median, high, low))
        mean = mean * median
    high, low = np.maximum(high, median), np.minimum(low, median)
    return [high, np.clip(mean, low, high), median, low]


def _room(high: np.ndarray, mean: np.ndarray, low: np.ndarray) -> np.ndarray:
    """The largest variance of numbers between two extremes with a mean; never below 0."""
    return np.maximum((high - mean) * (mean - low), 0.0)


def _derivatives(statistics: Columns) -> list[np.ndarray]:
    """Coordinates of `DERIVATIVES`: those of the second derivative are over those of the first."""
    return [
        statistics["dmean"],
        _ratio(statistics["dmean2"], statistics["dmean"]),
        statistics["dvar"],
        _ratio(statistics["dvar2"], statistics["dvar"]),
    ]


def _from_derivatives(given: list[np.ndarray]) -> list[np.ndarray]:
    """Dmean, dmean2, dvar and dvar2."""
    dmean, rate, dvar, spread = (np.maximum(each, 0.0) for each in given)
    return [dmean, rate * dmean, dvar, spread * dvar]


SHAPE = ("median", "max", "min", "mean", "var")
DERIVATIVES = ("dmean", "dmean2", "dvar", "dvar2")


def _of(name: str, columns: Columns, suffix: str = "") -> Columns:
    """The statistics of a descriptor."""
    return {key: columns[f"{name}.{key}{suffix}"] for key in STATISTICS}


def statistics(name: str) -> Block:
    """A number per frame: nine statistics."""
    coordinates = tuple(f"{name}|{key}" for key in (*SHAPE, *DERIVATIVES))
    positive = _is_positive(f"{name}.min")

    def encode(values: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        own = _of(name, values)
        return [*_shape(own, positive), *_derivatives(own)]

    def decode(given: Columns, _: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        shape = [given[each] for each in coordinates[:4]]
        var, *derivatives = (given[each] for each in coordinates[4:])
        high, mean, median, low = _locations(shape, positive)
        var = np.clip(var, 0.0, _room(high, mean, low))
        return [*_from_derivatives(derivatives), high, mean, median, low, var]

    return Block(tuple(f"{name}.{key}" for key in STATISTICS), coordinates, encode, decode)


def spectral_energy() -> Block:
    """Spectral energy: its locations follow from the RMS of the same spectrum."""
    coordinates = tuple(f"{ENERGY}|{key}" for key in ("var", *DERIVATIVES))

    def encode(values: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        own = _of(ENERGY, values)
        return [own["var"], *_derivatives(own)]

    def decode(given: Columns, values: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        var, *derivatives = (given[each] for each in coordinates)
        rms = _of(RMS, values)
        high, median, low = (SPECTRUM_BINS * rms[key] ** 2 for key in ("max", "median", "min"))
        mean = SPECTRUM_BINS * (rms["mean"] ** 2 + rms["var"])
        var = np.clip(var, 0.0, _room(high, mean, low))
        return [*_from_derivatives(derivatives), high, mean, median, low, var]

    return Block(tuple(f"{ENERGY}.{key}" for key in STATISTICS), coordinates, encode, decode)


def silence_rate(name: str) -> Block:
    """Whether a frame is silent, 0 or 1: its statistics follow from how often it is and changes."""
    coordinates = tuple(f"{name}|{key}" for key in ("mean", "dmean", "dmean2", "dvar2"))

    def encode(values: Columns, _: np.ndarray) -> list[np.ndarray]:
        own = _of(name, values)
        return [
            own["mean"],
            np.where(own["var"] > 0.0, own["dmean"], np.nan),
            _ratio(own["dmean2"], own["dmean"]),
            _ratio(own["dvar2"], own["dmean2"]),
        ]

    def decode(given: Columns, _: Columns, __: np.ndarray) -> list[np.ndarray]:
        share, dmean, rate2, spread2 = (np.maximum(given[each], 0.0) for each in coordinates)
        share = np.minimum(share, 1.0)
        dmean = np.minimum(dmean, 2.0 * np.minimum(share, 1.0 - share))
        dmean2 = rate2 * dmean
        locations = [share > 0.0, share, share > 0.5, share >= 1.0]
        return [
            *(dmean, dmean2, dmean * (1.0 - dmean), spread2 * dmean2),
            *(np.asarray(each, np.float64) for each in locations),
            share * (1.0 - share),
        ]

    return Block(tuple(f"{name}.{key}" for key in STATISTICS), coordinates, encode, decode)


def histogram_peak(name: str) -> Block:
    """One number per recording that the document repeats as four statistics; the others are 0."""
    follows = name == FIRST_PEAK  # a whole number near the tempo
    coordinate = f"{name}|{'gap' if follows else 'max'}"

    def encode(values: Columns, _: np.ndarray) -> list[np.ndarray]:
        return [values[f"{name}.max"] - (values["rhythm.bpm"] if follows else 0.0)]

    def decode(given: Columns, values: Columns, _: np.ndarray) -> list[np.ndarray]:
        number = given[coordinate] + (values["rhythm.bpm"] if follows else 0.0)
        return [number if key in LOCATIONS else np.zeros_like(number) for key in STATISTICS]

    return Block(tuple(f"{name}.{key}" for key in STATISTICS), (coordinate,), encode, decode)


def beats() -> Block:
    """Number and positions of the beats, which follow from tempo and length."""
    names = tuple(f"rhythm.beats_{key}" for key in ("count", "position.mean", "position.std"))
    # In beats and seconds: what music loses at its ends does not grow with its length.
    coordinates = ("beats.missing", "beats.early", "beats.narrow")

    def encode(values: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        count, mean, std = (values[name] for name in names)
        return [
            values["rhythm.bpm"] * seconds / 60.0 - count,
            seconds / 2.0 - mean,
            mean / np.sqrt(3.0) - std,
        ]

    def decode(given: Columns, values: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        missing, early, narrow = (given[each] for each in coordinates)
        count = np.maximum(values["rhythm.bpm"] * seconds / 60.0 - missing, 1.0)
        mean = np.clip(seconds / 2.0 - early, 0.0, seconds)
        return [count, mean, np.clip(mean / np.sqrt(3.0) - narrow, 0.0, mean)]

    return Block(names, coordinates, encode, decode)


def bands(name: str) -> Block:
    """Several numbers per frame: the means of nine statistics over the bands, and deviations."""
    # Shares that sum to 1 over the bands have nearly the same mean in all music; the mean of the
    # Bark bands is a share of the mean energy.
    positive = _is_positive(f"{name}.min.mean")
    sums_to_one, follows = name == "rhythm.beats_loudness_band_ratio", name == BARK
    deviations = tuple(f"{name}|{key}.std" for key in STATISTICS)
    coordinates = (*(f"{name}|{key}" for key in (*SHAPE, *DERIVATIVES)), *deviations)

    def encode(values: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        own = _of(name, values, ".mean")
        shape = _shape(own, positive)
        if follows:
            shape[3] = _ratio(own["mean"], values[f"{ENERGY}.mean"])
        if sums_to_one:
            shape[3] = own["mean"]
        spread = [_ratio(values[f"{name}.{key}.std"], np.abs(own[key])) for key in STATISTICS]
        return [*shape, *_derivatives(own), *spread]

    def decode(given: Columns, values: Columns, seconds: np.ndarray) -> list[np.ndarray]:
        shape = [given[each] for each in coordinates[:4]]
        var, *derivatives = (given[each] for each in coordinates[4:9])
        high, mean, median, low = _locations(shape, positive)
        if follows or sums_to_one:
            mean = np.clip(shape[3] * (values[f"{ENERGY}.mean"] if follows else 1.0), low, high)
        # Means over bands: the variance of one band is not bounded by the means of the extremes.
        var = np.maximum(var, 0.0)
        locations = [high, mean, median, low, var]
        means = dict(zip(STATISTICS, [*_from_derivatives(derivatives), *locations], strict=True))
        found = []
        for key, ratio in zip(STATISTICS, deviations, strict=True):
            found += [means[key], np.maximum(given[ratio], 0.0) * np.abs(means[key])]
        return found

    names = tuple(f"{name}.{key}.{part}" for key in STATISTICS for part in ("mean", "std"))
    return Block(names, coordinates, encode, decode)


def plain(name: str) -> Block:
    """A value that stands for itself."""
    return Block(
        (name,), (name,), lambda values, _: [values[name]], lambda given, *_: [given[name]]
    )
