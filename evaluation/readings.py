"""What is read from covers, batch by batch, so that images are made once and not kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation.grid import GridEnergy, GridMeter, sharpness
from coverzoo.evaluation.resizing import reduced
from coverzoo.images import to_bytes
from coverzoo.zoo import noise

BATCH_SIZE = 64
PERIODS = (2, 4)  # of the grid, in pixels

Networks = Mapping[str, Callable[[np.ndarray], np.ndarray]]


@dataclass(frozen=True)
class Readings:
    """What was read from N covers.

    Attributes:
        values: Outputs of the networks by name, (N, …) each.
        grids: Energy at each period of `PERIODS`; empty if there are fewer than two covers.
        sharpness: Mean of `evaluation.grid.sharpness`.
        covers: The first covers as uint8 (K, S, S, 3).
        count: N.
    """

    values: dict[str, np.ndarray]
    grids: dict[int, GridEnergy]
    sharpness: float
    covers: np.ndarray
    count: int

    def images(self, count: int) -> np.ndarray:
        """The first covers that were kept, in [-1, 1]."""
        return self.covers[:count].astype(np.float32) / 127.5 - 1.0


def read(batches: Iterable[Any], networks: Networks, size: int, *, keep: int = 0) -> Readings:
    """Read covers that come in batches.

    Args:
        batches: Covers (B, S, S, 3) in [-1, 1].
        networks: By name, a function of covers of a side of `size`.
        size: Side that covers are reduced to for the networks.
        keep: Number of covers that are kept.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in networks}
    meters = {period: GridMeter(period) for period in PERIODS}
    kept, sharp, count = [], 0.0, 0
    for batch in batches:
        images = np.asarray(batch, np.float32)
        small = reduced(images, size)
        for name, network in networks.items():
            parts[name].append(np.asarray(network(small)))
        for meter in meters.values():
            meter.update(images)
        if count < keep:
            kept.append(to_bytes(images[: keep - count]))
        sharp += len(images) * sharpness(images)
        count += len(images)
    return Readings(
        values={name: np.concatenate(each) for name, each in parts.items()},
        grids={period: meter.result() for period, meter in meters.items()} if count > 1 else {},
        sharpness=sharp / count,
        covers=np.concatenate(kept) if kept else np.empty((0,), np.uint8),
        count=count,
    )


def real(samples: Sequence[Sample], size: int) -> Iterator[Any]:
    """Batches of the real covers of samples, of a side of `size`."""
    batches = ordered_batches(samples, (), image_size=size, batch_size=BATCH_SIZE, audio=False)
    return (batch["image"] for batch in batches)


def generated(
    model: Any, samples: Sequence[Sample], seed: int, *, audio: bool, first: int = 0
) -> Iterator[Any]:
    """Batches of one cover for each sample; cover i is generated from noise i of the seed.

    Args:
        model: Model with `generate` and `latent_dim`.
        samples: Samples; without audio only their number counts.
        seed: Seed of the noise.
        audio: Whether covers are generated from the audio of the samples.
        first: Number of the first noise.
    """
    for start in range(0, len(samples), BATCH_SIZE):
        chosen = samples[start : start + BATCH_SIZE]
        places = range(first + start, first + start + len(chosen))
        z = noise.normal(seed, places, model.latent_dim)
        yield (
            model.generate(z, load_vectors(chosen).astype(np.float32))
            if audio
            else (model.generate(z))
        )


def over_noises(
    model: Any, samples: Sequence[Sample], seed: int, noises: int, *, audio: bool
) -> Iterator[Any]:
    """Batches of `noises` covers for each sample, from the same noises for all of them."""
    at_once = max(1, BATCH_SIZE // noises)
    z = np.asarray(noise.normal(seed, range(noises), model.latent_dim))
    for start in range(0, len(samples), at_once):
        chosen = samples[start : start + at_once]
        tiled = np.tile(z, (len(chosen), 1))
        if audio:
            vectors = load_vectors(chosen).astype(np.float32)
            yield model.generate(tiled, np.repeat(vectors, noises, axis=0))
        else:
            yield model.generate(tiled)
