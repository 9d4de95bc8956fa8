"""Gradient penalties: functions of (score function, real, fake, mix) that return a scalar."""

from collections.abc import Callable

import tensorflow as tf

from coverzoo.types import Tensor

ScoreFunction = Callable[[Tensor], Tensor]


def gradient_penalty(score: ScoreFunction, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """E[(‖∇ₓ score(x)‖₂ - 1)²] at x = fake + mix (real - fake), arXiv:1704.00028.

    The caller draws `mix`, so that equal inputs have equal penalties. The epsilon keeps the square
    root differentiable where the gradient is zero.

    Args:
        score: Function from covers (B, H, W, C) to scores (B,).
        real: Real covers (B, H, W, C).
        fake: Generated covers (B, H, W, C).
        mix: Position of each sample between fake (0) and real (1), (B, 1, 1, 1).
    """
    slope = squared_gradient_norm(score, fake + mix * (real - fake))
    return tf.reduce_mean(tf.square(tf.sqrt(slope + 1e-12) - 1.0))


def r1_penalty(score: ScoreFunction, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """½ E[‖∇ₓ score(x)‖₂²] at the real covers, R₁ of Mescheder et al. 2018, arXiv:1801.04406.

    The arguments are those of `gradient_penalty`; `fake` and `mix` are not used.
    """
    return 0.5 * tf.reduce_mean(squared_gradient_norm(score, real))


def squared_gradient_norm(score: ScoreFunction, x: Tensor) -> Tensor:
    """‖∇ₓ score(x)‖₂² over all of H, W and C, float32 (B,).

    Args:
        score: Function from covers (B, H, W, C) to scores (B,).
        x: Covers (B, H, W, C).
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = score(x)
    slope = tf.cast(tape.gradient(scores, x), tf.float32)
    return tf.reduce_sum(tf.square(slope), axis=(1, 2, 3))


GRADIENT_PENALTIES: dict[str, Callable[..., Tensor]] = {
    "wgan-gp": gradient_penalty,
    "r1": r1_penalty,
}
