"""Gradient penalties: (score function, real, fake, mix) → a scalar."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


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
    slope = squared_gradient_norm(score, fake + mix * (real - fake))
    return tf.reduce_mean(tf.square(tf.sqrt(slope + 1e-12) - 1.0))


def r1_penalty(score: Callable, real: Any, fake: Any, mix: Any) -> Any:
    """½ E[‖∇ₓ score(x)‖₂²] at the real covers, R₁ of Mescheder et al. 2018, arXiv:1801.04406.

    See `gradient_penalty` for what it takes; `fake` and `mix` do not enter.
    """
    return 0.5 * tf.reduce_mean(squared_gradient_norm(score, real))


def squared_gradient_norm(score: Callable, x: Any) -> Any:
    """‖∇ₓ score(x)‖₂² over all of H, W and C, float32 (B,)."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = score(x)
    slope = tf.cast(tape.gradient(scores, x), tf.float32)
    return tf.reduce_sum(tf.square(slope), axis=(1, 2, 3))


GRADIENT_PENALTIES: dict[str, Callable[..., Any]] = {
    "wgan-gp": gradient_penalty,
    "r1": r1_penalty,
}
