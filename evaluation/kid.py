"""Kernel Inception Distance, for features of any network (arXiv:1801.01401)."""

import numpy as np

from coverzoo.evaluation.estimate import Estimate
from coverzoo.evaluation.feature_sets import checked
from coverzoo.evaluation.result import NotMeasurableError

GROUPS = 20  # of the jackknife


def kid(real: np.ndarray, generated: np.ndarray, *, seed: int = 0) -> Estimate:
    """The squared maximum mean discrepancy of two sets of features, with (x·y / D + 1)³ as kernel.

    The mean of the kernel over pairs of different real samples, plus that over pairs of different
    generated ones, minus twice that over pairs of one of each. It is unbiased for any number of
    samples, so that small sets compare, and can be below 0. Others take the mean over random
    subsets of 1,000: over all subsets, that mean is the number computed here.

    The standard error is that of the jackknife, over draws of both sets: each leaves out one of 20
    groups in turn. The deviation over random subsets of the same samples would be another number.

    Args:
        real: Features (N, D).
        generated: Features (M, D).
        seed: Seed of the groups.

    Raises:
        ValueError: If the sets are not of shape (N, D) with one D, or not finite.
        NotMeasurableError: If a set has fewer than three samples.
    """
    real, generated = checked(real, generated)
    smallest = min(len(real), len(generated))
    if smallest < 3:
        raise NotMeasurableError(f"needs three samples or more of each kind, found {smallest}")
    groups = min(GROUPS, smallest)
    rng = np.random.default_rng(seed)
    parts = [np.array_split(each[rng.permutation(len(each))], groups) for each in (real, generated)]
    among_real, among_generated = (_Within(each) for each in parts)
    between = _Between(*parts)
    value = among_real.mean() + among_generated.mean() - 2.0 * between.mean()
    without_real = among_real.means_without() - 2.0 * between.means_without(0)
    without_generated = among_generated.means_without() - 2.0 * between.means_without(1)
    variance = sum((groups - 1) * float(np.var(each)) for each in (without_real, without_generated))
    return Estimate(float(value), float(np.sqrt(variance)))


def kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(x·y / D + 1)³ of all pairs, (N, M).

    Args:
        first: Features (N, D).
        second: Features (M, D).
    """
    return (first @ second.T / first.shape[1] + 1.0) ** 3


class _Between:
    """The kernel over pairs of one sample of each of two sets, both in groups."""

    def __init__(self, first: list[np.ndarray], second: list[np.ndarray]) -> None:
        # By pairs of groups, so that a matrix of all pairs never is in memory.
        self.sums = np.array([[kernel(a, b).sum() for b in second] for a in first])
        self.counts = np.outer([len(a) for a in first], [len(b) for b in second]).astype(float)

    def mean(self) -> float:
        return float(self.sums.sum() / self.counts.sum())

    def means_without(self, axis: int) -> np.ndarray:
        """The mean without each group of the first set, or with axis 1 of the second."""
        sums, counts = (each.sum(axis=1 - axis) for each in (self.sums, self.counts))
        return (sums.sum() - sums) / (counts.sum() - counts)


class _Within(_Between):
    """The kernel over pairs of different samples of one set."""

    def __init__(self, parts: list[np.ndarray]) -> None:
        super().__init__(parts, parts)
        own = [
            float(np.sum((np.sum(part**2, axis=1) / part.shape[1] + 1.0) ** 3)) for part in parts
        ]
        self.sums -= np.diag(own)
        self.counts -= np.diag([float(len(part)) for part in parts])

    def means_without(self, axis: int = 0) -> np.ndarray:
        """The mean without each group, as the first and as the second of a pair."""
        sums, counts = (2.0 * each.sum(axis=1) - np.diag(each) for each in (self.sums, self.counts))
        return (self.sums.sum() - sums) / (self.counts.sum() - counts)
