"""Kullback-Leibler divergences of diagonal Gaussians."""

from keras import ops

from coverzoo.types import Tensor


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """E[KL(N(μ, σ²) ‖ N(0, 1))] = ½ Σ(μ² + σ² - log σ² - 1), summed over the last axis.

    Kingma & Welling 2013, arXiv:1312.6114, appendix B.

    Args:
        mean: μ (B, D).
        log_variance: log σ² (B, D).

    Returns:
        Mean over the batch, in nats.
    """
    terms = ops.square(mean) + ops.exp(log_variance) - log_variance - 1.0
    return 0.5 * ops.mean(ops.sum(terms, axis=-1))


def gaussian_kl_between(
    mean: Tensor, log_variance: Tensor, prior_mean: Tensor, prior_log_variance: Tensor
) -> Tensor:
    """E[KL(N(μ, σ²) ‖ N(m, s²))] = ½ Σ(((μ - m)² + σ²) / s² - log σ²/s² - 1), axis -1 summed.

    With m = 0 and s = 1 it is `gaussian_kl`.

    Args:
        mean: μ (B, D).
        log_variance: log σ² (B, D).
        prior_mean: m (B, D).
        prior_log_variance: log s² (B, D).

    Returns:
        Mean over the batch, in nats.
    """
    ratio = log_variance - prior_log_variance
    distance = ops.square(mean - prior_mean) * ops.exp(-prior_log_variance)
    return 0.5 * ops.mean(ops.sum(distance + ops.exp(ratio) - ratio - 1.0, axis=-1))
