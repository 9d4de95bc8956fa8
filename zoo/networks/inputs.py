"""Checks of the arguments that users pass to a network's methods."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from coverzoo.types import Tensor


def checked(name: str, value: Tensor, shape: Sequence[int]) -> Tensor:
    """An argument as a float32 tensor with at least one row, all values finite.

    Args:
        name: Name of the argument, for messages.
        value: The argument: numbers of any real type.
        shape: Shape expected behind the batch axis.

    Raises:
        ValueError: If it is not an array of numbers, or its shape or a value does not fit.
    """
    expected = f"({', '.join(['B', *map(str, shape)])})"
    tensor = _as_float32(name, value, f"numbers of shape {expected}")
    if tensor.shape.rank != 1 + len(shape) or tuple(tensor.shape[1:]) != tuple(shape):
        raise ValueError(f"{name} must be {expected}. Received: {tuple(tensor.shape)}")
    if tensor.shape[0] == 0:
        raise ValueError(f"{name} must have at least one row. Received: {tuple(tensor.shape)}")
    _check_finite(name, tensor)
    return tensor


def checked_strength(value: Tensor, z: Tensor) -> Tensor:
    """A strength of the audio as a float32 tensor, () or (B,), all values finite.

    Args:
        value: One number for all rows of `z`, or one for each.
        z: Noise (B, latent_dim).

    Raises:
        ValueError: If it is not a number, or its shape or a value does not fit.
    """
    rows = z.shape[:1]
    expected = f"a number or ({'B' if rows[0] is None else rows[0]},)"
    strength = _as_float32("strength", value, expected)
    if strength.shape.rank and not strength.shape.is_compatible_with(rows):
        raise ValueError(f"strength must be {expected}. Received: {tuple(strength.shape)}")
    _check_finite("strength", strength)
    return strength


def check_rows(name: str, tensor: Tensor, other: str, rows: int | None) -> None:
    """Refuse two arguments of different numbers of rows.

    Args:
        name: Name of `tensor`.
        tensor: The argument.
        other: Name of the argument that has `rows` rows.
        rows: Number of rows expected; None, in a graph, accepts any.

    Raises:
        ValueError: Naming both arguments and their numbers of rows.
    """
    if not tensor.shape[:1].is_compatible_with((rows,)):
        raise ValueError(f"{other} has {rows} rows and {name} has {tensor.shape[0]}")


def _as_float32(name: str, value: Tensor, expected: str) -> Tensor:
    """A float32 tensor of `value`; `expected` completes the message "NAME must be …"."""
    try:
        if isinstance(value, tf.Tensor | tf.Variable):
            if value.dtype.is_floating or value.dtype.is_integer:
                return tf.cast(value, tf.float32)
        elif not np.iscomplexobj(value):  # TensorFlow would drop the imaginary part
            with np.errstate(over="ignore"):  # infinity is refused later
                return tf.convert_to_tensor(value, tf.float32)
    except (ValueError, TypeError):
        pass  # refused below, like the types that TensorFlow accepts and a network does not
    dtype = getattr(value, "dtype", None)
    received = type(value).__name__ + (f" of {getattr(dtype, 'name', dtype)}" if dtype else "")
    raise ValueError(f"{name} must be {expected}. Received: {received}")


def _check_finite(name: str, tensor: Tensor) -> None:
    """Refuse NaN and infinity; inside a `tf.function` nothing is checked."""
    if tf.executing_eagerly() and not bool(tf.reduce_all(tf.math.is_finite(tensor))):
        raise ValueError(f"{name} must be finite. Received: NaN or infinity")
