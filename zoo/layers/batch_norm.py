"""Batch normalisation."""

from typing import Any

import keras
import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.layers import initializers


@keras.saving.register_keras_serializable("coverzoo")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch norm; in training, feature maps are normalised by TensorFlow's fused operation.

    Keras's own operations make five times as many passes over a map. As in PyTorch, and unlike
    in Keras, the moving variance is then that of the unbiased batch variance.
    """

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        if not (training and self.trainable and len(x.shape) == 4):
            return super().call(x, training=training)
        ones = tf.ones(x.shape[-1:])
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.cast(self.gamma, tf.float32) if self.scale else ones,
            offset=tf.cast(self.beta, tf.float32) if self.center else 0.0 * ones,
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + new * (1.0 - self.momentum))
        return y

    def frozen(self) -> tuple[Tensor, Tensor]:
        """The inference transform as one gain and one shift per channel, each float32 (C,)."""
        gain = tf.math.rsqrt(self.moving_variance + self.epsilon)
        gain *= self.gamma if self.scale else 1.0
        return gain, (self.beta if self.center else 0.0) - self.moving_mean * gain


def batch_norm(
    name: str, dtype: Any, weight_init: str = "he", affine: bool = True
) -> BatchNormalization:
    """Batch norm with PyTorch's defaults, momentum 0.9 and ε 1e-5, which differ from Keras's.

    Args:
        name: Name of the layer.
        dtype: Dtype policy of the layer.
        weight_init: Scheme of the initial scale and shift, see `zoo.layers.initializers`.
        affine: Whether the layer has a scale and a shift.
    """
    return BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        center=affine,
        scale=affine,
        gamma_initializer=initializers.gain(weight_init),
        beta_initializer=initializers.shift(weight_init),
        dtype=dtype,
        name=name,
    )
