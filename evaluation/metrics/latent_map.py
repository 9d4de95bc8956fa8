"""The latent map: codes of covers on their two principal axes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coverzoo.evaluation.result import NotMeasurableError

UNKNOWN = "unknown"  # genre of covers that have none
COLUMNS = 4096  # of the codes that are centred in float64 at once


@dataclass(frozen=True)
class LatentMap:
    """Covers by their codes.

    Attributes:
        points: Coordinates on the two axes of the largest variance, (N, 2).
        shares: Share of the variance of the codes that each axis has.
        genres: Genre of each cover, `unknown` where it has none.
    """

    points: np.ndarray
    shares: tuple[float, float]
    genres: tuple[str, ...]


def latent_map(codes: np.ndarray, genres: Sequence[str | None]) -> LatentMap:
    """Project codes to their two principal axes.

    PCA, Pearson 1901, https://doi.org/10.1080/14786440109462720. The axes follow from the products
    of the centred codes with each other, (N, N), because a code may have far more values than there
    are covers. The sign of an axis is such that its largest coordinate is positive.

    Args:
        codes: Codes (N, …) of covers; further axes are flattened.
        genres: Genre of each cover, or None.

    Raises:
        ValueError: If the numbers of codes and genres differ.
        NotMeasurableError: If there are fewer than two covers, or the codes are all equal or not
            finite.
    """
    if len(codes) != len(genres):
        raise ValueError(f"a genre for each code. Received: {len(codes)} and {len(genres)}")
    if len(codes) < 2:
        raise NotMeasurableError(f"needs two covers or more, found {len(codes)}")
    flat = codes.reshape(len(codes), -1)
    products = np.zeros((len(codes), len(codes)))
    for start in range(0, flat.shape[1], COLUMNS):
        block = flat[:, start : start + COLUMNS].astype(np.float64)
        block -= block.mean(axis=0)
        products += block @ block.T
    total = np.trace(products)
    if not np.isfinite(total):
        raise NotMeasurableError("codes are not finite")
    if total <= 0.0:
        raise NotMeasurableError("all covers have the same code")
    values, vectors = np.linalg.eigh(products)  # ascending
    values = np.maximum(values[:-3:-1], 0.0)
    points = vectors[:, :-3:-1] * np.sqrt(values)
    largest = points[np.abs(points).argmax(axis=0), range(2)]
    points *= np.where(largest < 0.0, -1.0, 1.0)
    first, second = (float(each) for each in values / total)
    return LatentMap(points, (first, second), tuple(genre or UNKNOWN for genre in genres))
