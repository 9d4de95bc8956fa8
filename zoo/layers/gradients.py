"""Functions with a gradient of their own, which an export leaves out."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import tensorflow as tf

_LEFT_OUT = ContextVar("left_out", default=False)


@contextmanager
def without_gradients() -> Iterator[None]:
    """Trace functions decorated by `custom_gradient` without their gradients in the block.

    TensorFlow saves custom gradients with a SavedModel, but not the gradients of those gradients,
    and warns of it whenever the file is loaded. What is exported needs none.
    """
    token = _LEFT_OUT.set(True)
    try:
        yield
    finally:
        _LEFT_OUT.reset(token)


def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.custom_gradient`, except in `without_gradients`.

    Args:
        function: Function of tensors that returns its value and the function of the gradient.

    Returns:
        The function of the value.
    """
    differentiable = tf.custom_gradient(function)

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return function(*args)[0] if _LEFT_OUT.get() else differentiable(*args)

    return call
