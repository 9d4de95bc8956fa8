"""How well covers are given back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.result import EvaluationResult

BATCH = 64


@dataclass(frozen=True)
class ReconstructionQuality(EvaluationResult):
    """How near the covers a model gives back are to the originals.

    Attributes:
        mse: mean squared error of values in [0, 1].
        psnr: mean over the covers of 10 log₁₀(1 / a cover's mse), in dB.
        covers: how many there were.
        split: which they are of.
    """

    mse: float
    psnr: float
    covers: int
    split: str

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"Given back, {self.covers} covers of {self.split}: "
            f"MSE {self.mse:.5f}, PSNR {self.psnr:.2f} dB"
        )


def squared_errors(originals: Any, reconstructed: Any) -> np.ndarray:
    """The mean squared error of each cover, (N,), of values scaled to [0, 1].

    Args:
        originals: (N, S, S, 3) in [-1, 1].
        reconstructed: of the same shape, in [-1, 1].

    Raises:
        ValueError: if the shapes differ.
    """
    originals, reconstructed = np.asarray(originals), np.asarray(reconstructed)
    if originals.shape != reconstructed.shape:
        raise ValueError(f"shapes differ. Received: {originals.shape} and {reconstructed.shape}")
    errors = np.square((originals - reconstructed) / 2.0).astype(np.float64)
    return errors.reshape(len(errors), -1).mean(axis=1)


def fidelity(model: Any, samples: Sequence[Sample], split: str) -> ReconstructionQuality:
    """Give covers back by a model, with their audio where it hears, and compare.

    Args:
        model: with `reconstruct` and `image_size`, see `zoo.load`.
        samples: of which split.
        split: its name.
    """
    errors = [squared_errors(*pair) for pair in pairs(model, samples)]
    every = np.concatenate(errors)
    # A cover given back exactly has no PSNR; 8 bits cannot show less than 1e-10.
    psnr = -10.0 * np.log10(np.maximum(every, 1e-10))
    return ReconstructionQuality(float(every.mean()), float(psnr.mean()), len(every), split)


def pairs(model: Any, samples: Sequence[Sample]) -> Iterator[tuple[Any, Any]]:
    """Covers and what a model makes of them, with their audio where it hears; a batch at a time."""
    hears = model.audio_encoder is not None
    batches = ordered_batches(
        samples, (), image_size=model.image_size, batch_size=BATCH, audio=hears
    )
    for batch in batches:
        heard = (batch["audio"],) if hears else ()
        yield batch["image"], model.reconstruct(batch["image"], *heard)
