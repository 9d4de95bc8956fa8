"""Instance normalisation, cheap under a gradient penalty."""

from typing import Any

import keras
import tensorflow as tf

from coverzoo.types import Tensor


@keras.saving.register_keras_serializable("coverzoo")
class InstanceNormalization(keras.layers.Layer):
    """(x - mean) / √(var + ε) · γ + β over H and W of each sample and channel, arXiv:1607.08022.

    The statistics are float32 under every policy.

    Args:
        epsilon: Constant ε added to the variance.
    """

    def __init__(self, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        gamma, beta = (tf.cast(weight, tf.float32) for weight in (self.gamma, self.beta))
        return tf.cast(instance_norm(tf.cast(x, tf.float32), gamma, beta, self.epsilon), x.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "epsilon": self.epsilon}


def instance_norm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float) -> Tensor:
    """γ x̂ + β with x̂ = (x - m) r, m the mean and r = 1/√(var + ε), over H and W; float32.

    The first two derivatives with respect to x are written out, as scales and a shift per sample
    and channel of the maps they need: a gradient penalty takes both, and automatic
    differentiation makes twice as many passes over a feature map. There is no third derivative.

    Args:
        x: Feature maps (B, H, W, C).
        gamma: Scale γ (C,).
        beta: Shift β (C,).
        epsilon: Constant ε added to the variance.
    """

    @tf.custom_gradient
    def normalised(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        mean, inverse = _statistics(x, epsilon)

        def gradient(dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            dy_mean = _mean(dy)
            dy_correlation = _correlation(dy, x, *_statistics(x, epsilon))
            pixels = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], tf.float32)
            return (
                _slope(x, dy, gamma, mean, inverse),
                pixels * tf.reduce_sum(dy_correlation, (0, 1, 2)),
                pixels * tf.reduce_sum(dy_mean, (0, 1, 2)),
            )

        return _blend(x, mean, gamma * inverse, beta), gradient

    return normalised(x, gamma, beta)


def _slope(x: Tensor, dy: Tensor, gamma: Tensor, mean: Tensor, inverse: Tensor) -> Tensor:
    """∂x = γ r (dy - p - x̂ q) with p = E[dy] and q = E[dy x̂], and its derivatives.

    For an upstream u, with s = E[u], t = E[u x̂] and k = E[u dy] - s p - t q,

        ∂/∂dy:  γ r (u - s - x̂ t)
        ∂/∂x:  -γ r² (q u + t dy + (k - 2 q t) x̂ - q s - t p)
        ∂/∂γ:   H W r k, summed over the batch.

    Args:
        x: Feature maps (B, H, W, C).
        dy: Upstream gradient (B, H, W, C).
        gamma: Scale γ (C,).
        mean: Mean m of x, (B, 1, 1, C); its dependence on x is part of the formulas.
        inverse: Inverse standard deviation r of x, (B, 1, 1, C), likewise.
    """

    @tf.custom_gradient
    def slope(x: Tensor, dy: Tensor, gamma: Tensor) -> Tensor:
        p, q = _mean(dy), _correlation(dy, x, mean, inverse)
        gain = gamma * inverse
        factor = -gain * inverse  # -γ r²

        def gradient(u: Tensor) -> Tensor:
            s, t = _mean(u), _correlation(u, x, mean, inverse)
            k = _mean(u * dy) - s * p - t * q
            rest = inverse * (k - 2.0 * q * t)
            by_dy = _blend(x, mean, factor * t, -gain * s, (u, gain))
            shift = -factor * (q * s + t * p)
            by_x = _blend(x, mean, factor * rest, shift, (u, factor * q), (dy, factor * t))
            pixels = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], tf.float32)
            by_gamma = pixels * tf.reduce_sum(inverse * k, (0, 1, 2))
            return [
                tf.raw_ops.PreventGradient(input=derivative, message="no third derivative")
                for derivative in (by_x, by_dy, by_gamma)
            ]

        return _blend(x, mean, factor * q, -gain * p, (dy, gain)), gradient

    return slope(x, dy, gamma)


def _statistics(x: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """The mean m and r, each (B, 1, 1, C)."""
    mean = _mean(x)
    variance = _mean(tf.square(x)) - tf.square(mean)
    return mean, tf.math.rsqrt(tf.maximum(variance, 0.0) + epsilon)


def _correlation(y: Tensor, x: Tensor, mean: Tensor, inverse: Tensor) -> Tensor:
    """E[y x̂] over H and W, (B, 1, 1, C)."""
    return (_mean(y * x) - mean * _mean(y)) * inverse


def _mean(x: Tensor) -> Tensor:
    return tf.reduce_mean(x, (1, 2), keepdims=True)


@tf.function(jit_compile=True, autograph=False)
def _blend(
    x: Tensor, mean: Tensor, gain: Tensor, shift: Tensor, *others: tuple[Tensor, Tensor]
) -> Tensor:
    """(x - mean) gain + shift, and map · gain of all others, in one pass over the maps."""
    result = (x - mean) * gain + shift
    for other, factor in others:
        result += other * factor
    return result
