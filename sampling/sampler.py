"""Covers from a trained model: tracks in, noise from a seed, images out."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from coverzoo.corpus.tracks import TrackFile, load_track, load_tracks
from coverzoo.corpus.vectors import AUDIO_WIDTH, as_float32, check_known
from coverzoo.errors import UserError
from coverzoo.sampling.limits import (
    check_count,
    check_seed,
    check_strength,
    check_truncation,
    is_number,
)
from coverzoo.types import Tensor
from coverzoo.zoo import noise

Track = str | os.PathLike[str] | np.ndarray

BATCH_SIZE = 64


def as_vectors(tracks: Track | Sequence[Track] | None) -> np.ndarray | None:
    """Raw audio features of one track or several.

    Args:
        tracks: Files, see `coverzoo.corpus.tracks.load_track`, or arrays of features, (1160,) or
            (N, 1160); one of them or a sequence. None generates without audio.

    Returns:
        float32 (N, 1160), or None for None.

    Raises:
        UserError: If a file cannot be read, an array has another width, is empty, is not finite
            or holds a track of zeros alone, or no track is given.
    """
    if tracks is None:
        return None
    items = _listed(tracks)
    if not items:
        raise UserError("tracks: empty. Give one track or more, or None to generate without audio.")
    return np.concatenate([_vectors_of(item) for item in items])


def read_tracks(found: Sequence[TrackFile]) -> tuple[list[Path], np.ndarray | None]:
    """`load_tracks` with a progress bar; no files and None where none were given."""
    if not found:
        return [], None
    with logging_redirect_tqdm([logging.getLogger("coverzoo")]):
        return load_tracks(found, lambda files: _with_progress(files, len(found) > 1))


def generate_covers(
    model: Any,
    vectors: np.ndarray | None,
    *,
    count: int,
    seed: int,
    strength: float = 1.0,
    truncation: float | None = None,
) -> np.ndarray:
    """Covers of every track: noise 0 … count - 1 of the seed for each, tracks one after another.

    Args:
        model: Model as `coverzoo.load` returns it.
        vectors: Raw audio features (N, width), or None to generate without audio.
        count: Number of covers per track, 1 or more.
        seed: Seed of the noise, from -2⁶³ to 2⁶⁴ - 1; equal seeds give equal covers.
        strength: Scale s of the audio's effect, from -100 to 100: 0 for none, 1 as in training.
            Other values than 1 need `vectors`.
        truncation: Bound T > 0; noise beyond ±T is redrawn, see `coverzoo.zoo.noise.normal`.

    Returns:
        float32 (N · count, S, S, 3) in [-1, 1]; N is 1 without audio.

    Raises:
        UserError: If an argument is out of range, or the model cannot do what is asked; the
            message names the argument or option.
    """
    count, seed = check_count(count), check_seed(seed)
    check_strength(strength)
    check_truncation(truncation)
    if vectors is None and strength != 1.0:
        raise UserError("strength: it scales the effect of the audio. Give tracks too, or leave 1.")
    check_conditioning(model, vectors, strength)
    codes = noise.normal(seed, range(count), model.latent_dim, truncation)
    if vectors is not None:
        codes = np.tile(codes, (len(vectors), 1))
        vectors = np.repeat(vectors, count, axis=0)
    return generate_in_batches(model, codes, vectors, strength)


def generate_in_batches(
    model: Any, codes: np.ndarray, vectors: np.ndarray | None, strength: float
) -> np.ndarray:
    """The model's `generate` for any number of codes, a batch at a time.

    Args:
        model: Model as `coverzoo.load` returns it.
        codes: Noise (N, latent_dim).
        vectors: Raw audio features (N, width), or None.
        strength: Scale of the audio's effect.
    """
    if vectors is None:
        return in_batches(model.generate, codes)
    return in_batches(lambda z, audio: model.generate(z, audio, strength), codes, vectors)


def in_batches(function: Callable[..., Tensor], *arrays: np.ndarray) -> np.ndarray:
    """A function of `BATCH_SIZE` rows at a time, so that memory stays bounded.

    Args:
        function: Function from batches to covers.
        arrays: Arguments of the function, with equal numbers of rows.

    Raises:
        UserError: If a cover is not finite.
    """
    covers = []
    for start in range(0, len(arrays[0]), BATCH_SIZE):
        batch = (array[start : start + BATCH_SIZE] for array in arrays)
        covers.append(np.asarray(function(*batch)))
        if not np.isfinite(covers[-1]).all():
            raise UserError(
                "the model's covers are not finite numbers. Use a --strength nearer to 1, or "
                "train the model again."
            )
    return np.concatenate(covers)


def check_conditioning(model: Any, vectors: np.ndarray | None, strength: float) -> None:
    """Refuse to generate with or without audio where the model cannot.

    Raises:
        UserError: If the model does not generate, needs audio, takes none, takes features of
            another width or has no null condition for a strength other than 1.
    """
    if not hasattr(model, "generate"):
        raise UserError("this run reconstructs covers and generates none. Use --reconstruct.")
    encoder = model.audio_encoder
    if vectors is not None and encoder is None:
        raise UserError("--audio: this run was trained without audio. Leave --audio out.")
    if vectors is not None and vectors.shape[1] != encoder.width:
        raise UserError(
            f"--audio: tracks of {vectors.shape[1]} features, but this run was trained on "
            f"{encoder.width}. Give tracks measured like its training data."
        )
    if encoder is not None and not encoder.null:
        if vectors is None:
            raise UserError("--audio: this run cannot generate without audio. Give a track.")
        if strength != 1.0:
            raise UserError("--strength: this run has no null condition. Leave --strength at 1.")


def _with_progress(files: Iterable[TrackFile], several: bool) -> Iterable[TrackFile]:
    """The files, with a progress bar on a terminal, because music takes seconds to measure."""
    hidden = None if several else True  # None: shown on a terminal only
    return tqdm(files, desc="Reading tracks", disable=hidden, delay=0.5, dynamic_ncols=True)


def _listed(tracks: Any) -> list[Any]:
    """One track or several as a list; a string is one path, numbers are one vector."""
    if isinstance(tracks, str | os.PathLike) or hasattr(tracks, "__array__"):
        return [tracks]
    if not isinstance(tracks, Iterable):
        raise UserError(f"tracks: {_EXPECTED}. Received: {tracks!r}")
    items = list(tracks)
    return [items] if items and all(is_number(item) for item in items) else items


_EXPECTED = f"expected files, or arrays of {AUDIO_WIDTH} features"


def _vectors_of(track: Any) -> np.ndarray:
    """The features of one item of `tracks`, float32 (N, 1160)."""
    if isinstance(track, str | os.PathLike):
        return load_track(Path(track))[None]
    try:
        given = np.asarray(track)
    except ValueError:
        raise UserError(f"tracks: {_EXPECTED}. Received rows of different lengths.") from None
    if given.dtype.kind not in "fiu":
        raise UserError(f"tracks: {_EXPECTED}. Received an array of {given.dtype}.")
    if given.ndim not in (1, 2) or given.shape[-1] != AUDIO_WIDTH or not given.size:
        raise UserError(
            f"tracks: expected arrays ({AUDIO_WIDTH},) or (N, {AUDIO_WIDTH}). "
            f"Received shape {given.shape}."
        )
    return np.stack(
        [_features(row, row_number) for row_number, row in enumerate(np.atleast_2d(given))]
    )


def _features(numbers: np.ndarray, number: int) -> np.ndarray:
    """The features of one track, checked as those of a file are."""
    try:
        return check_known(as_float32(numbers))
    except ValueError as error:
        raise UserError(f"tracks: track {number}: {error}. Give its raw features.") from error
