"""Normalisation."""

from typing import Any

import keras
import tensorflow as tf

from zoo import initializers


@keras.saving.register_keras_serializable("coverzoo")
class InstanceNormalization(keras.layers.Layer):
    """(x - mean) / √(var + ε) · γ + β over H and W of each sample and channel, arXiv:1607.08022.

    The statistics are float32 under every policy.

    Args:
        epsilon: ε.
    """

    def __init__(self, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, x: Any, training: bool = False) -> Any:
        gamma, beta = (tf.cast(weight, tf.float32) for weight in (self.gamma, self.beta))
        return tf.cast(instance_norm(tf.cast(x, tf.float32), gamma, beta, self.epsilon), x.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "epsilon": self.epsilon}


def instance_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    """γ (x - m) r + β with m the mean and r = 1/√(var + ε), over H and W; float32.

    The whole is one scale and one shift a sample and channel, and so is its gradient,

        ∂x = γ r (dy - E[dy] - x̂ E[dy x̂]) = γ r · dy + B · x - (γ r E[dy] + B m),

    x̂ = (x - m) r and B = -γ r² E[dy x̂]: half the passes over a feature map that automatic
    differentiation takes, where a gradient penalty takes it twice.

    Args:
        x: (B, H, W, C).
        gamma: γ, (C,).
        beta: β, (C,).
        epsilon: ε.
    """

    def moments(x: Any) -> tuple[Any, Any]:
        mean = tf.reduce_mean(x, (1, 2), keepdims=True)
        variance = tf.reduce_mean(tf.square(x), (1, 2), keepdims=True) - tf.square(mean)
        return mean, tf.math.rsqrt(tf.maximum(variance, 0.0) + epsilon)

    @tf.custom_gradient
    def normalised(x: Any, gamma: Any, beta: Any) -> Any:
        mean, inverse = moments(x)
        gain = gamma * inverse

        def gradient(dy: Any) -> tuple[Any, Any, Any]:
            mean, inverse = moments(x)  # anew: a second derivative goes through them
            gain = gamma * inverse
            plain = tf.reduce_mean(dy, (1, 2), keepdims=True)
            along = (tf.reduce_mean(dy * x, (1, 2), keepdims=True) - mean * plain) * inverse
            back = -gain * along * inverse
            dx = dy * gain + x * back - (gain * plain + back * mean)
            pixels = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], tf.float32)
            return (
                dx,
                pixels * tf.reduce_sum(along, (0, 1, 2)),
                pixels * tf.reduce_sum(plain, (0, 1, 2)),
            )

        return x * gain + (beta - mean * gain), gradient

    return normalised(x, gamma, beta)


def batch_norm(
    name: str, dtype: Any, initial: str = "he", affine: bool = True
) -> keras.layers.BatchNormalization:
    """Batch norm as PyTorch has it: momentum 0.9 and ε 1e-5, where Keras differs.

    Args:
        name: of the layer.
        dtype: its policy.
        initial: how scale and shift begin, see `zoo.initializers`.
        affine: whether it has a scale and a shift.
    """
    return keras.layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        center=affine,
        scale=affine,
        gamma_initializer=initializers.gain(initial),
        beta_initializer=initializers.shift(initial),
        dtype=dtype,
        name=name,
    )
