"""The sheet a cover is drawn on: coordinates, and masks with smooth edges."""

import functools

import numpy as np


class Sheet:
    """Coordinates of a square sheet at the pixels of a cover.

    Shapes are signed distances, whose edges are smooth without drawing finer and reducing:
    with no visible gain at more than twice the time.

    Args:
        size: Side of the cover in pixels.
        centre: Where the composition's origin lies; the sheet spans [-1, 1], y downwards.
        angle: Turn of the composition, in radians.
    """

    def __init__(self, size: int, centre: tuple[float, float], angle: float) -> None:
        self.size = size
        column, row = _grid(size)
        x, y = column - centre[0], row - centre[1]
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        self.x = cos * x + sin * y
        self.y = cos * y - sin * x

    def radius(self, x: float = 0.0, y: float = 0.0) -> np.ndarray:
        """Distance from a point of the composition."""
        return np.hypot(self.x - np.float32(x), self.y - np.float32(y))

    def angle(self, x: float = 0.0, y: float = 0.0) -> np.ndarray:
        """Angle around a point of the composition, in (-π, π]."""
        return np.arctan2(self.y - np.float32(y), self.x - np.float32(x))

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """Mask of where a signed distance is negative, in [0, 1], soft over a pixel."""
        return np.clip(0.5 - distance * np.float32(self.size / 2), 0.0, 1.0)


@functools.lru_cache(maxsize=2)
def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    line = ((np.arange(side, dtype=np.float32) + 0.5) / np.float32(side / 2)) - np.float32(1.0)
    return line[None, :], line[:, None]
