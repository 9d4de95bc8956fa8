"""The structural similarity of two sets of covers (SSIM)."""

import numpy as np
import tensorflow as tf

from coverzoo.types import Tensor

# Those of the paper; scikit-image has the same window for sigma=1.5.
WINDOW, SIGMA, K1, K2 = 11, 1.5, 0.01, 0.03
AT_ONCE = 16  # covers: the maps of a batch would take several times its memory


def ssim(originals: Tensor, reconstructed: Tensor) -> np.ndarray:
    """The SSIM of each cover with its reconstruction, (N,) in [-1, 1]; 1 for equal ones.

    Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861, of values scaled to [0, 1]::

        (2 μx μy + c1) (2 σxy + c2) / ((μx² + μy² + c1) (σx² + σy² + c2))

    with c1 = 0.01², c2 = 0.03², and means, variances and the covariance under a Gaussian window of
    11 × 11 pixels and σ = 1.5, without Bessel's correction. The mean is taken over the windows that
    lie within the cover, and over the three channels.

    Args:
        originals: Covers (N, S, S, 3) in [-1, 1].
        reconstructed: Covers (N, S, S, 3) in [-1, 1].

    Raises:
        ValueError: If the shapes differ, or a side is below 11.
    """
    originals, reconstructed = np.asarray(originals), np.asarray(reconstructed)
    if originals.shape != reconstructed.shape:
        raise ValueError(f"shapes differ. Received: {originals.shape} and {reconstructed.shape}")
    if min(originals.shape[1:3]) < WINDOW:
        raise ValueError(
            f"SSIM needs covers of {WINDOW} pixels a side or more. Received: {originals.shape}"
        )
    found = [
        tf.image.ssim(
            *(0.5 * (each[start : start + AT_ONCE] + 1.0) for each in (originals, reconstructed)),
            max_val=1.0,
            filter_size=WINDOW,
            filter_sigma=SIGMA,
            k1=K1,
            k2=K2,
        )
        for start in range(0, len(originals), AT_ONCE)
    ]
    return np.concatenate(found).astype(np.float64)
