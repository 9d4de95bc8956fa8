"""Kullback-Leibler divergences of diagonal Gaussians."""

from typing import Any

from keras import ops


def gaussian_kl(mean: Any, log_variance: Any) -> Any:
    """E[KL(N(μ, σ²) ‖ N(0, 1))] = ½ Σ(μ² + σ² - log σ² - 1), summed over the last axis.

    Kingma & Welling 2013, arXiv:1312.6114, appendix B.
    """
    terms = ops.square(mean) + ops.exp(log_variance) - log_variance - 1.0
    return 0.5 * ops.mean(ops.sum(terms, axis=-1))


def gaussian_kl_between(
    mean: Any, log_variance: Any, prior_mean: Any, prior_log_variance: Any
) -> Any:
    """E[KL(N(μ, σ²) ‖ N(m, s²))] = ½ Σ(((μ - m)² + σ²) / s² - log σ²/s² - 1), axis -1 summed.

    Two diagonal Gaussians; with m = 0 and s = 1 it is `gaussian_kl`.
    """
    ratio = log_variance - prior_log_variance
    distance = ops.square(mean - prior_mean) * ops.exp(-prior_log_variance)
    return 0.5 * ops.mean(ops.sum(distance + ops.exp(ratio) - ratio - 1.0, axis=-1))
