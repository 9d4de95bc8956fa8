"""The pixel grid of a decoder and the sharpness that is not of it, of images alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError
from coverzoo.types import Tensor

# Below it, energy is rounding error: one pixel of an image that differs by 1 of 255 levels in one
# channel has 6e-5.
MIN_ENERGY = 1e-6


@dataclass(frozen=True)
class GridEnergy(EvaluationResult):
    """Energy of images at one spatial period, and how much of it is equal in all of them.

    A grid that a decoder adds wherever it is applied has the same phase in every image, so that it
    remains in their mean; edges and textures have another phase in each.

    Attributes:
        shared: Share of the energy that is the same in all images, in [0, 1].
        energy: Energy at that period, see `grid_energy`.
    """

    shared: float
    energy: float

    def __str__(self) -> str:
        return f"Energy {self.energy:.4g} at the period, of which {self.shared:.3f} in all images"


def grid_energy(images: Tensor, period: int) -> GridEnergy:
    """Measure the energy of images at a period in pixels, along rows or along columns.

    With X_n the DFT of image n in one channel, `energy` is the mean over n of `|X_n|²`, averaged
    over the bins with row or column frequency ±S/period and any frequency along the other axis, and
    summed over the channels. A decoder that doubles sides by strided transposed convolutions has
    more at a period of 2 (Odena et al. 2016, https://distill.pub/2016/deconv-checkerboard). With s
    the same of `|mean of X_n|²`, divided by it, `shared` is (N s - 1) / (N - 1), at least 0:
    independent images of zero mean have s = 1/N on average, and so 0; equal images have 1.

    The DFT continues an image periodically. Where its borders differ, as with a horizon, it has
    such energy without a grid, and more of it is shared the more images have the same composition:
    compare with real covers.

    Args:
        images: Images (N, S, S, C) in [-1, 1], two or more.
        period: Period in pixels, 2 or more; S is a multiple of it.

    Returns:
        The energy and its shared part, which is 0 where the energy is only rounding error.

    Raises:
        ValueError: If the images have another shape, or S is not a multiple of the period.
        NotMeasurableError: If there are fewer than two images.
    """
    meter = GridMeter(period)
    meter.update(images)
    return meter.result()


class GridMeter:
    """`grid_energy` of images that come in batches and are not kept.

    Args:
        period: Period in pixels, 2 or more.
    """

    def __init__(self, period: int) -> None:
        self.period = period
        self.count, self.energy = 0, 0.0
        self.sums: list[Any] = [0.0, 0.0]  # of the lines of rows and of columns

    def update(self, images: Tensor) -> None:
        """Add a batch (N, S, S, C), N one or more; S is that of all batches."""
        images = _checked(images)
        side = images.shape[1]
        if self.period < 2 or side % self.period:
            raise ValueError(
                f"period must be 2 or more and divide the side {side}. Received: {self.period}"
            )
        self.count += len(images)
        for number, axis in enumerate((1, 2)):
            lines = _lines(images, self.period, axis)
            self.sums[number] = self.sums[number] + lines.sum(axis=0)
            # The mean over bins, and over rows and columns.
            self.energy += float(np.sum(np.square(np.abs(lines)))) / (2.0 * lines[0, ..., 0].size)

    def result(self) -> GridEnergy:
        """The figures of all batches."""
        if self.count < 2:
            raise NotMeasurableError(f"needs two images or more, found {self.count}")
        energy, shared = self.energy / self.count, 0.0
        for total in self.sums:
            shared += float(np.sum(np.square(np.abs(total / self.count)))) / (
                2.0 * total[..., 0].size
            )
        if energy < MIN_ENERGY:
            return GridEnergy(0.0, energy)
        share = (self.count * shared / energy - 1.0) / (self.count - 1.0)
        return GridEnergy(min(max(share, 0.0), 1.0), energy)


def sharpness(images: Tensor) -> float:
    """Energy of the gradients of images that a pixel grid does not change.

    The mean square of the difference of neighbouring values, of rows and of columns alike, after
    every value is replaced by the mean of 2 × 2 pixels. That mean is constant for stripes and
    checkerboards of period 2, which therefore add nothing, and halves the energy at period 4.

    Args:
        images: Images (N, S, S, C) in [-1, 1], S at least 3.

    Returns:
        A number in [0, 4]; 0 for images of one colour.

    Raises:
        ValueError: If the images have another shape.
    """
    images = _checked(images)
    if images.shape[1] < 3:
        raise ValueError(f"images must have a side of 3 or more. Received: {images.shape}")
    means = images[:, 1:] + images[:, :-1]
    means = (means[:, :, 1:] + means[:, :, :-1]) / 4.0
    gradients = [np.mean(np.square(np.diff(means, axis=axis))) for axis in (1, 2)]
    return float(np.mean(gradients))


def _lines(images: np.ndarray, period: int, axis: int) -> np.ndarray:
    """Bins of the DFT with frequency ±S/period along an axis, (N, 1 or 2, S, C)."""
    side = images.shape[axis]
    first = side // period
    frequencies = np.unique([first, side - first])  # both signs, which are one at period 2
    phases = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(side)) / side)
    # Only these lines of the spectrum are computed: a whole one takes eight times the memory.
    along = np.einsum("kr,nrsc->nksc", phases, np.moveaxis(images, axis, 1))
    return np.fft.fft(along, axis=2)


def _checked(images: Tensor) -> np.ndarray:
    """Images as float64 (N, S, S, C)."""
    images = np.asarray(images, np.float64)
    if images.ndim != 4 or images.shape[1] != images.shape[2] or not len(images):
        raise ValueError(f"images must have shape (N, S, S, C). Received: {images.shape}")
    return images
