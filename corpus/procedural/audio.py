"""Audio vectors of 1160 values that depend on a track's facts, with noise."""

import functools

import numpy as np

from coverzoo.corpus import schema
from coverzoo.corpus.procedural.facts import AUDIO, MODES, Track
from coverzoo.corpus.procedural.genres import GENRES
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF

# How far genres lie apart against the unit spread of tracks around them. With it a linear
# classifier errs on some tracks: music of one genre can sound like another's.
SEPARATION = 3.8
NUISANCES = 10  # variations of recordings that are independent of the facts
SIGNAL = 0.92  # share of a value's spread that its loadings explain, the rest is its own
LOADINGS_SEED = 580_2020  # not the corpus's seed: corpora of all seeds agree on the mapping

_FACTORS = len(GENRES) + 4 + NUISANCES
_GENRE_ROW = {genre.name: row for row, genre in enumerate(GENRES)}


def vector(track: Track) -> np.ndarray:
    """The audio of a track, float32, shape (1160,).

    The first half has the scales of a flattened AcousticBrainz document (1e-24 to 1e13),
    the second those of an embedding reduced by PCA. A half its source lacks is zeros.
    """
    draw = track.draws(AUDIO)
    shared = _factors(track, draw)
    measured, embedded = (
        _loadings(half) @ (shared + 0.25 * draw.standard_normal(_FACTORS)) for half in (0, 1)
    )
    result = np.zeros(AUDIO_WIDTH, dtype=np.float64)
    first, second = _document(track, measured, draw), _embedding(embedded, draw)
    if track.source != "msd":
        result[:HALF] = first
    if track.source != "musicbrainz":
        result[HALF:] = second
    return result.astype(np.float32)


def _factors(track: Track, draw: np.random.Generator) -> np.ndarray:
    """What a track sounds like: genre, the continuous facts and nuisances, about unit each."""
    genre = 0.5 * track.artist.timbre + np.sqrt(0.75) * draw.standard_normal(len(GENRES))
    genre[_GENRE_ROW[track.genre.name]] += SEPARATION
    facts = np.array(
        [
            (track.tempo - 116.0) / 26.0,
            (track.energy - 0.55) / 0.2,
            (track.brightness - 0.5) / 0.19,
            2.0 * MODES.index(track.mode) - 1.0,
        ]
    )
    facts = facts + 0.2 * draw.standard_normal(4)
    return np.concatenate([genre, facts, draw.standard_normal(NUISANCES)])


@functools.cache
def _loadings(half: int) -> np.ndarray:
    """Loadings of the values of a half on the factors, (580, factors), rows of length 1."""
    draw = np.random.Generator(np.random.Philox(LOADINGS_SEED + half))
    loadings = draw.standard_normal((HALF, _FACTORS))
    return loadings / np.linalg.norm(loadings, axis=1, keepdims=True)


@functools.cache
def _scales() -> tuple[np.ndarray, ...]:
    rows = schema.values()
    silent = np.array([row.order is None for row in rows])
    order = np.array([0.0 if row.order is None else row.order for row in rows])
    columns = (np.array([getattr(row, key) for row in rows]) for key in ("sign", "spread", "zeros"))
    return (silent, order, *columns)


def _document(track: Track, factors_part: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """The first half: mostly lognormal, with the heavier tails of Student's t."""
    silent, order, sign, spread, zeros = _scales()
    own = draw.standard_t(4, size=HALF) / np.sqrt(2.0)
    level = np.clip(SIGNAL * factors_part + np.sqrt(1.0 - SIGNAL**2) * own, -4.0, 4.0)
    result = np.where(sign == 0, level * spread, sign * 10.0 ** (spread * level)) * 10.0**order
    result[(draw.random(HALF) < zeros) | silent] = 0.0
    for name, number in _plain(track, draw).items():
        result[_index(name)] = number
    shares = _shares()
    result[shares] = np.clip(result[shares], 0.0, 1.0)
    return result


def _plain(track: Track, draw: np.random.Generator) -> dict[str, float]:
    """The values whose meaning is a fact itself."""
    wobble = draw.standard_normal(6)
    tempo = track.tempo * (1.0 + 0.01 * wobble[0])
    seconds = 220.0 * 10.0 ** (0.12 * wobble[1])
    peak = float(round(tempo))
    loud = 1.0 / (1.0 + np.exp(-5.0 * (track.energy - 0.45) - 0.4 * wobble[2]))
    return {
        "rhythm.bpm": tempo,
        "rhythm.beats_count": float(round(tempo * seconds / 60.0)),
        "rhythm.beats_position.mean": seconds / 2.0,
        "rhythm.beats_position.std": seconds / np.sqrt(12.0),
        **{f"rhythm.bpm_histogram_first_peak_bpm.{key}": peak for key in _ALIKE},
        "rhythm.onset_rate": 1.0 + 4.5 * track.energy * 10.0 ** (0.08 * wobble[3]),
        "lowlevel.average_loudness": loud,
        "lowlevel.spectral_centroid.mean": 10.0
        ** (2.8 + 0.7 * track.brightness + 0.05 * wobble[4]),
        "tonal.tuning_frequency": 440.0 + 2.0 * wobble[5],
    }


_ALIKE = ("max", "mean", "median", "min")


@functools.cache
def _index(name: str) -> int:
    return schema.names().index(name)


@functools.cache
def _shares() -> list[int]:
    """Values that are shares of a track, hence in [0, 1]."""
    rates = [f"lowlevel.silence_rate_{level}dB." for level in (20, 30, 60)]
    return [
        index
        for index, name in enumerate(schema.names())
        if any(name in {rate + key for key in _ALIKE} for rate in rates)
    ]


def _embedding(factors_part: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """The second half: components of decreasing variance; the first depend most on the facts."""
    rank = np.arange(HALF)
    signal = SIGNAL * np.exp(-rank / 200.0)
    level = signal * factors_part + np.sqrt(1.0 - signal**2) * draw.standard_normal(HALF)
    return 12.0 * (rank + 1.0) ** -0.6 * level
