"""Which track stands beside which."""

import numpy as np


def derangement(count: int, seed: int) -> np.ndarray:
    """For each of `count` samples another one, (count,): the next in a random circle."""
    order = np.random.default_rng(seed).permutation(count)
    partner = np.empty_like(order)
    partner[order] = np.roll(order, -1)
    return partner
