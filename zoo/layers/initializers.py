"""Initial weights: our scheme, and the two of the thesis, which are PyTorch's."""

import math
from typing import Any

import keras

# "he": ours. "pytorch": PyTorch's defaults. "normal": the thesis's GANs with audio.
SCHEMES = ("he", "pytorch", "normal")


def kernel(weight_init: str, ours: str) -> Any:
    """Initializer of a convolution: `ours`, U(±1/√fan-in), or N(0, 0.02).

    It is a new object at each call: an initializer draws the same numbers whenever it is called,
    so layers must not share one.
    """
    if weight_init == "normal":
        return keras.initializers.RandomNormal(0.0, 0.02)
    return pytorch() if weight_init == "pytorch" else ours


def dense(weight_init: str, ours: str) -> Any:
    """Initializer of a Dense: `ours`, else U(±1/√fan-in)."""
    return ours if weight_init == "he" else pytorch()


def bias(weight_init: str, fan_in: int) -> Any:
    """Initializer of a bias: zeros, else U(±1/√fan-in) with the fan-in of its layer's weights."""
    return "zeros" if weight_init == "he" else pytorch(fan_in)


def gain(weight_init: str) -> Any:
    """Initializer of a batch norm's scale: ones, N(1, 0.02), or N(0, 1)."""
    if weight_init == "he":
        return "ones"
    return keras.initializers.RandomNormal(
        *((0.0, 1.0) if weight_init == "normal" else (1.0, 0.02))
    )


def shift(weight_init: str) -> Any:
    """Initializer of a batch norm's shift: zeros, zeros, or N(0, 1)."""
    return keras.initializers.RandomNormal(0.0, 1.0) if weight_init == "normal" else "zeros"


def pytorch(fan_in: int | None = None) -> keras.initializers.Initializer:
    """PyTorch's default for weights and biases, U(±1/√fan-in).

    Args:
        fan_in: Fan-in of the layer's weights; needed for a bias, whose own shape lacks it.
    """
    if fan_in is None:
        return keras.initializers.VarianceScaling(1.0 / 3.0, "fan_in", "uniform")
    bound = 1.0 / math.sqrt(fan_in)
    return keras.initializers.RandomUniform(-bound, bound)
