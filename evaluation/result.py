"""What every figure of a run is: plain data and a line."""

from dataclasses import asdict
from typing import Any


class NotMeasurableError(ValueError):
    """What was given cannot tell; says why in one line."""


class EvaluationResult:
    """A frozen dataclass of numbers that metrics.jsonl keeps and `str` tells people in one line."""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)  # type: ignore[call-overload]
