"""Audio vectors of 1160 values that depend on a track's facts, with noise."""

import functools

import numpy as np

from coverzoo.corpus import schema
from coverzoo.corpus.procedural.facts import AUDIO, MODES, Track
from coverzoo.corpus.procedural.genres import GENRES
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF

# Distance between genres, in units of the spread of tracks within a genre. At this value a linear
# classifier is wrong on some tracks, as with real music.
SEPARATION = 3.8
NUISANCES = 10  # variations of recordings that are independent of the facts
SIGNAL = 0.92  # correlation of a value with its factors; the rest is independent noise
LOADINGS_SEED = 580_2020  # not the corpus's seed: the mapping is equal in corpora of all seeds

_FACTORS = len(GENRES) + 4 + NUISANCES
_GENRE_ROW = {genre.name: row for row, genre in enumerate(GENRES)}


def vector(track: Track) -> np.ndarray:
    """Generate the audio vector of a track, float32 (1160,).

    The first half has the scales of a flattened AcousticBrainz document (1e-24 to 1e13), the
    second half those of an embedding reduced by PCA. A half that the source lacks is zeros.

    Args:
        track: Track with its latent facts.
    """
    rng = track.rng(AUDIO)
    shared = _factors(track, rng)
    measured, embedded = (
        _loadings(half) @ (shared + 0.25 * rng.standard_normal(_FACTORS)) for half in (0, 1)
    )
    result = np.zeros(AUDIO_WIDTH, dtype=np.float64)
    first, second = _document(track, measured, rng), _embedding(embedded, rng)
    if track.source != "msd":
        result[:HALF] = first
    if track.source != "musicbrainz":
        result[HALF:] = second
    return result.astype(np.float32)


def _factors(track: Track, rng: np.random.Generator) -> np.ndarray:
    """Return the factors of a track: genre, facts and nuisances, each of about unit variance."""
    genre = 0.5 * track.artist.timbre + np.sqrt(0.75) * rng.standard_normal(len(GENRES))
    genre[_GENRE_ROW[track.genre.name]] += SEPARATION
    facts = np.array(
        [
            (track.tempo - 116.0) / 26.0,
            (track.energy - 0.55) / 0.2,
            (track.brightness - 0.5) / 0.19,
            2.0 * MODES.index(track.mode) - 1.0,
        ]
    )
    facts = facts + 0.2 * rng.standard_normal(4)
    return np.concatenate([genre, facts, rng.standard_normal(NUISANCES)])


@functools.cache
def _loadings(half: int) -> np.ndarray:
    """Return the loadings of a half's values on the factors, (580, factors), rows of length 1."""
    rng = np.random.Generator(np.random.Philox(LOADINGS_SEED + half))
    loadings = rng.standard_normal((HALF, _FACTORS))
    return loadings / np.linalg.norm(loadings, axis=1, keepdims=True)


@functools.cache
def _scales() -> tuple[np.ndarray, ...]:
    """Return whether each value is always zero, its order, sign, spread and share of zeros."""
    rows = schema.values()
    always_zero = np.array([row.order is None for row in rows])
    order = np.array([0.0 if row.order is None else row.order for row in rows])
    columns = (np.array([getattr(row, key) for row in rows]) for key in ("sign", "spread", "zeros"))
    return (always_zero, order, *columns)


def _document(track: Track, explained: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the first half: mostly lognormal, with the heavier tails of Student's t.

    Args:
        track: Track with its latent facts.
        explained: Part of the values that the factors explain (580,), of unit variance.
        rng: Generator of the track's audio.
    """
    always_zero, order, sign, spread, zeros = _scales()
    own = rng.standard_t(4, size=HALF) / np.sqrt(2.0)
    level = np.clip(SIGNAL * explained + np.sqrt(1.0 - SIGNAL**2) * own, -4.0, 4.0)
    result = np.where(sign == 0, level * spread, sign * 10.0 ** (spread * level)) * 10.0**order
    result[(rng.random(HALF) < zeros) | always_zero] = 0.0
    for name, number in _values_of_facts(track, rng).items():
        result[_index(name)] = number
    shares = _shares()
    result[shares] = np.clip(result[shares], 0.0, 1.0)
    return result


def _values_of_facts(track: Track, rng: np.random.Generator) -> dict[str, float]:
    """Return the values that measure a fact directly, by name."""
    noise = rng.standard_normal(6)
    tempo = track.tempo * (1.0 + 0.01 * noise[0])
    seconds = 220.0 * 10.0 ** (0.12 * noise[1])
    peak = float(round(tempo))
    loud = 1.0 / (1.0 + np.exp(-5.0 * (track.energy - 0.45) - 0.4 * noise[2]))
    return {
        "rhythm.bpm": tempo,
        "rhythm.beats_count": float(round(tempo * seconds / 60.0)),
        "rhythm.beats_position.mean": seconds / 2.0,
        "rhythm.beats_position.std": seconds / np.sqrt(12.0),
        **{f"rhythm.bpm_histogram_first_peak_bpm.{key}": peak for key in _LOCATION_STATISTICS},
        "rhythm.onset_rate": 1.0 + 4.5 * track.energy * 10.0 ** (0.08 * noise[3]),
        "lowlevel.average_loudness": loud,
        "lowlevel.spectral_centroid.mean": 10.0 ** (2.8 + 0.7 * track.brightness + 0.05 * noise[4]),
        "tonal.tuning_frequency": 440.0 + 2.0 * noise[5],
    }


_LOCATION_STATISTICS = ("max", "mean", "median", "min")


@functools.cache
def _index(name: str) -> int:
    return schema.names().index(name)


@functools.cache
def _shares() -> list[int]:
    """Return the indices of values that are shares of a track, which lie in [0, 1]."""
    rates = [f"lowlevel.silence_rate_{level}dB." for level in (20, 30, 60)]
    return [
        index
        for index, name in enumerate(schema.names())
        if any(name in {rate + key for key in _LOCATION_STATISTICS} for rate in rates)
    ]


def _embedding(explained: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the second half: components of decreasing variance and dependence on the facts.

    Args:
        explained: Part of the values that the factors explain (580,), of unit variance.
        rng: Generator of the track's audio.
    """
    rank = np.arange(HALF)
    signal = SIGNAL * np.exp(-rank / 200.0)
    level = signal * explained + np.sqrt(1.0 - signal**2) * rng.standard_normal(HALF)
    return 12.0 * (rank + 1.0) ** -0.6 * level
