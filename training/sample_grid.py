"""The sample grid of every checkpoint, always from the same noise and tracks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.images import interleave
from coverzoo.training.data import Data
from coverzoo.zoo import noise

COLUMNS = 8
ROWS = 8

Sampler = Callable[[], np.ndarray]


def fixed_grid(model: Any, data: Data, *, audio: bool, seed: int) -> Sampler:
    """The function that returns the covers of a run's sample grid, `COLUMNS` per row.

    With audio a row is a track and a column is a z; without audio every cover has its own z. For
    a model that only reconstructs, rows of originals alternate with rows of reconstructions.

    Args:
        model: Generative part of the model.
        data: Data of the run.
        audio: Whether the model is conditioned on audio.
        seed: Seed of the noise.
    """
    # From val where it exists, so that none was trained on.
    samples = data.listings.get("val", data.train).samples
    if not hasattr(model, "generate"):
        return _reconstructions(model, data, _by_genre_in_turn(samples, ROWS * COLUMNS // 2))
    if not audio:
        z = noise.normal(seed, range(ROWS * COLUMNS), model.latent_dim)
        return lambda: model.generate(z).numpy()
    tracks = load_vectors(_by_genre_in_turn(samples, ROWS)).astype(np.float32)
    z = np.tile(noise.normal(seed, range(COLUMNS), model.latent_dim), (len(tracks), 1))
    vectors = np.repeat(tracks, COLUMNS, axis=0)
    return lambda: model.generate(z, vectors).numpy()


def _reconstructions(model: Any, data: Data, samples: Sequence[Sample]) -> Sampler:
    batches = ordered_batches(
        samples,
        data.genres,
        image_size=model.image_size,
        batch_size=len(samples),
        audio=False,
    )
    originals = next(iter(batches))["image"].numpy()
    return lambda: interleave(originals, model.reconstruct(originals).numpy(), COLUMNS)


def _by_genre_in_turn(samples: Sequence[Sample], count: int) -> list[Sample]:
    """The first sample of each genre, then the second, …, `count` in all, sorted by genre."""
    seen: dict[str | None, int] = {}
    ranked = []
    for sample in samples:
        rank = seen[sample.genre] = seen.get(sample.genre, -1) + 1
        ranked.append((rank, sample.genre or "", sample))
    ranked.sort(key=lambda item: item[:2])
    return [sample for _, _, sample in sorted(ranked[:count], key=lambda item: item[1])]
