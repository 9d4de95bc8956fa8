"""The range of every sampling argument, for the commands and the Python API."""

from numbers import Integral, Real
from typing import Any

from coverzoo.errors import UserError

MIN_SEED, MAX_SEED = -(1 << 63), (1 << 64) - 1  # all seeds that `coverzoo.zoo.noise` distinguishes
MAX_STRENGTH = 100.0  # far beyond it covers are noise, and then no longer finite


def check_count(count: Any) -> int:
    """The number of covers as an int; UserError unless it is a whole number, 1 or more."""
    return check_integer("count", count, 1)


def check_seed(seed: Any) -> int:
    """The seed as an int; UserError unless it is an integer of 64 bits, signed or unsigned."""
    return check_integer("seed", seed, MIN_SEED, MAX_SEED)


def check_strength(strength: Any) -> None:
    """Raise UserError unless the strength is a number from -100 to 100."""
    if not is_number(strength) or not abs(strength) <= MAX_STRENGTH:
        raise UserError(
            f"strength: expected a number from -{MAX_STRENGTH:g} to {MAX_STRENGTH:g}. "
            f"Received: {strength!r}"
        )


def check_truncation(truncation: Any) -> None:
    """Raise UserError unless the truncation is None or a number above 0."""
    if truncation is not None and (not is_number(truncation) or not truncation > 0.0):
        raise UserError(f"truncation: expected a number above 0. Received: {truncation!r}")


def check_integer(name: str, value: Any, lowest: int, highest: int | None = None) -> int:
    """A value as an int.

    Args:
        name: Name of the argument, for the message.
        value: Integer of Python or NumPy.
        lowest: Lowest value that is allowed.
        highest: Highest value that is allowed; None for any.

    Raises:
        UserError: If it is no integer, or out of range.
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or int(value) < lowest or (highest is not None and int(value) > highest):
        allowed = f", {lowest} or more" if highest is None else f" from {lowest} to {highest}"
        raise UserError(f"{name}: expected a whole number{allowed}. Received: {value!r}")
    return int(value)


def is_number(value: Any) -> bool:
    """Whether a value is a real number of Python or NumPy, and no bool."""
    return isinstance(value, Real) and not isinstance(value, bool)
