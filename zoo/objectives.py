"""Losses, pure functions in pairs: what the critic minimises, what the generator minimises.

Scores are float32 (B,); losses are scalars. Each takes means over the batch.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from keras import ops


def wasserstein_critic(real: Any, fake: Any) -> Any:
    """E[fake] - E[real], Arjovsky et al. 2017, arXiv:1701.07875, eq. 2 with the sign turned."""
    return ops.mean(fake) - ops.mean(real)


def wasserstein_generator(fake: Any) -> Any:
    """-E[fake], arXiv:1701.07875."""
    return -ops.mean(fake)


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


def gradient_penalty(score: Callable, real: Any, fake: Any, mix: Any) -> Any:
    """E[(‖∇ₓ score(x)‖₂ - 1)²] at x = fake + mix (real - fake), arXiv:1704.00028.

    `mix`, (B, 1, 1, 1) in [0, 1], is drawn by the caller, so that equal inputs give equal
    penalties. The norm goes over all of H, W and C, in float32; the epsilon keeps the square
    root differentiable where the gradient is zero.

    Args:
        score: covers (B, H, W, C) → scores (B,).
        real: (B, H, W, C).
        fake: (B, H, W, C).
        mix: (B, 1, 1, 1).
    """
    x = fake + mix * (real - fake)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = score(x)
    slope = tf.cast(tape.gradient(scores, x), tf.float32)
    norm = tf.sqrt(tf.reduce_sum(tf.square(slope), axis=(1, 2, 3)) + 1e-12)
    return tf.reduce_mean(tf.square(norm - 1.0))


def gaussian_divergence(mean: Any, log_variance: Any) -> Any:
    """E[KL(N(μ, σ²) ‖ N(0, 1))] = ½ Σ(μ² + σ² - log σ² - 1), summed over the last axis.

    Kingma & Welling 2013, arXiv:1312.6114, appendix B.
    """
    terms = ops.square(mean) + ops.exp(log_variance) - log_variance - 1.0
    return 0.5 * ops.mean(ops.sum(terms, axis=-1))
