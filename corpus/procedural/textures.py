"""Textures: variations of lightness over a whole cover."""

from collections.abc import Callable

import numpy as np

Texture = Callable[[int, np.random.Generator], np.ndarray]

GRAIN = 0.010  # standard deviation of the noise per pixel


def paper(size: int, rng: np.random.Generator) -> np.ndarray:
    """Cloudy paper."""
    return 0.03 * _clouds(size, rng)


def wash(size: int, rng: np.random.Generator) -> np.ndarray:
    """A linear gradient from one side to the other."""
    turn = rng.uniform(0, 2 * np.pi)
    line = np.linspace(-1.0, 1.0, size)
    return 0.035 * (np.cos(turn) * line[None, :] + np.sin(turn) * line[:, None])


def glow(size: int, rng: np.random.Generator) -> np.ndarray:
    """A light centre and darker corners."""
    line = np.linspace(-1.0, 1.0, size)
    strength = rng.uniform(0.06, 0.1)
    return strength * (0.45 - 0.7 * (line[None, :] ** 2 + line[:, None] ** 2) / 2)


def _clouds(size: int, rng: np.random.Generator) -> np.ndarray:
    """Return smooth noise (size, size), interpolated between 6 × 6 normal numbers."""
    knots = rng.standard_normal((6, 6))
    place = np.linspace(0, 5, size)
    lower = np.minimum(place.astype(int), 4)
    share = place - lower
    share = share * share * (3 - 2 * share)
    weights = np.zeros((size, 6))
    weights[np.arange(size), lower] = 1 - share
    weights[np.arange(size), lower + 1] = share
    return weights @ knots @ weights.T


TEXTURES: dict[str, Texture] = {"paper": paper, "wash": wash, "glow": glow}
