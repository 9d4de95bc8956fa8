"""Losses, pure functions in pairs: what the critic minimises, what the generator minimises.

Scores are float32 (B,); losses are scalars. Each takes means over the batch.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from keras import ops


def vanilla_critic(real: Any, fake: Any, label: float = 1.0) -> Any:
    """BCE(real, label) + BCE(fake, 0) of logits, Goodfellow et al. 2014, arXiv:1406.2661.

    A label below 1 is one-sided label smoothing, Salimans et al. 2016, arXiv:1606.03498.
    """
    # -l log σ(x) - (1 - l) log(1 - σ(x)) = softplus(x) - l x
    return ops.mean(ops.softplus(real) - label * real) + ops.mean(ops.softplus(fake))


def vanilla_generator(fake: Any) -> Any:
    """BCE(fake, 1) of logits: the non-saturating loss, arXiv:1406.2661, section 3."""
    return ops.mean(ops.softplus(-fake))


def least_squares_critic(real: Any, fake: Any, label: float = 1.0) -> Any:
    """½ E[(real - label)²] + ½ E[fake²], Mao et al. 2017, arXiv:1611.04076, eq. 9."""
    return 0.5 * (ops.mean(ops.square(real - label)) + ops.mean(ops.square(fake)))


def least_squares_generator(fake: Any) -> Any:
    """½ E[(fake - 1)²], arXiv:1611.04076, eq. 9."""
    return 0.5 * ops.mean(ops.square(fake - 1.0))


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


def variety_shortfall(image: Any, real: Any, share: float) -> Any:
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


def gradient_penalty(score: Callable, real: Any, fake: Any, mix: Any) -> Any:
    """E[(‖∇ₓ score(x)‖₂ - 1)²] at x = fake + mix (real - fake), arXiv:1704.00028.

    `mix`, (B, 1, 1, 1) in [0, 1], is drawn by the caller, so that equal inputs give equal
    penalties. The epsilon keeps the square root differentiable where the gradient is zero.

    Args:
        score: covers (B, H, W, C) → scores (B,).
        real: (B, H, W, C).
        fake: (B, H, W, C).
        mix: (B, 1, 1, 1).
    """
    slope = squared_slope(score, fake + mix * (real - fake))
    return tf.reduce_mean(tf.square(tf.sqrt(slope + 1e-12) - 1.0))


def zero_centred_penalty(score: Callable, real: Any, fake: Any, mix: Any) -> Any:
    """½ E[‖∇ₓ score(x)‖₂²] at the real covers, R₁ of Mescheder et al. 2018, arXiv:1801.04406.

    See `gradient_penalty` for what it takes; `fake` and `mix` do not enter.
    """
    return 0.5 * tf.reduce_mean(squared_slope(score, real))


def squared_slope(score: Callable, x: Any) -> Any:
    """‖∇ₓ score(x)‖₂² over all of H, W and C, float32 (B,)."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = score(x)
    slope = tf.cast(tape.gradient(scores, x), tf.float32)
    return tf.reduce_sum(tf.square(slope), axis=(1, 2, 3))


def gaussian_divergence(mean: Any, log_variance: Any) -> Any:
    """E[KL(N(μ, σ²) ‖ N(0, 1))] = ½ Σ(μ² + σ² - log σ² - 1), summed over the last axis.

    Kingma & Welling 2013, arXiv:1312.6114, appendix B.
    """
    terms = ops.square(mean) + ops.exp(log_variance) - log_variance - 1.0
    return 0.5 * ops.mean(ops.sum(terms, axis=-1))


def gaussian_divergence_between(
    mean: Any, log_variance: Any, prior_mean: Any, prior_log_variance: Any
) -> Any:
    """E[KL(N(μ, σ²) ‖ N(m, s²))] = ½ Σ(((μ - m)² + σ²) / s² - log σ²/s² - 1), axis -1 summed.

    Two diagonal Gaussians; with m = 0 and s = 1 it is `gaussian_divergence`.
    """
    ratio = log_variance - prior_log_variance
    distance = ops.square(mean - prior_mean) * ops.exp(-prior_log_variance)
    return 0.5 * ops.mean(ops.sum(distance + ops.exp(ratio) - ratio - 1.0, axis=-1))


def squared_error(target: Any, logits: Any) -> Any:
    """E[(σ(logit) - target)²] over every value of every sample; targets in [0, 1]."""
    return ops.mean(ops.square(ops.sigmoid(logits) - target))


def summed_cross_entropy(target: Any, logits: Any) -> Any:
    """-E Σ(t log p + (1 - t) log(1 - p)), p = σ(logit), summed over a sample's values, in nats.

    The negative log-likelihood of a Bernoulli decoder, arXiv:1312.6114, appendix C.1; targets
    in [0, 1].
    """
    terms = ops.softplus(logits) - target * logits
    return ops.mean(ops.sum(terms, axis=(1, 2, 3)))
