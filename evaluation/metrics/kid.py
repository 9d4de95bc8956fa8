"""Kernel Inception Distance, for features of any network (arXiv:1801.01401)."""

import numpy as np

from coverzoo.evaluation.estimate import Estimate
from coverzoo.evaluation.metrics.feature_sets import checked
from coverzoo.evaluation.result import NotMeasurableError

GROUPS = 20  # of the jackknife


def kid(
    real: np.ndarray, generated: np.ndarray, *, paired: bool = False, seed: int = 0
) -> Estimate:
    """The squared maximum mean discrepancy of two sets of features, with (x·y / D + 1)³ as kernel.

    The mean of the kernel over pairs of different real samples, plus that over pairs of different
    generated ones, minus twice that over pairs of one of each. It is unbiased for any number of
    samples, so that small sets compare, and can be below 0. Others take the mean over random
    subsets of 1,000: over all subsets, that mean is the number computed here.

    Where sample i of both sets is of one track, the two are more alike than others, and the number
    would be below 0 for equal distributions. With `paired` the mean over pairs of one of each
    leaves out these pairs, as those of equal samples are left out within a set (Gretton et al.
    2012, Journal of Machine Learning Research 13, equation 4).

    The standard error is that of the jackknife, over draws of both sets, or of pairs: each leaves
    out one of 20 groups in turn. The deviation over random subsets of the same samples would be
    another number.

    Args:
        real: Features (N, D).
        generated: Features (M, D).
        paired: Whether sample i of both sets is of one track.
        seed: Seed of the groups.

    Raises:
        ValueError: If the sets are not of shape (N, D) with one D, or not finite, or `paired` and
            not of one length.
        NotMeasurableError: If a set has fewer than three samples.
    """
    real, generated = checked(real, generated)
    smallest = min(len(real), len(generated))
    if smallest < 3:
        raise NotMeasurableError(f"needs three samples or more of each kind, found {smallest}")
    if paired and len(real) != len(generated):
        raise ValueError(f"pairs need one length. Received: {len(real)} and {len(generated)}")
    groups = min(GROUPS, smallest)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(each)) for each in (real, generated)]
    if paired:
        orders[1] = orders[0]
    parts = [
        np.array_split(each[order], groups)
        for each, order in zip((real, generated), orders, strict=True)
    ]
    among_real, among_generated = (_Pairs(each, each, same=True) for each in parts)
    between = _Pairs(*parts, same=paired)
    value = among_real.mean() + among_generated.mean() - 2.0 * between.mean()
    of_real, of_generated = among_real.means_without(), among_generated.means_without()
    if paired:
        jackknives = [of_real + of_generated - 2.0 * between.means_without()]
    else:
        jackknives = [
            of_real - 2.0 * between.means_without(0),
            of_generated - 2.0 * between.means_without(1),
        ]
    variance = sum((groups - 1) * float(np.var(each)) for each in jackknives)
    return Estimate(float(value), float(np.sqrt(variance)))


def kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(x·y / D + 1)³ of all pairs, (N, M).

    Args:
        first: Features (N, D).
        second: Features (M, D).
    """
    return (first @ second.T / first.shape[1] + 1.0) ** 3


class _Pairs:
    """The kernel over pairs of one sample of each of two sets, both in groups.

    With `same`, pairs of sample i and sample i are left out.
    """

    def __init__(self, first: list[np.ndarray], second: list[np.ndarray], *, same: bool) -> None:
        # By pairs of groups, so that a matrix of all pairs never is in memory.
        self.sums = np.array([[kernel(a, b).sum() for b in second] for a in first])
        self.counts = np.outer([len(a) for a in first], [len(b) for b in second]).astype(float)
        if same:
            own = [
                float(np.sum((np.sum(a * b, axis=1) / a.shape[1] + 1.0) ** 3))
                for a, b in zip(first, second, strict=True)
            ]
            self.sums -= np.diag(own)
            self.counts -= np.diag([float(len(part)) for part in first])

    def mean(self) -> float:
        return float(self.sums.sum() / self.counts.sum())

    def means_without(self, axis: int | None = None) -> np.ndarray:
        """The mean without each group of the first set, with axis 1 of the second, else of both."""
        if axis is None:
            sums, counts = (
                each.sum(axis=0) + each.sum(axis=1) - np.diag(each)
                for each in (self.sums, self.counts)
            )
        else:
            sums, counts = (each.sum(axis=1 - axis) for each in (self.sums, self.counts))
        return (self.sums.sum() - sums) / (self.counts.sum() - counts)
