"""The sheet on which a cover is drawn: coordinates, and masks with smooth edges."""

import functools
import math

import numpy as np

TAU = 2.0 * math.pi  # a Python float, because a NumPy one would promote float32 to float64


class Sheet:
    """Coordinates of a square sheet at the pixels of a cover.

    Shapes are signed distances, which have smooth edges one pixel wide at every size.

    Args:
        size: Side of the cover in pixels.
        centre: Origin of the composition (x, y); the sheet spans [-1, 1], with y downwards.
    """

    def __init__(self, size: int, centre: tuple[float, float]) -> None:
        self.size = size
        self.line = _line(size)
        self.x = self.line[None, :] - np.float32(centre[0])
        self.y = self.line[:, None] - np.float32(centre[1])

    def radius(self, x: float = 0.0, y: float = 0.0) -> np.ndarray:
        """Return the distances from a point of the composition, (size, size)."""
        return np.hypot(self.x - np.float32(x), self.y - np.float32(y))

    def turns(self) -> np.ndarray:
        """Return the angles around the origin in turns from the top, clockwise, (size, size)."""
        return np.arctan2(self.x, -self.y) / np.float32(TAU)

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """Return a mask in [0, 1] that is 1 inside a shape, with edges one pixel wide.

        Args:
            distance: Signed distances from the edge, negative inside.
        """
        return np.clip(0.5 - distance * np.float32(self.size / 2), 0.0, 1.0)


@functools.lru_cache(maxsize=2)
def _line(side: int) -> np.ndarray:
    return ((np.arange(side, dtype=np.float32) + 0.5) / np.float32(side / 2)) - np.float32(1.0)
