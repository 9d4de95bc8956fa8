"""Degradations of covers by which a classifier learns what a cover shows, not how crisp it is."""

import numpy as np
import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.models.stateless_rng import ALGORITHM

BLURS = 3  # blurs one after the other, at most
BLUR_SIGMA = 1.0 / 64.0  # standard deviation of one blur, as a fraction of the side
NOISE_STDDEV = 0.4  # largest standard deviation of the noise


def degraded(images: Tensor, seed: Tensor) -> Tensor:
    """Blur covers and add noise, each by an amount that is drawn once per cover.

    A cover is blurred 0 to 3 times with equal probability, by a Gaussian of σ = S/64, with the
    pixels at an edge repeated beyond it. The noise is normal and independent in every value; its
    standard deviation is uniform in [0, 0.4]. The result is not clipped.

    Args:
        images: Covers (B, S, S, 3) in [-1, 1], float32.
        seed: Seed, int (2,); equal seeds draw equal numbers.
    """
    keys = tf.random.split(seed, 3, alg=ALGORITHM)
    count, side, channels = tf.shape(images)[0], images.shape[2], images.shape[3]
    times = tf.random.stateless_uniform((count,), keys[0], 0, BLURS + 1, tf.int32, alg=ALGORITHM)
    blur = tf.gather(tf.constant(_blurs(side), images.dtype), times)  # a matrix for each cover
    rows = tf.matmul(blur, tf.reshape(images, (count, side, side * channels)))
    chosen = tf.einsum("bij,bkjc->bkic", blur, tf.reshape(rows, tf.shape(images)))
    stddev = tf.random.stateless_uniform(
        (count, 1, 1, 1), keys[1], 0.0, NOISE_STDDEV, alg=ALGORITHM
    )
    noise = tf.random.stateless_normal(tf.shape(images), keys[2], alg=ALGORITHM)
    return chosen + stddev * noise


def _blurs(side: int) -> np.ndarray:
    """The matrices (BLURS + 1, S, S) of 0 and more Gaussian blurs of σ = S/64 along one axis.

    The kernel is cut off at 3σ; pixels at an edge are repeated beyond it. A product with two small
    matrices takes a third of the time of convolutions.
    """
    sigma = side * BLUR_SIGMA
    reach = max(1, round(3.0 * sigma))
    offset = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * np.square(offset / sigma))
    kernel /= kernel.sum()
    once = np.zeros((side, side))
    for row in range(side):
        np.add.at(once[row], np.clip(row + offset, 0, side - 1), kernel)
    return np.stack([np.linalg.matrix_power(once, times) for times in range(BLURS + 1)])
