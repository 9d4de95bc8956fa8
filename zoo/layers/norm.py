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
        wide = tf.cast(x, tf.float32)
        mean = tf.reduce_mean(wide, axis=(1, 2), keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(wide, mean), (1, 2), keepdims=True)
        gain = tf.math.rsqrt(variance + self.epsilon) * tf.cast(self.gamma, tf.float32)
        return tf.cast((wide - mean) * gain + tf.cast(self.beta, tf.float32), x.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "epsilon": self.epsilon}


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
