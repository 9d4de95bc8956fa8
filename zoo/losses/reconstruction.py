"""Reconstruction losses of autoencoders, from logits and targets in [0, 1]."""

from typing import Any

from keras import ops


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
