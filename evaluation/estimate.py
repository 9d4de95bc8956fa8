"""A number with its standard error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coverzoo.evaluation.result import EvaluationResult


@dataclass(frozen=True)
class Estimate(EvaluationResult):
    """An estimate of a number from a sample.

    Attributes:
        value: The estimate.
        standard_error: Its standard error.
    """

    value: float
    standard_error: float

    def __str__(self) -> str:
        return f"{self.value:.4g} ± {self.standard_error:.2g}"

    @classmethod
    def of_mean(cls, values: ArrayLike) -> "Estimate":
        """The mean of independent values and its standard error, which is NaN for one value."""
        values = np.asarray(values, np.float64)
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        return cls(float(values.mean()), float(error))
