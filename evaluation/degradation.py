"""Degradations of covers by which a classifier learns what a cover shows, not how crisp it is."""

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
    count = tf.shape(images)[0]
    stages = [images]
    for _ in range(BLURS):
        stages.append(_blurred(stages[-1]))
    times = tf.random.stateless_uniform((count,), keys[0], 0, BLURS + 1, tf.int32, alg=ALGORITHM)
    chosen = tf.gather(tf.stack(stages, axis=1), times, batch_dims=1)
    stddev = tf.random.stateless_uniform(
        (count, 1, 1, 1), keys[1], 0.0, NOISE_STDDEV, alg=ALGORITHM
    )
    noise = tf.random.stateless_normal(tf.shape(images), keys[2], alg=ALGORITHM)
    return chosen + stddev * noise


def _blurred(images: Tensor) -> Tensor:
    """A Gaussian blur of σ = S/64, its kernel cut off at 3σ."""
    sigma = images.shape[1] * BLUR_SIGMA
    reach = max(1, round(3.0 * sigma))
    offset = tf.range(-reach, reach + 1, dtype=tf.float32)
    kernel = tf.nn.softmax(-0.5 * tf.square(offset / sigma))
    edges = tf.concat([tf.zeros(reach, tf.int32), tf.range(images.shape[1])], 0)
    edges = tf.concat([edges, tf.fill((reach,), images.shape[1] - 1)], 0)
    x = tf.gather(tf.gather(images, edges, axis=1), edges, axis=2)
    channels = images.shape[-1]
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        taps = tf.tile(tf.reshape(kernel, shape), (1, 1, channels, 1))
        x = tf.nn.depthwise_conv2d(x, taps, (1, 1, 1, 1), "VALID")
    return x
