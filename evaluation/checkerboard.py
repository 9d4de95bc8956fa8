"""How much of a checkerboard a decoder leaves: energy at the highest frequencies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.reconstruction import pairs
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError

LEAST = 1e-6  # of a cover; a single pixel one of 255 levels off its neighbours has 6e-5


@dataclass(frozen=True)
class Checkerboard(EvaluationResult):
    """Energy of covers a model gives back, over that of the originals, at two frequencies.

    A decoder that doubles sides by strided transposed convolutions treats even and odd pixels
    unlike (Odena et al. 2016, https://distill.pub/2016/deconv-checkerboard), which shows at the
    Nyquist frequency and not just below it. One that blurs has little energy at both.

    Attributes:
        nyquist: at the Nyquist frequency, of rows or of columns.
        below: at the frequency next to it.
        covers: how many there were.
        split: which they are of.
    """

    nyquist: float
    below: float
    covers: int
    split: str

    @property
    def peak(self) -> float:
        """How much the Nyquist frequency stands out; 1 where it does not, or there is nothing."""
        return self.nyquist / self.below if self.below else 1.0

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"Checkerboard, {self.split}: energy at the Nyquist frequency {self.nyquist:.3f} of "
            f"the originals', just below it {self.below:.3f}; {self.peak:.2f} × (1 is none)"
        )


def energies(images: Any) -> np.ndarray:
    """Mean |DFT|² of images (N, S, S, C) at the Nyquist frequency and at the one below, (2,).

    At each over the bins whose row or column frequency it is, with any frequency along the other
    axis, both signs, and over images and channels; S even.
    """
    spectrum = np.square(np.abs(np.fft.fft2(np.asarray(images, np.float64), axes=(1, 2))))
    half = spectrum.shape[1] // 2

    def at(*bins: int) -> float:
        return float((spectrum[:, bins].mean() + spectrum[:, :, bins].mean()) / 2.0)

    return np.array([at(half), at(half - 1, half + 1)])


def checkerboard(model: Any, samples: Sequence[Sample], split: str) -> Checkerboard:
    """Give covers back by a model, with their audio where it hears, and compare.

    Args:
        model: with `reconstruct` and `image_size`, see `zoo.load`.
        samples: of which split.
        split: its name.

    Raises:
        NoFigureError: if the originals have no such energy, as covers of one colour have not.
    """
    real, made = np.zeros(2), np.zeros(2)
    for originals, reconstructions in pairs(model, samples):
        real += len(originals) * energies(originals)
        made += len(originals) * energies(reconstructions)
    if real.min() < LEAST * len(samples):
        raise NotMeasurableError("the covers have no energy at the highest frequencies")
    nyquist, below = made / real
    return Checkerboard(float(nyquist), float(below), len(samples), split)
