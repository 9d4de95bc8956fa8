"""Diversity given the audio: how covers of one track differ, beside what real covers do."""

import numpy as np

from coverzoo.evaluation.estimate import Estimate
from coverzoo.evaluation.result import NotMeasurableError


def relative_diversity(
    generated: np.ndarray, tracks: np.ndarray, real: np.ndarray, genres: np.ndarray
) -> Estimate:
    """How far covers of one track differ, over how far real covers of its genre do.

    The mean over tracks of the mean distance of two of their covers, divided by that of two real
    covers of the genre. 0 if the noise has no effect; 1 if it draws all that the genre has, so
    that the audio determines no more than the genre; above 1 covers vary more than the data.

    Args:
        generated: Features of K covers for each of T tracks (T, K, D), K two or more.
        tracks: Genre of each track (T,).
        real: Features of real covers (N, D).
        genres: Genre of each real cover (N,).

    Raises:
        ValueError: If the shapes do not agree.
        NotMeasurableError: If no track is of a genre with two real covers or more.
    """
    generated, tracks = _sets(generated), np.asarray(tracks)
    real, genres = np.asarray(real, np.float64), np.asarray(genres)
    if tracks.shape != generated.shape[:1] or genres.shape != real.shape[:1]:
        raise ValueError(
            "features (T, K, D) and (N, D) must have a genre each. Received: "
            f"{generated.shape}, {tracks.shape}, {real.shape} and {genres.shape}"
        )
    ratios = []
    for genre in np.unique(tracks):
        of_genre = real[genres == genre]
        if len(of_genre) < 2:
            continue
        difference = mean_distance(of_genre)
        if difference > 0.0:
            ratios += [mean_distance(each) / difference for each in generated[tracks == genre]]
    if not ratios:
        raise NotMeasurableError("needs tracks of a genre with two different real covers or more")
    return Estimate.of_mean(ratios)


def energy_coefficient(generated: np.ndarray, drawn: np.ndarray) -> Estimate:
    """How far the covers of a track are from those that could be drawn for it, as distributions.

    The mean over tracks of (2 E|X - Y| - E|X - X'| - E|Y - Y'|) / (2 E|X - Y|), the energy distance
    over its largest value (Székely & Rizzo 2013), X generated and Y drawn for the track. 0 for
    equal distributions, 1 for two different covers without any variation. Means are over pairs of
    different covers, so that the numerator is unbiased and the figure can be below 0.

    Args:
        generated: Features of K covers for each of T tracks (T, K, D), K two or more.
        drawn: Features of L true covers for each track (T, L, D), L two or more.

    Raises:
        ValueError: If the shapes do not agree.
    """
    generated, drawn = _sets(generated), _sets(drawn)
    if len(generated) != len(drawn) or generated.shape[2] != drawn.shape[2]:
        raise ValueError(
            "features must have the shapes (T, K, D) and (T, L, D). "
            f"Received: {generated.shape} and {drawn.shape}"
        )
    found = []
    for made, true in zip(generated, drawn, strict=True):
        between = 2.0 * float(np.mean(np.linalg.norm(made[:, None] - true[None], axis=-1)))
        within = mean_distance(made) + mean_distance(true)
        found.append((between - within) / between if between > 0.0 else 0.0)
    return Estimate.of_mean(found)


def mean_distance(features: np.ndarray) -> float:
    """The mean Euclidean distance of two different rows of features (N, D), N two or more."""
    from scipy.spatial.distance import pdist

    return float(pdist(features).mean())


def _sets(features: np.ndarray) -> np.ndarray:
    features = np.asarray(features, np.float64)
    if features.ndim != 3 or features.shape[1] < 2:
        raise ValueError(
            f"features must have the shape (T, K, D), K two or more. Received: {features.shape}"
        )
    return features
