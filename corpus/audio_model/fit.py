"""The fit of the statistical model to measured recordings."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from coverzoo.corpus.audio_model import marginals, relations
from coverzoo.corpus.audio_model.model import (
    REFERENCE_SECONDS,
    AudioModel,
    heavy_tails,
    split,
)

FACTORS = 20
GENRE_SHRINKAGE = 0.5  # few recordings of a genre exaggerate how far the genres lie apart
FREEDOM = 12.0
FOLDS, DRAWS = 5, 400  # of the comparison with recordings that are left out
MIN_REST = 0.02  # smallest share of a coordinate's variance that no factor explains


def fit(
    vectors: np.ndarray,
    seconds: np.ndarray,
    recordings: Sequence[str],
    genres: Sequence[str],
    *,
    factors: int = FACTORS,
    shrinkage: float = GENRE_SHRINKAGE,
    freedom: float = FREEDOM,
) -> AudioModel:
    """Fit the model on vectors of recordings and of windows of them.

    Every recording has the same weight. What depends on the length is measured between windows of
    one recording, as one number per kind of coordinate, such as all maxima. Factors explain more
    of the recordings they are fitted on than of others: the rest is enlarged to what is found on
    recordings that are left out in turn.

    Args:
        vectors: First halves of audio vectors, (N, 580).
        seconds: Lengths in seconds, (N,).
        recordings: Name of the recording of each vector.
        genres: Genre of each vector.
        factors: Number of factors.
        shrinkage: Factor on the differences of the genres from the mean of all.
        freedom: Degrees of freedom of the heavy tails, more than 2.
    """
    known, recording, counts = np.unique(recordings, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[recording]
    coordinates = relations.encode(vectors, seconds)
    knots = marginals.quantiles(coordinates, weights)
    scores = marginals.to_scores(coordinates, knots)
    length = _length_effects(scores, seconds, recording)
    scores = scores - np.log(seconds / REFERENCE_SECONDS)[:, None] * length
    names = tuple(sorted(set(genres)))
    genre = np.array([names.index(name) for name in genres])

    def parts(chosen: np.ndarray) -> tuple[np.ndarray, ...]:
        return _parts(
            scores[chosen], weights[chosen], genre[chosen], len(names), factors, shrinkage
        )

    excess = _held_out_excess(scores, recording, len(known), parts, freedom)
    mean, genre_means, loadings, rest = parts(np.full(len(scores), True))
    return AudioModel(
        names, knots, mean, genre_means, length, loadings, rest * excess, np.array(freedom)
    )


def _parts(
    scores: np.ndarray,
    weights: np.ndarray,
    genre: np.ndarray,
    genres: int,
    factors: int,
    shrinkage: float,
) -> tuple[np.ndarray, ...]:
    """Mean, genre means, loadings and rest of scores without the effect of their length."""
    weights = weights / weights.sum()
    mean = weights @ scores
    genre_means = np.stack(
        [
            shrinkage * (np.average(scores[genre == row], 0, weights[genre == row]) - mean)
            for row in range(genres)
        ]
    )
    centred = scores - mean - genre_means[genre]
    _, sizes, directions = np.linalg.svd(centred * np.sqrt(weights)[:, None], full_matrices=False)
    loadings = sizes[:factors, None] * directions[:factors]
    variance = weights @ centred**2
    rest = np.sqrt(np.maximum(variance - np.sum(loadings**2, axis=0), MIN_REST * variance))
    return mean, genre_means, loadings, rest


def _held_out_excess(
    scores: np.ndarray,
    recording: np.ndarray,
    recordings: int,
    parts: Callable[[np.ndarray], tuple[np.ndarray, ...]],
    freedom: float,
) -> float:
    """How much larger the rest of left-out recordings is than that of draws, a ratio of medians."""
    rng = np.random.default_rng(0)
    order = rng.permutation(recordings)
    of_draws, left_out = [], []
    for fold in range(FOLDS):
        chosen = np.isin(recording, order[fold::FOLDS])
        mean, _, loadings, rest = parts(~chosen)
        scale = heavy_tails(freedom, rng, DRAWS)[:, None]
        factors = rng.standard_normal((DRAWS, len(loadings))) * scale
        draws = factors @ loadings + rng.standard_normal((DRAWS, len(rest))) * rest * scale
        of_draws.append(np.median(split(draws, loadings, rest)[1]))
        left_out.append(np.median(split(scores[chosen] - mean, loadings, rest)[1]))
    return float(np.mean(left_out) / np.mean(of_draws))


def _length_effects(scores: np.ndarray, seconds: np.ndarray, recording: np.ndarray) -> np.ndarray:
    """Slopes of the scores over the logarithm of the length, within recordings, (D,).

    The slopes of all coordinates of a kind, the part of the name after `|`, are averaged; a
    coordinate without a kind has none.
    """
    log_length = np.log(seconds)
    count = np.bincount(recording)
    centred_length = log_length - (np.bincount(recording, log_length) / count)[recording]
    slopes = centred_length @ scores / max(float(centred_length @ centred_length), 1e-12)
    kinds = defaultdict(list)
    for index, name in enumerate(relations.names()):
        if "|" in name:
            kinds[name.partition("|")[2]].append(index)
    found = np.zeros(len(slopes))
    for indices in kinds.values():
        found[indices] = np.mean(slopes[indices])
    return found
