"""Light over a whole cover: what it seems to be printed on."""

from collections.abc import Callable

import numpy as np

Texture = Callable[[int, np.random.Generator], np.ndarray]

GRAIN = 0.010


def paper(size: int, draw: np.random.Generator) -> np.ndarray:
    """Cloudy paper."""
    return 0.03 * _clouds(size, draw)


def wash(size: int, draw: np.random.Generator) -> np.ndarray:
    """A wash from one side to the other."""
    turn = draw.uniform(0, 2 * np.pi)
    line = np.linspace(-1.0, 1.0, size)
    return 0.035 * (np.cos(turn) * line[None, :] + np.sin(turn) * line[:, None])


def glow(size: int, draw: np.random.Generator) -> np.ndarray:
    """A light middle and darker corners."""
    line = np.linspace(-1.0, 1.0, size)
    strength = draw.uniform(0.06, 0.1)
    return strength * (0.45 - 0.7 * (line[None, :] ** 2 + line[:, None] ** 2) / 2)


def _clouds(size: int, draw: np.random.Generator) -> np.ndarray:
    knots = draw.standard_normal((6, 6))
    place = np.linspace(0, 5, size)
    lower = np.minimum(place.astype(int), 4)
    share = place - lower
    share = share * share * (3 - 2 * share)
    weights = np.zeros((size, 6))
    weights[np.arange(size), lower] = 1 - share
    weights[np.arange(size), lower + 1] = share
    return weights @ knots @ weights.T


TEXTURES: dict[str, Texture] = {"paper": paper, "wash": wash, "glow": glow}
