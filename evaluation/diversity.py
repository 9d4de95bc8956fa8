"""How far covers differ when only the noise does, and when only the music does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError
from coverzoo.zoo import noise

BATCH = 64
NOISE_SEEDS = (2, 3)  # neither the judge's nor a sample grid's


@dataclass(frozen=True)
class Diversity(EvaluationResult):
    """Mean |difference| of two covers, of values scaled to [0, 1].

    Where noise is near 0 the model paints one picture a track; where audio is, it does not listen.
    No figure of quality: that of covers without any likeness would be the highest.

    Attributes:
        noise: two covers for one track, from two noises.
        audio: two covers from one noise, for two tracks.
        real: real covers of two tracks.
        covers: how many pairs each is a mean of.
        split: whose tracks they are.
    """

    noise: float
    audio: float
    real: float
    covers: int
    split: str

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"How far two covers differ, {self.split}, mean of |difference| in [0, 1]: "
            f"by noise {self.noise:.3f}, by music {self.audio:.3f}, "
            f"real ones of two tracks {self.real:.3f}"
        )


def distance(one: Any, two: Any) -> float:
    """Mean |one - two| / 2 of covers (N, S, S, 3) in [-1, 1]: from 0 to 1."""
    one, two = np.asarray(one, np.float64), np.asarray(two, np.float64)
    return float(np.mean(np.abs(one - two)) / 2.0)


def variety(model: Any, samples: Sequence[Sample], split: str, seed: int = 0) -> Diversity:
    """Measure it on a model that hears.

    Args:
        model: with `generate`, `latent_dim` and `image_size`, see `zoo.load`.
        samples: two or more, of which split.
        split: its name.
        seed: of which track stands beside which.

    Raises:
        NoFigureError: if there is one sample.
    """
    if len(samples) < 2:
        raise NotMeasurableError(f"it takes two {split} tracks, there is {len(samples)}")
    partner = derangement(len(samples), seed)
    other = [samples[place] for place in partner]
    size = model.image_size
    batches = ordered_batches(samples, (), image_size=size, batch_size=BATCH, audio=True)
    beside = ordered_batches(other, (), image_size=size, batch_size=BATCH, audio=True)
    found, weights = [], []
    for number, (batch, next_to) in enumerate(zip(batches, beside, strict=True)):
        first = number * BATCH
        places = range(first, first + len(batch["genre"]))
        z, another = (noise.normal(kind, places, model.latent_dim) for kind in NOISE_SEEDS)
        painted = model.generate(z, batch["audio"])
        found.append(
            (
                distance(painted, model.generate(another, batch["audio"])),
                distance(painted, model.generate(z, next_to["audio"])),
                distance(batch["image"], next_to["image"]),
            )
        )
        weights.append(len(places))
    by_noise, by_audio, real = np.average(found, axis=0, weights=weights)
    return Diversity(float(by_noise), float(by_audio), float(real), len(samples), split)
