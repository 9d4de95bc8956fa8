"""Checks of two sets of features that are compared."""

import numpy as np


def checked(real: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sets in float64.

    Raises:
        ValueError: If they are not of shape (N, D) with one D, or hold what is not finite.
    """
    real, generated = np.asarray(real, np.float64), np.asarray(generated, np.float64)
    if real.ndim != 2 or generated.ndim != 2 or real.shape[1:] != generated.shape[1:]:
        raise ValueError(
            "features must have the shapes (N, D) and (M, D). "
            f"Received: {real.shape} and {generated.shape}"
        )
    if not (np.isfinite(real).all() and np.isfinite(generated).all()):
        raise ValueError("features must be finite")
    return real, generated
