"""Strips: from one seed or track to another, and covers beside what a model makes of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.corpus.covers import load_cover, strict_decoding
from coverzoo.errors import UserError
from coverzoo.sampling.sampler import check_conditioning, generate, in_batches
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
    """Covers along the way from the first noise of one seed to that of another, a row a track.

    Spherical: the noise in between is of the length that noise has (White 2016,
    arXiv:1609.04468).

    Args:
        model: what `zoo.load` gives.
        vectors: (N, 1160) raw, or None to paint without audio.
        seeds: from which to which.
        count: covers a track, the two ends among them.
        strength: see `generate`.
        truncation: see `coverzoo.zoo.noise.normal`.

    Returns:
        float32 (N · count, S, S, 3) in [-1, 1].
    """
    check_conditioning(model, vectors, strength)
    first, last = (noise.normal(seed, [0], model.latent_dim, truncation)[0] for seed in seeds)
    codes = slerp(first, last, np.linspace(0.0, 1.0, count))
    if vectors is not None:
        codes = np.tile(codes, (len(vectors), 1))
        vectors = np.repeat(vectors, count, axis=0)
    return generate(model, codes, vectors, strength)


def between_tracks(
    model: Any,
    vectors: np.ndarray,
    *,
    seed: int,
    count: int,
    strength: float = 1.0,
    truncation: float | None = None,
) -> np.ndarray:
    """Covers of one noise along the way from the condition of one track to that of another.

    The condition is where the model compares music; halfway between raw features of two tracks
    lies no music.

    Args:
        model: what `zoo.load` gives.
        vectors: (2, 1160) raw.
        seed: of the noise.
        count: covers, the two ends among them.
        strength: see `generate`.
        truncation: see `coverzoo.zoo.noise.normal`.

    Returns:
        float32 (count, S, S, 3) in [-1, 1].
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

    sin((1 - t)θ) / sin θ · a + sin(tθ) / sin θ · b with θ the angle between a and b.

    Args:
        first: where share 0 is.
        last: where share 1 is.
        shares: (N,), t.
    """
    first, last = np.asarray(first, np.float64), np.asarray(last, np.float64)
    cosine = np.dot(first, last) / (np.linalg.norm(first) * np.linalg.norm(last))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    t = np.asarray(shares)[:, None]
    if np.sin(angle) < 1e-6:  # one direction: the way is straight
        return ((1.0 - t) * first + t * last).astype(np.float32)
    a, b = np.sin((1.0 - t) * angle), np.sin(t * angle)
    return ((a * first + b * last) / np.sin(angle)).astype(np.float32)


def read_covers(files: Sequence[Path], size: int) -> np.ndarray:
    """Image files as a model sees them, float32 (N, size, size, 3) in [-1, 1].

    Raises:
        UserError: naming the file and what is wrong with it.
    """
    import tensorflow as tf

    from coverzoo.corpus.pixels import normalise, square

    covers = []
    for file in files:
        try:
            with strict_decoding():
                pixels = load_cover(file)
        except FileNotFoundError:
            raise UserError(f"{file}: no such file") from None
        except IsADirectoryError:
            raise UserError(f"{file}: a folder. Give image files.") from None
        except (OSError, ValueError) as error:
            raise UserError(f"{file}: cannot be read as a cover: {error}") from error
        covers.append(normalise(square(tf.constant(pixels)[None], size)).numpy()[0])
    return np.stack(covers)


def reconstruct_covers(model: Any, covers: np.ndarray, vectors: np.ndarray | None) -> np.ndarray:
    """What a model makes of covers (N, S, S, 3), for one track if it hears.

    Raises:
        UserError: if the model cannot, naming the option.
    """
    if not hasattr(model, "reconstruct"):
        raise UserError(
            "--reconstruct: this run paints from noise only. Give a run of an autoencoder."
        )
    if vectors is None and model.audio_encoder is not None and not model.audio_encoder.null:
        raise UserError("--audio: this run cannot paint without audio. Give a track.")
    if vectors is None:
        return in_batches(model.reconstruct, covers)
    if model.audio_encoder is None:
        raise UserError("--audio: this run was trained without audio. Leave --audio out.")
    if len(vectors) != 1:
        raise UserError("--audio: with --reconstruct give one track, which is every cover's")
    return in_batches(model.reconstruct, covers, np.repeat(vectors, len(covers), axis=0))
