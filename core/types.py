"""Names of types that signatures use."""

from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""A `tf.Tensor`, or what TensorFlow converts to one: a NumPy array, a variable, nested numbers.

TensorFlow has no type hints, so a checker sees `Any`; docstrings state shape, dtype and range.
"""
