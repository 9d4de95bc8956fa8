"""Fréchet Inception Distance, for features of any network (arXiv:1706.08500)."""

from dataclasses import dataclass

import numpy as np

from coverzoo.evaluation.metrics.feature_sets import checked
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError

SIZES = 10  # of generated subsets, for the extrapolation
SMALLEST = 0.5  # the smallest of them, of all


@dataclass(frozen=True)
class FrechetDistance(EvaluationResult):
    """FID, and what it would be for sets of any size.

    Attributes:
        value: FID of the two sets.
        extrapolated: FID∞ (Chong & Forsyth 2020, arXiv:1911.07023): the estimate has a bias that is
            about linear in 1/N, and a line through the FID of subsets meets 1/N = 0 at this value.
            Both sets are reduced, because the bias comes from both. The line needs several times
            as many samples as features have values; with fewer, both figures are mostly bias: for
            two sets of 720 from one Gaussian of 2048 values and a total variance of 150, whose
            k-th is proportional to 1/k, 58 and 34 instead of 0.
    """

    value: float
    extrapolated: float

    def __str__(self) -> str:
        return f"FID {self.value:.4g}, {self.extrapolated:.4g} for sets without end"


def fid(real: np.ndarray, generated: np.ndarray, *, seed: int = 0) -> FrechetDistance:
    """The Fréchet distance of two Gaussians with the means and covariances of the sets.

    Args:
        real: Features (N, D).
        generated: Features (M, D).
        seed: Seed of the subsets of the extrapolation.

    Raises:
        ValueError: If the sets are not of shape (N, D) with one D, or not finite.
        NotMeasurableError: If a set has fewer than four samples.
    """
    real, generated = checked(real, generated)
    smallest = min(len(real), len(generated))
    if smallest < 4:
        raise NotMeasurableError(f"needs four samples or more of each kind, found {smallest}")
    rng = np.random.default_rng(seed)
    inverse, found = [], []
    for share in np.linspace(SMALLEST, 1.0, SIZES):
        count = round(share * smallest)
        subsets = [rng.choice(each, count, replace=False) for each in (real, generated)]
        inverse.append(1.0 / count)
        found.append(frechet_distance(*subsets))
    _, extrapolated = np.polyfit(inverse, found, 1)
    return FrechetDistance(frechet_distance(real, generated), float(extrapolated))


def frechet_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """|μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½).

    The trace of the root is the sum of the singular values of A₁ A₂ᵀ, for Σ = Aᵀ A. That needs no
    root of a matrix that is not symmetric, and no Σ of full rank.

    Args:
        real: Features (N, D), two or more.
        generated: Features (M, D), two or more.
    """
    roots: list[np.ndarray] = []
    for each in (real, generated):
        root = (each - each.mean(axis=0)) / np.sqrt(len(each) - 1)
        # Fewer rows, the same Σ; nothing is gained where there are fewer samples than values.
        if len(root) > root.shape[1]:
            root = np.asarray(np.linalg.qr(root, mode="r"))
        roots.append(root)
    root_trace = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    difference = np.sum((real.mean(axis=0) - generated.mean(axis=0)) ** 2)
    traces = sum(float(np.sum(root**2)) for root in roots)
    return max(0.0, float(difference + traces - 2.0 * root_trace))
