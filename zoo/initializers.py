"""Initial values PyTorch gives and Keras does not."""

import math

import keras


def pytorch(fan_in: int | None = None) -> keras.initializers.Initializer:
    """PyTorch's default for weights and biases, U(±1/√fan-in).

    Args:
        fan_in: of the weights; given for a bias, whose own shape does not tell it.
    """
    if fan_in is None:
        return keras.initializers.VarianceScaling(1.0 / 3.0, "fan_in", "uniform")
    bound = 1.0 / math.sqrt(fan_in)
    return keras.initializers.RandomUniform(-bound, bound)
