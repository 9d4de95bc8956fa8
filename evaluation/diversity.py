"""Diversity: how much covers differ when only the noise changes, and when only the audio does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError
from coverzoo.types import Tensor
from coverzoo.zoo import noise

BATCH_SIZE = 64
NOISE_SEEDS = (2, 3)  # not those of the genre accuracy or of the sample grids


@dataclass(frozen=True)
class Diversity(EvaluationResult):
    """Mean absolute difference of two covers, values scaled to [0, 1].

    Near 0, `noise` means one cover per track, and `audio` that the audio has no effect. It does
    not measure quality: unrelated images would have the highest values.

    Attributes:
        noise: Difference of two covers for one track, from two noises.
        audio: Difference of two covers from one noise, for two tracks.
        real: Difference of the real covers of two tracks.
        covers: Number of pairs that each mean is taken over.
        split: Name of the split that the tracks are from.
    """

    noise: float
    audio: float
    real: float
    covers: int
    split: str

    def __str__(self) -> str:
        return (
            f"Difference of two covers, {self.covers} {self.split} tracks, mean absolute in "
            f"[0, 1]: other noise {self.noise:.3f}, other audio {self.audio:.3f}, real covers of "
            f"two tracks {self.real:.3f}"
        )


def distance(first: Tensor, second: Tensor) -> float:
    """Mean |first - second| / 2 of covers (N, S, S, 3) in [-1, 1]: from 0 to 1."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    return float(np.mean(np.abs(first - second)) / 2.0)


def diversity(model: Any, samples: Sequence[Sample], split: str, seed: int = 0) -> Diversity:
    """Measure the diversity of a model conditioned on audio.

    Args:
        model: Model with `generate`, `latent_dim` and `image_size`, see `coverzoo.load`.
        samples: Two or more samples of a split, with audio.
        split: Name of the split.
        seed: Seed of the pairing of tracks.

    Raises:
        NotMeasurableError: If there are fewer than two samples.
    """
    if len(samples) < 2:
        raise NotMeasurableError(f"needs two {split} tracks or more, found {len(samples)}")
    partner = derangement(len(samples), seed)
    others = [samples[place] for place in partner]
    size = model.image_size
    batches = ordered_batches(samples, (), image_size=size, batch_size=BATCH_SIZE, audio=True)
    other_batches = ordered_batches(others, (), image_size=size, batch_size=BATCH_SIZE, audio=True)
    found, weights = [], []
    for number, (batch, other) in enumerate(zip(batches, other_batches, strict=True)):
        first = number * BATCH_SIZE
        places = range(first, first + len(batch["genre"]))
        z, other_z = (noise.normal(kind, places, model.latent_dim) for kind in NOISE_SEEDS)
        generated = model.generate(z, batch["audio"])
        found.append(
            (
                distance(generated, model.generate(other_z, batch["audio"])),
                distance(generated, model.generate(z, other["audio"])),
                distance(batch["image"], other["image"]),
            )
        )
        weights.append(len(places))
    by_noise, by_audio, real = np.average(found, axis=0, weights=weights)
    return Diversity(float(by_noise), float(by_audio), float(real), len(samples), split)
