"""Losses that make the audio and the noise count: mismatched pairs and diversity."""

from typing import Any

import tensorflow as tf
from keras import ops


def mismatch_margin(matched: Any, mismatched: Any, valid: Any) -> Any:
    """E over valid rows of max(0, 1 - D(x, a) + D(x, a′)): a real cover fits its own music best.

    Bounded below by 0, which a Wasserstein loss needs: the gradient penalty bounds a critic's
    slope in the image only, so an unbounded term would grow along the audio for ever. In the
    spirit of the matching-aware discriminator, arXiv:1605.05396.

    Args:
        matched: D(x, a), (B,).
        mismatched: D(x, a′), (B,).
        valid: (B,), 1 where a′ really is another's music, else 0; 0 loss if it never is.
    """
    valid = ops.cast(valid, "float32")
    margin = ops.maximum(0.0, 1.0 - matched + mismatched)
    return ops.sum(margin * valid) / ops.maximum(ops.sum(valid), 1.0)


def diversity_shortfall(image: Any, real: Any, share: float) -> Any:
    """max(0, share - d / d₀): two covers for one track differ, or it costs.

    d is the mean |difference| of covers of one track that stand half a batch apart, d₀ that of the
    real covers that stand there, which are of two tracks; a batch of one lacks the whole share.

    Where every track has one cover, nothing in the adversarial loss asks for a second one: a
    generator may take what it needs of chance from the audio and leave the noise alone. After mode
    seeking, arXiv:1903.05628, with the bound of arXiv:1901.09024, taken from the data.

    Args:
        image: generated, (B, H, W, C); those at i and i + B // 2 are of one track.
        real: (B, H, W, C).
        share: of d₀, from 0 on.
    """
    half = tf.shape(image)[0] // 2

    def apart(x: Any) -> Any:
        difference = tf.abs(tf.cast(x[:half] - x[half : 2 * half], tf.float32))
        return tf.math.divide_no_nan(
            tf.reduce_sum(difference), tf.cast(tf.size(difference), tf.float32)
        )

    return tf.maximum(0.0, share - apart(image) / tf.maximum(apart(real), 1e-3))
