"""Batch normalisation."""

from typing import Any

import keras
import tensorflow as tf

from coverzoo.zoo.layers import initializers


@keras.saving.register_keras_serializable("coverzoo")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer, with feature maps in training normalised by TensorFlow's one fused operation.

    Keras's own form makes five times the passes over a map. As in PyTorch, and unlike Keras, the
    moving variance then follows the unbiased one of the batch.
    """

    def call(self, x: Any, training: bool = False) -> Any:
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

    def frozen(self) -> tuple[Any, Any]:
        """What it does once trained, as one gain and one shift, each float32 (C,)."""
        gain = tf.math.rsqrt(self.moving_variance + self.epsilon)
        gain *= self.gamma if self.scale else 1.0
        return gain, (self.beta if self.center else 0.0) - self.moving_mean * gain


def batch_norm(
    name: str, dtype: Any, weight_init: str = "he", affine: bool = True
) -> BatchNormalization:
    """Batch norm as PyTorch has it: momentum 0.9 and ε 1e-5, where Keras differs.

    Args:
        name: of the layer.
        dtype: its policy.
        initial: how scale and shift begin, see `zoo.layers.initializers`.
        affine: whether it has a scale and a shift.
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
