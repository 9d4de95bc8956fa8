"""What is read from covers, batch by batch, so that images are made once and not kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation.metrics.grid import GridEnergy, GridMeter, sharpness
from coverzoo.evaluation.networks.resizing import reduced
from coverzoo.images import to_bytes
from coverzoo.zoo import noise

BATCH_SIZE = 64
PERIODS = (2, 4)  # of the grid, in pixels
VALUES, GRID = "values ", "grid "  # prefixes of the names of arrays


@dataclass(frozen=True)
class Network:
    """What is read from covers, and the side at which it sees them.

    Attributes:
        outputs: Covers (N, S, S, 3) in [-1, 1] → outputs (N, …).
        size: S, a divisor of the side of the covers; None for their own side.
        digest: Digest of the weights; empty if there are none.
    """

    outputs: Callable[[np.ndarray], np.ndarray]
    size: int | None = None
    digest: str = ""


Networks = Mapping[str, Network]


@dataclass(frozen=True)
class Readings:
    """What was read from N covers.

    Attributes:
        values: Outputs of the networks by name, (N, …) each.
        grids: Energy at each period of `PERIODS`; empty if there are fewer than two covers.
        sharpness: Mean of `evaluation.metrics.grid.sharpness`.
        covers: The first covers as uint8 (K, S, S, 3).
        count: N.
    """

    values: dict[str, np.ndarray]
    grids: dict[int, GridEnergy]
    sharpness: float
    covers: np.ndarray
    count: int

    def to_arrays(self) -> dict[str, np.ndarray]:
        """All of it as arrays, which `from_arrays` reads."""
        grids = {
            f"{GRID}{period}": np.array([each.shared, each.energy])
            for period, each in self.grids.items()
        }
        values = {f"{VALUES}{name}": each for name, each in self.values.items()}
        numbers = np.array([self.sharpness, self.count])
        return {**values, **grids, "covers": self.covers, "numbers": numbers}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Readings":
        """The readings that `to_arrays` made arrays of."""
        return cls(
            values={
                name.removeprefix(VALUES): each
                for name, each in arrays.items()
                if name.startswith(VALUES)
            },
            grids={
                int(name.removeprefix(GRID)): GridEnergy(*map(float, each))
                for name, each in arrays.items()
                if name.startswith(GRID)
            },
            sharpness=float(arrays["numbers"][0]),
            covers=arrays["covers"],
            count=int(arrays["numbers"][1]),
        )

    def images(self, count: int) -> np.ndarray:
        """The first covers that were kept, in [-1, 1]."""
        return self.covers[:count].astype(np.float32) / 127.5 - 1.0


class Reader:
    """Reads covers that come in batches.

    Args:
        networks: What is read, by name.
        keep: Number of covers that are kept.
    """

    def __init__(self, networks: Networks, *, keep: int = 0) -> None:
        self.networks, self.keep = networks, keep
        self._outputs: dict[str, list[np.ndarray]] = {name: [] for name in networks}
        self._meters = {period: GridMeter(period) for period in PERIODS}
        self._kept: list[np.ndarray] = []
        self._sharpness, self.count = 0.0, 0

    def update(self, batch: Any) -> None:
        """Read a batch of covers (B, S, S, 3) in [-1, 1]."""
        images = np.asarray(batch, np.float32)
        seen: dict[int | None, np.ndarray] = {None: images}  # reduced once for each side
        for name, network in self.networks.items():
            if network.size not in seen and network.size is not None:
                seen[network.size] = reduced(images, network.size)
            self._outputs[name].append(np.asarray(network.outputs(seen[network.size])))
        for meter in self._meters.values():
            meter.update(images)
        if self.count < self.keep:
            self._kept.append(to_bytes(images[: self.keep - self.count]))
        self._sharpness += len(images) * sharpness(images)
        self.count += len(images)

    def result(self) -> Readings:
        """What was read from all batches, one or more."""
        meters = self._meters if self.count > 1 else {}
        return Readings(
            values={name: np.concatenate(each) for name, each in self._outputs.items()},
            grids={period: meter.result() for period, meter in meters.items()},
            sharpness=self._sharpness / self.count,
            covers=np.concatenate(self._kept) if self._kept else np.empty((0,), np.uint8),
            count=self.count,
        )


def read(batches: Iterable[Any], networks: Networks, *, keep: int = 0) -> Readings:
    """Read all batches; see `Reader`."""
    reader = Reader(networks, keep=keep)
    for batch in batches:
        reader.update(batch)
    return reader.result()


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
