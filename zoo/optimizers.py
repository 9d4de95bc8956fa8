"""Optimizers, wrapped for float16 where the policy asks for it."""

import keras


def adam(
    rate: float, beta_1: float, beta_2: float, precision: str, epsilon: float = 1e-8
) -> keras.optimizers.Optimizer:
    """Adam (arXiv:1412.6980), with dynamic loss scaling under mixed_float16.

    A model with a custom `train_step` and two optimizers gets no wrapping from Keras, so it is
    done here: each optimizer has a scale of its own, and an overflow skips only its own update.
    """
    optimizer = keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
    if precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
