"""Retrieval: is a cover's own audio found among that of other tracks?"""

from dataclasses import dataclass

import numpy as np

from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError

POOL = 100
PERMUTATIONS = 999


@dataclass(frozen=True)
class Retrieval(EvaluationResult):
    """How often the own audio of a cover is among the most similar of a pool.

    Attributes:
        recall_at_1: Share of covers whose own audio is the most similar of the pool, in [0, 1].
        recall_at_5: Share whose own audio is among the five most similar.
        recall_at_10: Share whose own audio is among the ten most similar.
        median_rank: Median over the covers of the expected rank in a pool, from 1 to `pool`.
        pool: Number of distinct tracks in a pool, the own one among them.
        chance: recall_at_1 of a guess: 1 / pool.
        p_value: Share of the permutations of the audio, the given one among them, whose covers are
            as similar to their audio.
        covers: Number of covers.
        units: Number of units that are permuted: tracks, or recordings of several vectors.
    """

    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    median_rank: float
    pool: int
    chance: float
    p_value: float
    covers: int
    units: int

    def __str__(self) -> str:
        return (
            f"Own audio found among {self.pool} tracks: recall@1 {self.recall_at_1:.3f}, @5 "
            f"{self.recall_at_5:.3f}, @10 {self.recall_at_10:.3f}, median rank "
            f"{self.median_rank:.1f}, chance {self.chance:.3f}, p = {self.p_value:.3g} over "
            f"{self.units} units"
        )


def retrieval(
    similarity: np.ndarray,
    own: np.ndarray,
    units: np.ndarray | None = None,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Retrieval:
    """Rank the own audio of each cover.

    Pools are not drawn: if b of the M - 1 other tracks are more similar than the own one, the
    number of them in a random pool is hypergeometric, and recalls and ranks are its expectations.
    Of equally similar tracks each order is as likely.

    The p-value permutes the audio of units. A cover is as similar to a unit as the rank, among all
    tracks, of its vectors on average; the statistic is the mean over units of the similarity of
    their covers to the unit's audio.

    Args:
        similarity: Similarity of covers and the audio of distinct tracks, (N, M).
        own: Index of each cover's track, (N,).
        units: Unit of each track, (M,): tracks that are not independent, as windows of one
            recording, have one number. Each track is a unit unless given.
        permutations: Number of random permutations.
        seed: Seed of them.

    Raises:
        ValueError: If the shapes do not agree or a similarity is not finite.
        NotMeasurableError: If covers are of fewer than two units.
    """
    similarity, own = np.asarray(similarity, np.float64), np.asarray(own)
    count, tracks = similarity.shape
    units = np.arange(tracks) if units is None else np.asarray(units)
    if own.shape != (count,) or units.shape != (tracks,):
        raise ValueError(
            f"similarity (N, M), own (N,) and units (M,) must agree. Received: {similarity.shape}, "
            f"{own.shape} and {units.shape}"
        )
    if not np.isfinite(similarity).all():
        raise ValueError("similarities must be finite")
    names = np.unique(units[own])
    if len(names) < 2:
        raise NotMeasurableError(f"needs covers of two tracks or more, found {len(names)}")
    pool = min(POOL, tracks)
    mine = similarity[np.arange(count), own][:, None]
    above, equal = (similarity > mine).sum(axis=1), (similarity == mine).sum(axis=1) - 1
    first, five, ten = (_recall(above, equal, k, tracks, pool) for k in (1, 5, 10))
    ranks = 1.0 + (above + equal / 2.0) * (pool - 1) / (tracks - 1)
    return Retrieval(
        recall_at_1=first,
        recall_at_5=five,
        recall_at_10=ten,
        median_rank=float(np.median(ranks)),
        pool=pool,
        chance=1.0 / pool,
        p_value=_p_value(similarity, own, units, names, permutations, seed),
        covers=count,
        units=len(names),
    )


def _recall(above: np.ndarray, equal: np.ndarray, k: int, tracks: int, pool: int) -> float:
    """The expected share of covers with fewer than k better tracks in a random pool."""
    from scipy.stats import hypergeom

    better = np.arange(tracks)  # of all others
    among_first = hypergeom.cdf(k - 1, tracks - 1, better, pool - 1)
    # The mean from `above` to `above + equal`, by cumulative sums.
    sums = np.concatenate([[0.0], np.cumsum(among_first)])
    return float(np.mean((sums[above + equal + 1] - sums[above]) / (equal + 1)))


def _p_value(
    similarity: np.ndarray,
    own: np.ndarray,
    units: np.ndarray,
    names: np.ndarray,
    permutations: int,
    seed: int,
) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(similarity, axis=1)
    by_unit = np.stack([ranks[:, units == name].mean(axis=1) for name in names], axis=1)
    means = np.stack([by_unit[units[own] == name].mean(axis=0) for name in names])
    places, rng = np.arange(len(names)), np.random.default_rng(seed)
    found = means[places, places].mean()
    drawn = [means[places, rng.permutation(places)].mean() for _ in range(permutations)]
    # Sums in another order differ by rounding.
    reached = np.sum(np.asarray(drawn) >= found - 1e-9)
    return float((1 + reached) / (1 + permutations))
