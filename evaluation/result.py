"""The form of every result of an evaluation: plain data, and one line for people."""

from dataclasses import asdict
from typing import Any


class NotMeasurableError(ValueError):
    """The data does not allow a measurement; the message says why in one line."""


class EvaluationResult:
    """A frozen dataclass of numbers; metrics.jsonl holds it, and `str` reports it in one line."""

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)  # type: ignore[call-overload]
