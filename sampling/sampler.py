"""Covers from a trained model: which noise, which audio, in which order."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from coverzoo.corpus.tracks import load_track
from coverzoo.errors import UserError
from coverzoo.files import replacing
from coverzoo.images import captioned, grid, to_bytes
from coverzoo.zoo import noise

BATCH = 64


def read_tracks(files: Sequence[Path]) -> np.ndarray | None:
    """The raw vectors of tracks, float32 (N, 1160), or None without files.

    Of several tracks a bar shows the progress: music takes seconds to measure.

    Args:
        files: see `coverzoo.corpus.tracks.load_track`.

    Raises:
        UserError: naming the file and what is wrong with it.
    """
    if not files:
        return None
    hidden = None if len(files) > 1 else True  # None: on a terminal only
    with tqdm(files, desc="Listening", disable=hidden, delay=0.5, dynamic_ncols=True) as bar:
        return np.stack([load_track(file) for file in bar])


def paint(
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
        model: what `zoo.load` gives.
        vectors: (N, 1160) raw, or None to paint without audio.
        count: covers a track.
        seed: of the noise; the same seed is the same cover everywhere.
        strength: see `generate`.
        truncation: see `coverzoo.zoo.noise.normal`.

    Returns:
        float32 (N · count, S, S, 3) in [-1, 1].

    Raises:
        UserError: naming the option, if the model cannot do what is asked.
    """
    check_conditioning(model, vectors, strength)
    codes = noise.normal(seed, range(count), model.latent_dim, truncation)
    if vectors is not None:
        codes = np.tile(codes, (len(vectors), 1))
        vectors = np.repeat(vectors, count, axis=0)
    return generate(model, codes, vectors, strength)


def generate(
    model: Any, codes: np.ndarray, vectors: np.ndarray | None, strength: float
) -> np.ndarray:
    """Covers of any number of codes, a batch at a time; see the model's `generate`."""
    if vectors is None:
        return in_batches(model.generate, codes)
    return in_batches(lambda z, audio: model.generate(z, audio, strength), codes, vectors)


def in_batches(paint: Callable[..., Any], *rows: np.ndarray) -> np.ndarray:
    """What `paint` makes of rows, `BATCH` at a time, so that memory stays bounded.

    Raises:
        UserError: if what it makes are no numbers.
    """
    covers = []
    for start in range(0, len(rows[0]), BATCH):
        covers.append(np.asarray(paint(*(row[start : start + BATCH] for row in rows))))
        if not np.isfinite(covers[-1]).all():
            raise UserError(
                "the model paints values that are no numbers. Use a --strength nearer to 1, or "
                "train it anew."
            )
    return np.concatenate(covers)


def check_conditioning(model: Any, vectors: np.ndarray | None, strength: float) -> None:
    """Refuse what a model cannot do with or without audio.

    Raises:
        UserError: naming the option.
    """
    if not hasattr(model, "generate"):
        raise UserError("this run gives covers back and paints none of its own. Use --reconstruct.")
    encoder = model.audio_encoder
    if vectors is not None and encoder is None:
        raise UserError("--audio: this run was trained without audio. Leave --audio out.")
    if encoder is not None and not encoder.null:
        if vectors is None:
            raise UserError("--audio: this run cannot paint without audio. Give a track.")
        if strength != 1.0:
            raise UserError("--strength: this run has no null condition and knows strength 1 only")


def save_grid(covers: np.ndarray, columns: int, file: Path, captions: Sequence[str] = ()) -> None:
    """Write covers as one picture.

    Args:
        covers: (N, S, S, 3) in [-1, 1].
        columns: of the grid.
        file: where to; the suffix says the format.
        captions: of the rows, if any.

    Raises:
        UserError: if it cannot be written.
    """
    sheet = grid(covers, columns)
    if captions:
        sheet = captioned(sheet, captions)
    _write(sheet, file)


def save_each(covers: np.ndarray, names: Sequence[str], folder: Path) -> list[Path]:
    """Write every cover as a PNG of its own, named `NAME.png`; gives the files.

    Raises:
        UserError: if the folder cannot be written.
    """
    from PIL import Image

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}") from error
    files = [folder / f"{name}.png" for name in names]
    for image, file in zip(to_bytes(covers), files, strict=True):
        _write(Image.fromarray(image), file)
    return files


def names_of(files: Sequence[Path], count: int, seed: int | str) -> list[str]:
    """Names of single covers: TRACK-SEED-INDEX."""
    tracks = track_names(files) or ["cover"]
    return [f"{track}-{seed}-{index}" for track in tracks for index in range(count)]


def track_names(files: Sequence[Path]) -> list[str]:
    """Names of tracks: of their files, numbered where two share one."""
    tracks = [file.stem for file in files]
    if len(set(tracks)) < len(tracks):
        tracks = [f"{track}-{place}" for place, track in enumerate(tracks, 1)]
    return tracks


def _write(picture: Any, file: Path) -> None:
    """Write a picture whole or not at all: one of the name that is there stays till then."""
    try:
        with replacing(file) as temporary:
            picture.save(temporary)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{file}: cannot be written: {reason}") from error
