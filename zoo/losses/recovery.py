"""Losses of recovering z from covers, and of covers generated from the z of real ones."""

import tensorflow as tf
from keras import ops

from coverzoo.types import Tensor

COARSE_SIDE = 16


def latent_loss(mean: Tensor, log_variance: Tensor, z: Tensor) -> Tensor:
    """½ E[log σ² + (z - μ)² / σ²]: -log q(z | x) of a diagonal Gaussian, per value of z.

    Up to a constant the bound on the mutual information of z and cover of InfoGAN,
    arXiv:1606.03657. It is 0.5 for μ = 0 and σ = 1, which know nothing of a standard normal z.

    Args:
        mean: μ (B, L).
        log_variance: log σ² (B, L).
        z: Values that the covers were generated from (B, L).
    """
    squares = ops.square(z - mean) * ops.exp(-log_variance)
    return 0.5 * ops.mean(log_variance + squares)


def coarse_difference(image: Tensor, real: Tensor) -> Tensor:
    """Mean |difference| of covers averaged to 16 × 16 pixels, in [0, 2]; smaller ones as they are.

    Args:
        image: Generated covers (B, S, S, C) in [-1, 1], S a multiple of 16 or at most 16.
        real: Real covers in the same rows.
    """
    window = max(1, image.shape[1] // COARSE_SIDE)
    difference = tf.cast(image, tf.float32) - tf.cast(real, tf.float32)
    return tf.reduce_mean(tf.abs(tf.nn.avg_pool2d(difference, window, window, "VALID")))
