"""Covers from image files, and what an autoencoder or VAE reconstructs of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.corpus.covers import load_cover, strict_decoding
from coverzoo.errors import UserError
from coverzoo.sampling.sampler import in_batches


def read_covers(files: Sequence[Path], size: int) -> np.ndarray:
    """Image files as a model takes them, float32 (N, size, size, 3) in [-1, 1].

    Args:
        files: Image files of any size; each is cropped to its middle square and resized.
        size: Side of the model's covers in pixels.

    Raises:
        UserError: If a file cannot be read; the message names it.
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
    """Reconstructions of covers, conditioned on one track if one is given.

    Args:
        model: Model as `coverzoo.load` returns it.
        covers: Covers (N, S, S, 3) in [-1, 1].
        vectors: Raw audio features (1, width), or None.

    Returns:
        float32 (N, S, S, 3) in [-1, 1].

    Raises:
        UserError: If the model cannot do what is asked; the message names the option.
    """
    if not hasattr(model, "reconstruct"):
        raise UserError(
            "--reconstruct: the model of this run has no encoder. Give a run of an autoencoder or "
            "vae."
        )
    if vectors is None and model.audio_encoder is not None and not model.audio_encoder.null:
        raise UserError("--audio: this run cannot reconstruct without audio. Give a track.")
    if vectors is None:
        return in_batches(model.reconstruct, covers)
    if model.audio_encoder is None:
        raise UserError("--audio: this run was trained without audio. Leave --audio out.")
    if len(vectors) != 1:
        raise UserError("--audio: with --reconstruct give one track, which conditions every cover")
    return in_batches(model.reconstruct, covers, np.repeat(vectors, len(covers), axis=0))
