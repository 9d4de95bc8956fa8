"""Reconstruction losses of autoencoders, from logits and targets in [0, 1]."""

from keras import ops

from coverzoo.types import Tensor


def squared_error(target: Tensor, logits: Tensor) -> Tensor:
    """E[(σ(logit) - target)²] over every value of every sample.

    Args:
        target: Covers in [0, 1], (B, H, W, C).
        logits: Logits of the reconstructions (B, H, W, C).
    """
    return ops.mean(ops.square(ops.sigmoid(logits) - target))


def summed_cross_entropy(target: Tensor, logits: Tensor) -> Tensor:
    """-E Σ(t log p + (1 - t) log(1 - p)), p = σ(logit), summed over a sample's values, in nats.

    The negative log-likelihood of a Bernoulli decoder, arXiv:1312.6114, appendix C.1.

    Args:
        target: Covers in [0, 1], (B, H, W, C).
        logits: Logits of the reconstructions (B, H, W, C).
    """
    terms = ops.softplus(logits) - target * logits
    return ops.mean(ops.sum(terms, axis=(1, 2, 3)))
