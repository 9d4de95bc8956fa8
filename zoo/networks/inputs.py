"""Checks of what users pass to a model."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from coverzoo.types import Tensor


def checked(name: str, value: Any, shape: Sequence[int]) -> Tensor:
    """An argument as a float32 tensor with at least one row, all values finite.

    Args:
        name: Name of the argument, for messages.
        value: The argument.
        shape: Shape expected behind the batch axis.

    Raises:
        ValueError: If it is no array of numbers, or its shape or a value does not fit.
    """
    expected = f"({', '.join(['B', *map(str, shape)])})"
    try:
        tensor = tf.convert_to_tensor(value, tf.float32)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{name} must be numbers of shape {expected}. Received: {type(value).__name__}"
        ) from error
    if tensor.shape.rank != 1 + len(shape) or tuple(tensor.shape[1:]) != tuple(shape):
        raise ValueError(f"{name} must be {expected}. Received: {tuple(tensor.shape)}")
    if tensor.shape[0] == 0:
        raise ValueError(f"{name} must have at least one row. Received: {tuple(tensor.shape)}")
    check_finite(name, tensor)
    return tensor


def check_finite(name: str, tensor: Tensor) -> None:
    """Refuse NaN and infinity; inside a `tf.function` nothing is checked.

    Raises:
        ValueError: Naming the argument.
    """
    if tf.executing_eagerly() and not bool(tf.reduce_all(tf.math.is_finite(tensor))):
        raise ValueError(f"{name} must be finite. Received: NaN or infinity")


def check_rows(name: str, tensor: Tensor, other: str, rows: int) -> None:
    """Refuse two arguments of different numbers of rows.

    Raises:
        ValueError: Naming both.
    """
    if tensor.shape[0] != rows:
        raise ValueError(f"{other} has {rows} rows and {name} has {tensor.shape[0]}")
