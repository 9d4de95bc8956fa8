"""Pairing each sample with another one."""

import numpy as np


def derangement(count: int, seed: int) -> np.ndarray:
    """For each of `count` samples the index of another one, (count,): a random cycle.

    Args:
        count: Number of samples, two or more.
        seed: Seed of the cycle.
    """
    order = np.random.default_rng(seed).permutation(count)
    partner = np.empty_like(order)
    partner[order] = np.roll(order, -1)
    return partner
