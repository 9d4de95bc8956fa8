"""Noise that follows from (seed, index) alone, equal in Python, on a phone and in a browser.

Value c of the latent code of (seed, index) is computed from two 23-bit integers of a counter hash::

    h(k)  = mix(mix(k) + mix(mix(mix(lo) + hi) + index)), all in 32 bits, with lo and hi the halves
            of the 64-bit seed and mix(x) = the "lowbias32" finalizer:
            x ^= x >> 16; x *= 0x7feb352d; x ^= x >> 15; x *= 0x846ca68b; x ^= x >> 16, applied
            to x + 0x9e3779b9 so that zero does not map to itself
    u     = ((h >> 9) + ½) / 2²³, exact in float32, never 0 nor 1
    z_c   = √(-2 ln u(2k)) cos(2π u(2k + 1)), Box & Muller 1958, computed in float64

with k = c + attempt · 2¹⁶. The value is that of attempt 0; with truncation T it is that of the
first of 64 attempts with |z| ≤ T, or, if all fail, the last one clipped to ±T.
"""

import numpy as np
import numpy.typing as npt

MAX_ATTEMPTS = 64
_ATTEMPT_STRIDE = 1 << 16


def normal(
    seed: int, indices: npt.ArrayLike, dim: int, truncation: float | None = None
) -> np.ndarray:
    """Return standard normal latent codes, float32 (N, dim).

    Args:
        seed: Seed, a 64-bit integer, signed or not.
        indices: Indices (N,) of the seed's codes, integers in [0, 2³²).
        dim: Number of values of a code, from 1 to 65,535.
        truncation: Bound T > 0; values with |z| > T are redrawn (the truncation trick,
            arXiv:1809.11096). None for no bound.

    Raises:
        ValueError: If dim, truncation or an index is out of range.
    """
    if not 0 < dim < _ATTEMPT_STRIDE:
        raise ValueError(f"dim must lie in 1 … {_ATTEMPT_STRIDE - 1}. Received: {dim}")
    if truncation is not None and not truncation > 0.0:
        raise ValueError(f"truncation must be above 0. Received: {truncation}")
    indices = np.asarray(indices)
    for index in indices.ravel():
        if int(index) != index or not 0 <= index < 1 << 32:
            raise ValueError(f"indices must be integers in 0 … {(1 << 32) - 1}. Received: {index}")
    base = _mix(np.array([seed & 0xFFFFFFFF], np.uint32))
    base = _mix(base + np.uint32((seed >> 32) & 0xFFFFFFFF))
    base = _mix(base + indices.astype(np.uint32))[:, None]
    columns = np.arange(dim, dtype=np.uint32)[None, :]
    z = _gaussian(base, columns)
    if truncation is None:
        return z.astype(np.float32)
    for attempt in range(1, MAX_ATTEMPTS):
        outside = np.abs(z) > truncation
        if not outside.any():
            break
        z = np.where(outside, _gaussian(base, columns + np.uint32(attempt * _ATTEMPT_STRIDE)), z)
    return np.clip(z, -truncation, truncation).astype(np.float32)


def _gaussian(base: np.ndarray, counter: np.ndarray) -> np.ndarray:
    """Values z of the counters, float64, from the hash of seed and index."""
    first = _uniform(base + _mix(np.uint32(2) * counter))
    second = _uniform(base + _mix(np.uint32(2) * counter + np.uint32(1)))
    return np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second)


def _uniform(x: np.ndarray) -> np.ndarray:
    """Values u in (0, 1), float64."""
    return ((_mix(x) >> np.uint32(9)).astype(np.float64) + 0.5) / float(1 << 23)


def _mix(x: np.ndarray) -> np.ndarray:
    """The "lowbias32" finalizer, uint32."""
    x = x + np.uint32(0x9E3779B9)
    x ^= x >> np.uint32(16)
    x = x * np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x = x * np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x
