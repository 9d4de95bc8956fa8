"""Memorisation: are generated covers nearer to training covers than new real covers are?"""

from dataclasses import dataclass

import numpy as np

from coverzoo.evaluation.metrics.feature_sets import checked
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError

ROWS = 1000  # whose distances are computed at once


@dataclass(frozen=True)
class Memorisation(EvaluationResult):
    """Distances to the nearest training cover.

    Attributes:
        nearer: Probability that a generated cover is nearer to its nearest training cover than a
            held-out real one is to its own, equal distances counted half; 0.5 for covers as new as
            real ones, 1 for copies. Below 0.5 they are unlike the data.
        generated: Median distance of generated covers.
        held_out: Median distance of held-out real covers.
        covers: Number of generated covers.
    """

    nearer: float
    generated: float
    held_out: float
    covers: int

    def __str__(self) -> str:
        return (
            f"Nearest training cover: nearer to generated than to held-out real covers in "
            f"{self.nearer:.3f} of pairs; median distance {self.generated:.4g} and "
            f"{self.held_out:.4g}"
        )


def memorisation(train: np.ndarray, held_out: np.ndarray, generated: np.ndarray) -> Memorisation:
    """Compare the distances of generated and of held-out covers to training covers.

    Args:
        train: Features of training covers (N, D).
        held_out: Features of real covers that training never used (M, D).
        generated: Features of generated covers (K, D).

    Raises:
        ValueError: If the features are not of shape (N, D) with one D, or not finite.
        NotMeasurableError: If a set is empty.
    """
    train, held_out = checked(train, held_out)
    train, generated = checked(train, generated)
    smallest = min(len(train), len(held_out), len(generated))
    if not smallest:
        raise NotMeasurableError("needs a training, a held-out and a generated cover or more")
    new, made = (np.sort(nearest(each, train)[0]) for each in (held_out, generated))
    further = len(new) - np.searchsorted(new, made, side="right")
    equal = len(new) - further - np.searchsorted(new, made, side="left")
    return Memorisation(
        nearer=float(np.mean(further + equal / 2.0) / len(new)),
        generated=float(np.median(made)),
        held_out=float(np.median(new)),
        covers=len(made),
    )


def nearest(features: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Euclidean distance to the nearest training cover of each cover, and its index, (K,) each.

    Args:
        features: Features (K, D).
        train: Features of training covers (N, D).
    """
    from scipy.spatial.distance import cdist

    distance, index = np.empty(len(features)), np.empty(len(features), int)
    for start in range(0, len(features), ROWS):
        rows = slice(start, start + ROWS)
        found = cdist(features[rows], train)
        distance[rows], index[rows] = found.min(axis=1), found.argmin(axis=1)
    return distance, index
