"""Precision, recall, density and coverage, by neighbours among features of covers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from coverzoo.evaluation.metrics.feature_sets import checked
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError

NEIGHBOURS = 5
ROWS = 1000  # whose distances are computed at once


@dataclass(frozen=True)
class ManifoldFigures(EvaluationResult):
    """How far generated features lie among real ones, and real ones among generated ones.

    A ball is around each sample, and reaches to its k-th nearest neighbour of the same set.

    Attributes:
        precision: Share of generated samples within the ball of a real one, in [0, 1]
            (Kynkäänniemi et al. 2019, arXiv:1904.06991).
        recall: Share of real samples within the ball of a generated one, in [0, 1].
        density: Mean over generated samples of the number of real balls they lie in, divided by k;
            1 for equal distributions, above it where real samples are dense (Naeem et al. 2020,
            arXiv:2002.09797).
        coverage: Share of real samples whose ball holds a generated one, in [0, 1].
        neighbours: k.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    neighbours: int

    def __str__(self) -> str:
        return (
            f"Precision {self.precision:.3f}, recall {self.recall:.3f}, density "
            f"{self.density:.3f}, coverage {self.coverage:.3f} ({self.neighbours} neighbours)"
        )


def manifold_figures(
    real: np.ndarray, generated: np.ndarray, neighbours: int = NEIGHBOURS
) -> ManifoldFigures:
    """Measure both sets by Euclidean distances, in memory of `ROWS` × max(N, M).

    Args:
        real: Features (N, D).
        generated: Features (M, D).
        neighbours: k, the neighbour that the ball around a sample reaches to.

    Raises:
        ValueError: If the sets are not of shape (N, D) with one D, or not finite.
        NotMeasurableError: If a set has k samples or fewer.
    """
    real, generated = checked(real, generated)
    smallest = min(len(real), len(generated))
    if smallest <= neighbours:
        raise NotMeasurableError(
            f"needs {neighbours + 1} samples or more of each kind, found {smallest}"
        )
    real_radius, generated_radius = (_radii(each, neighbours) for each in (real, generated))
    balls = np.zeros(len(generated), int)  # real balls that hold a generated sample
    recalled, covered = [], []
    for rows, distances in _distances(real, generated):
        within = distances <= real_radius[rows, None]
        balls += within.sum(axis=0)
        covered.append(within.any(axis=1))
        recalled.append((distances <= generated_radius).any(axis=1))
    return ManifoldFigures(
        precision=float(np.mean(balls > 0)),
        recall=float(np.mean(np.concatenate(recalled))),
        density=float(np.mean(balls)) / neighbours,
        coverage=float(np.mean(np.concatenate(covered))),
        neighbours=neighbours,
    )


def _radii(features: np.ndarray, neighbours: int) -> np.ndarray:
    """The distance of each sample to its k-th nearest other one, (N,)."""
    return np.concatenate(
        [
            np.partition(distances, neighbours, axis=1)[:, neighbours]  # the first is itself
            for _, distances in _distances(features, features)
        ]
    )


def _distances(first: np.ndarray, second: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Euclidean distances of some rows of `first` to all of `second`, with the rows."""
    from scipy.spatial.distance import cdist

    for start in range(0, len(first), ROWS):
        rows = slice(start, start + ROWS)
        yield rows, cdist(first[rows], second)
