"""The resizer of every evaluation that compares covers at a smaller side."""

import numpy as np

from coverzoo.types import Tensor

NAME = "area"  # in the name of every figure that depends on it


def reduced(images: Tensor, size: int) -> np.ndarray:
    """Covers (N, S, S, 3) at a side of `size`, each pixel the mean of an area; S is a multiple."""
    images = np.asarray(images)
    count, side = images.shape[:2]
    if side == size:
        return images.astype(np.float32, copy=False)
    factor = side // size
    areas = images.reshape(count, size, factor, size, factor, -1)
    return areas.mean(axis=(2, 4), dtype=np.float32)
