"""Checkerboard artefacts of a decoder: energy at the highest frequencies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.reconstruction import reconstructions
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError
from coverzoo.types import Tensor

MIN_ENERGY = 1e-6  # per cover; one pixel that differs by 1 of 255 levels has 6e-5


@dataclass(frozen=True)
class Checkerboard(EvaluationResult):
    """Energy of reconstructions at two frequencies, relative to the originals.

    A decoder that doubles sides by strided transposed convolutions treats even and odd pixels
    differently (Odena et al. 2016, https://distill.pub/2016/deconv-checkerboard), which shows at
    the Nyquist frequency and not just below it. One that blurs has little energy at both.

    Attributes:
        nyquist: Relative energy at the Nyquist frequency, of rows or of columns.
        below: Relative energy at the frequency next to it.
        covers: Number of covers.
        split: Name of the split.
    """

    nyquist: float
    below: float
    covers: int
    split: str

    @property
    def peak(self) -> float:
        """Energy at the Nyquist frequency over that next to it; 1 if both are 0."""
        return self.nyquist / self.below if self.below else 1.0

    def __str__(self) -> str:
        return (
            f"Checkerboard, {self.covers} {self.split} covers: energy relative to the originals "
            f"{self.nyquist:.3f} at the Nyquist frequency, {self.below:.3f} next to it, ratio "
            f"{self.peak:.2f} (1 without a checkerboard)"
        )


def energies(images: Tensor) -> np.ndarray:
    """Mean |DFT|² of images (N, S, S, C) at the Nyquist frequency and next to it, (2,).

    The mean at a frequency is over the bins with that row or column frequency, both signs, any
    frequency along the other axis, all images and channels; S is even.
    """
    spectrum = np.square(np.abs(np.fft.fft2(np.asarray(images, np.float64), axes=(1, 2))))
    half = spectrum.shape[1] // 2

    def at(*bins: int) -> float:
        return float((spectrum[:, bins].mean() + spectrum[:, :, bins].mean()) / 2.0)

    return np.array([at(half), at(half - 1, half + 1)])


def checkerboard(model: Any, samples: Sequence[Sample], split: str) -> Checkerboard:
    """Measure the checkerboard of a model's reconstructions.

    Args:
        model: Model with `reconstruct` and `image_size`, see `coverzoo.load`.
        samples: Samples of a split.
        split: Name of the split.

    Raises:
        NotMeasurableError: If the originals have no such energy, as covers of one colour.
    """
    real, made = np.zeros(2), np.zeros(2)
    for originals, reconstructed in reconstructions(model, samples):
        real += len(originals) * energies(originals)
        made += len(originals) * energies(reconstructed)
    if real.min() < MIN_ENERGY * len(samples):
        raise NotMeasurableError("the covers have no energy at the highest frequencies")
    nyquist, below = made / real
    return Checkerboard(float(nyquist), float(below), len(samples), split)
