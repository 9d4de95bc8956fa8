"""The sheet on which a cover is drawn: coordinates, and masks with smooth edges."""

import functools

import numpy as np


class Sheet:
    """Coordinates of a square sheet at the pixels of a cover.

    Shapes are signed distances, which have smooth edges. Supersampling instead had no visible
    gain and took more than twice the time.

    Args:
        size: Side of the cover in pixels.
        centre: Origin of the composition (x, y); the sheet spans [-1, 1], with y downwards.
        angle: Rotation of the composition in radians.
    """

    def __init__(self, size: int, centre: tuple[float, float], angle: float) -> None:
        self.size = size
        column, row = _grid(size)
        x, y = column - centre[0], row - centre[1]
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        self.x = cos * x + sin * y
        self.y = cos * y - sin * x

    def radius(self, x: float = 0.0, y: float = 0.0) -> np.ndarray:
        """Return the distances from a point of the composition, (size, size)."""
        return np.hypot(self.x - np.float32(x), self.y - np.float32(y))

    def angle(self, x: float = 0.0, y: float = 0.0) -> np.ndarray:
        """Return the angles around a point of the composition, (size, size), in (-π, π]."""
        return np.arctan2(self.y - np.float32(y), self.x - np.float32(x))

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """Return a mask in [0, 1] that is 1 inside a shape, with edges one pixel wide.

        Args:
            distance: Signed distances from the edge, negative inside.
        """
        return np.clip(0.5 - distance * np.float32(self.size / 2), 0.0, 1.0)


@functools.lru_cache(maxsize=2)
def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    line = ((np.arange(side, dtype=np.float32) + 0.5) / np.float32(side / 2)) - np.float32(1.0)
    return line[None, :], line[:, None]
