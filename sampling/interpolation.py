"""Strips of covers: from one seed to another, or from one track to another."""

from typing import Any

import numpy as np

from coverzoo.sampling.sampler import check_conditioning, generate_in_batches, in_batches
from coverzoo.zoo import noise


def between_seeds(
    model: Any,
    vectors: np.ndarray | None,
    *,
    seeds: tuple[int, int],
    count: int,
    strength: float = 1.0,
    truncation: float | None = None,
) -> np.ndarray:
    """Covers from the first noise of one seed to that of another, a row per track.

    The interpolation is spherical, so that noise in between has a typical length (White 2016,
    arXiv:1609.04468).

    Args:
        model: Model as `coverzoo.load` returns it.
        vectors: Raw audio features (N, width), or None to generate without audio.
        seeds: First and last seed.
        count: Number of covers per track, both ends included.
        strength: Scale of the audio's effect, see `generate_covers`.
        truncation: Bound of the noise, see `coverzoo.zoo.noise.normal`.

    Returns:
        float32 (N · count, S, S, 3) in [-1, 1].

    Raises:
        UserError: If the model cannot do what is asked.
    """
    check_conditioning(model, vectors, strength)
    first, last = (noise.normal(seed, [0], model.latent_dim, truncation)[0] for seed in seeds)
    codes = slerp(first, last, np.linspace(0.0, 1.0, count))
    if vectors is not None:
        codes = np.tile(codes, (len(vectors), 1))
        vectors = np.repeat(vectors, count, axis=0)
    return generate_in_batches(model, codes, vectors, strength)


def between_tracks(
    model: Any,
    vectors: np.ndarray,
    *,
    seed: int,
    count: int,
    strength: float = 1.0,
    truncation: float | None = None,
) -> np.ndarray:
    """Covers of one noise from the condition of one track to that of another.

    Conditions are interpolated rather than raw features: halfway between the features of two
    tracks lies no music.

    Args:
        model: Model as `coverzoo.load` returns it.
        vectors: Raw audio features (2, width).
        seed: Seed of the noise.
        count: Number of covers, both ends included.
        strength: Scale of the audio's effect, see `generate_covers`.
        truncation: Bound of the noise, see `coverzoo.zoo.noise.normal`.

    Returns:
        float32 (count, S, S, 3) in [-1, 1].

    Raises:
        UserError: If the model cannot do what is asked.
    """
    check_conditioning(model, vectors, strength)
    z = np.repeat(noise.normal(seed, [0], model.latent_dim, truncation), count, axis=0)
    strengths = None if strength == 1.0 else np.full(2, strength, np.float32)
    first, last = np.asarray(model.condition(z[:2], vectors, strengths))
    share = np.linspace(0.0, 1.0, count, dtype=np.float32)[:, None]
    conditions = (1.0 - share) * first + share * last
    return in_batches(model.generate_from, z, conditions)


def slerp(first: np.ndarray, last: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Spherical interpolation, (D,) and (D,) → (N, D), float32.

    sin((1 - t)θ) / sin θ · a + sin(tθ) / sin θ · b with θ the angle between a and b. Vectors of
    one direction are interpolated linearly.

    Args:
        first: Vector a, at share 0.
        last: Vector b, at share 1.
        shares: Shares t, (N,).
    """
    first, last = np.asarray(first, np.float64), np.asarray(last, np.float64)
    cosine = np.dot(first, last) / (np.linalg.norm(first) * np.linalg.norm(last))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    t = np.asarray(shares)[:, None]
    if np.sin(angle) < 1e-6:
        return ((1.0 - t) * first + t * last).astype(np.float32)
    a, b = np.sin((1.0 - t) * angle), np.sin(t * angle)
    return ((a * first + b * last) / np.sin(angle)).astype(np.float32)
