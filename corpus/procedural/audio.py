"""Audio vectors of 1160 values: the first half from the audio model, the second to fit it."""

import functools
from collections.abc import Sequence

import numpy as np

from coverzoo.corpus.audio_facts import FACTS
from coverzoo.corpus.audio_model import load
from coverzoo.corpus.procedural.genres import GENRES
from coverzoo.corpus.procedural.tracks import AUDIO, HABIT, Track
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF

# Distance between genres in the second half, in units of the spread of tracks within a genre.
SEPARATION = 3.9
NUISANCES = 10  # variations of the second half that are independent of genre and facts
SIGNAL = 0.92  # correlation of its first value with its factors; the rest is independent noise
LOADINGS_SEED = 580_2020  # not the corpus's seed: the mapping is equal in corpora of all seeds
_FACTORS = len(GENRES) + len(FACTS) + NUISANCES
_FACT_MEAN, _FACT_DEVIATION = 0.5, 0.25  # of the facts of all tracks, about


def first_halves(tracks: Sequence[Track]) -> np.ndarray:
    """Draw the first halves of tracks from the audio model, float32 (N, 580).

    Every track has one, also where its source does not know it: the facts are computed from it.
    The result for a track does not depend on the others.

    Args:
        tracks: Tracks, one or more.
    """
    model = load()
    scores = []
    for track in tracks:
        rng = track.rng(AUDIO, 0)
        own = rng.standard_normal(model.factors)
        factors = np.sqrt(HABIT) * track.artist.timbre + np.sqrt(1.0 - HABIT) * own
        scores.append(model.drawn_scores(model.genres.index(track.genre.name), factors, rng))
    return model.vectors(np.stack(scores), np.array([track.seconds for track in tracks]))


def vector(track: Track, first: np.ndarray, facts: np.ndarray) -> np.ndarray:
    """Return the audio vector of a track, float32 (1160,); a half its source lacks is zeros.

    Args:
        track: Track.
        first: Its first half, (580,).
        facts: Its facts, (5,), see `audio_facts`.
    """
    result = np.zeros(AUDIO_WIDTH, dtype=np.float32)
    if track.source != "msd":
        result[:HALF] = first
    if track.source != "musicbrainz":
        result[HALF:] = _embedding(track, facts)
    return result


def _embedding(track: Track, facts: np.ndarray) -> np.ndarray:
    """Return the second half: components of decreasing variance and dependence on the facts."""
    rng = track.rng(AUDIO, 1)
    genre = rng.standard_normal(len(GENRES))
    genre[GENRES.index(track.genre)] += SEPARATION
    shown = (facts - _FACT_MEAN) / _FACT_DEVIATION + 0.2 * rng.standard_normal(len(FACTS))
    factors = np.concatenate([genre, shown, rng.standard_normal(NUISANCES)])
    rank = np.arange(HALF)
    signal = SIGNAL * np.exp(-rank / 200.0)
    level = signal * (_loadings() @ factors)
    level += np.sqrt(1.0 - signal**2) * rng.standard_normal(HALF)
    return 12.0 * (rank + 1.0) ** -0.6 * level


@functools.cache
def _loadings() -> np.ndarray:
    """Return the loadings of the second half on its factors, (580, factors), rows of length 1."""
    rng = np.random.Generator(np.random.Philox(LOADINGS_SEED))
    loadings = rng.standard_normal((HALF, _FACTORS))
    return loadings / np.linalg.norm(loadings, axis=1, keepdims=True)
