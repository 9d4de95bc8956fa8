"""Distributions of single numbers: monotone maps between values and normal scores."""

from statistics import NormalDist

import numpy as np

# Finer towards the tails, where the values of music lie far apart.
LEVELS = np.array(
    [0.002, 0.005, 0.01, 0.02, *np.linspace(0.04, 0.96, 24), 0.98, 0.99, 0.995, 0.998]
)
SCORES = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
MAX_SCORE = 4.5


def quantiles(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Quantiles at `LEVELS` of each column, (D, levels).

    Args:
        values: Values, (N, D); NaN where a row has none. A column without any has quantiles of 0.
        weights: Weights of the rows, (N,).
    """
    found = np.empty((values.shape[1], len(LEVELS)))
    for column, row in zip(values.T, found, strict=True):
        there = np.isfinite(column)
        if not there.any():
            row[:] = 0.0
            continue
        order = np.flatnonzero(there)[np.argsort(column[there], kind="stable")]
        share = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights[order].sum()
        positive = column[order[0]] > 0
        known = _straightened(column[order], positive)
        row[:] = _bent(np.interp(LEVELS, share, known), positive)
    return found


def to_scores(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Normal scores of values, (N, D).

    Between the quantiles a map is linear in the value, or in its logarithm where all quantiles are
    positive; beyond them it goes on with the last slope. A value that several quantiles share,
    such as 0 in a fifth of all music, has the mean of their scores. A missing value, NaN, has the
    score 0.

    Args:
        values: Values, (N, D).
        knots: Quantiles, (D, levels).
    """
    found = np.zeros(values.shape)
    for column, row, out in zip(values.T, knots, found.T, strict=True):
        positive = row[0] > 0
        points, place = np.unique(_straightened(row, positive), return_inverse=True)
        if len(points) == 1:
            continue
        scores = np.bincount(place, SCORES) / np.bincount(place)
        given = _straightened(column, positive)
        out[:] = _interpolated(given, points, scores)
    return np.clip(np.nan_to_num(found), -MAX_SCORE, MAX_SCORE)


def to_values(scores: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Values of normal scores, (N, D): the way back from `to_scores`.

    Args:
        scores: Normal scores, (N, D).
        knots: Quantiles, (D, levels).
    """
    found = np.empty(scores.shape)
    for column, row, out in zip(scores.T, knots, found.T, strict=True):
        positive = row[0] > 0
        given = np.clip(column, -MAX_SCORE, MAX_SCORE)
        out[:] = _bent(_interpolated(given, SCORES, _straightened(row, positive)), positive)
    return found


def _straightened(values: np.ndarray, positive: bool) -> np.ndarray:
    return np.log(np.maximum(values, 1e-30)) if positive else values


def _bent(values: np.ndarray, positive: bool) -> np.ndarray:
    return np.exp(values) if positive else values


def _interpolated(x: np.ndarray, points: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Linear interpolation, continued beyond both ends with the slope of the outer intervals."""
    found = np.interp(x, points, values)
    for end, inner, beyond in ((0, 1, x < points[0]), (-1, -2, x > points[-1])):
        slope = (values[inner] - values[end]) / (points[inner] - points[end])
        found[beyond] = values[end] + slope * (x[beyond] - points[end])
    return found
