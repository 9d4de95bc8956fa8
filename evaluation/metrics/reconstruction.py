"""Reconstruction quality: MSE, PSNR and SSIM."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.metrics.ssim import ssim
from coverzoo.evaluation.result import EvaluationResult
from coverzoo.types import Tensor

BATCH_SIZE = 64


@dataclass(frozen=True)
class ReconstructionQuality(EvaluationResult):
    """How close the reconstructions of a model are to the originals.

    Attributes:
        mse: Mean squared error of values in [0, 1].
        psnr: Mean over covers of 10 log₁₀(1 / the cover's MSE), in dB.
        ssim: Mean over covers of their SSIM, see `evaluation.metrics.ssim`.
        covers: Number of covers.
        split: Name of the split.
    """

    mse: float
    psnr: float
    ssim: float
    covers: int
    split: str

    def __str__(self) -> str:
        return (
            f"Reconstruction, {self.covers} {self.split} covers: "
            f"MSE {self.mse:.5f}, PSNR {self.psnr:.2f} dB, SSIM {self.ssim:.3f}"
        )


def squared_errors(originals: Tensor, reconstructed: Tensor) -> np.ndarray:
    """The mean squared error of each cover, (N,), of values scaled to [0, 1].

    Args:
        originals: Covers (N, S, S, 3) in [-1, 1].
        reconstructed: Covers (N, S, S, 3) in [-1, 1].

    Raises:
        ValueError: If the shapes differ.
    """
    originals, reconstructed = np.asarray(originals), np.asarray(reconstructed)
    if originals.shape != reconstructed.shape:
        raise ValueError(f"shapes differ. Received: {originals.shape} and {reconstructed.shape}")
    errors = np.square((originals - reconstructed) / 2.0).astype(np.float64)
    return errors.reshape(len(errors), -1).mean(axis=1)


class QualityMeter:
    """The reconstruction quality of covers that come in batches."""

    def __init__(self) -> None:
        self._errors: list[np.ndarray] = []
        self._similarities: list[np.ndarray] = []

    def update(self, originals: Tensor, reconstructed: Tensor) -> None:
        """Add a batch of covers and their reconstructions, (B, S, S, 3) in [-1, 1] each."""
        self._errors.append(squared_errors(originals, reconstructed))
        self._similarities.append(ssim(originals, reconstructed))

    def result(self, split: str) -> ReconstructionQuality:
        """The quality of all batches.

        Args:
            split: Name of the split.
        """
        errors, similarities = map(np.concatenate, (self._errors, self._similarities))
        # An exact reconstruction has no PSNR; a difference in 8 bits is never below 1e-10.
        psnr = -10.0 * np.log10(np.maximum(errors, 1e-10))
        mse, decibels, similarity = (float(each.mean()) for each in (errors, psnr, similarities))
        return ReconstructionQuality(mse, decibels, similarity, len(errors), split)


def reconstruction_quality(
    model: Any, samples: Sequence[Sample], split: str
) -> ReconstructionQuality:
    """Measure the reconstruction quality of a model, with audio if it is conditioned on it.

    Args:
        model: Model with `reconstruct` and `image_size`, see `coverzoo.load`.
        samples: Samples of a split.
        split: Name of the split.
    """
    meter = QualityMeter()
    for originals, reconstructed in reconstructions(model, samples):
        meter.update(originals, reconstructed)
    return meter.result(split)


def reconstructions(model: Any, samples: Sequence[Sample]) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of covers and their reconstructions, with audio if the model is conditioned on it."""
    return ((image, made) for image, _, made in reconstructed_batches(model, samples))


def reconstructed_batches(
    model: Any, samples: Sequence[Sample]
) -> Iterator[tuple[Tensor, tuple[Tensor, ...], Tensor]]:
    """Batches of covers, their audio and their reconstructions.

    The audio is a tuple of the raw features (B, width), empty if the model has no audio encoder.
    """
    with_audio = model.audio_encoder is not None
    batches = ordered_batches(
        samples, (), image_size=model.image_size, batch_size=BATCH_SIZE, audio=with_audio
    )
    for batch in batches:
        audio = (batch["audio"],) if with_audio else ()
        yield batch["image"], audio, model.reconstruct(batch["image"], *audio)
