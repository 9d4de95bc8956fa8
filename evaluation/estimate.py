"""A number with its standard error."""

from dataclasses import dataclass

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
