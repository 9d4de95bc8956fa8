"""Losses that make covers depend on the audio and on the noise."""

import tensorflow as tf
from keras import ops

from coverzoo.types import Tensor


def mismatch_margin(
    matched: Tensor, mismatched: Tensor, valid: Tensor, margin: float = 1.0
) -> Tensor:
    """E over valid rows of max(0, m - D(x, a) + D(x, a′)): a real cover scores best with its audio.

    Bounded below by 0, which a Wasserstein loss needs: the gradient penalty bounds a critic's
    slope in the image only, so an unbounded term would grow along the audio without limit. In the
    spirit of the matching-aware discriminator, arXiv:1605.05396.

    Args:
        matched: Scores D(x, a) (B,).
        mismatched: Scores D(x, a′) (B,).
        valid: Mask (B,), 1 where a′ is another track's audio, else 0. Without a valid row the
            loss is 0.
        margin: m, by how much the score with the own audio should be the higher one.
    """
    valid = ops.cast(valid, "float32")
    shortfall = ops.maximum(0.0, margin - matched + mismatched)
    return ops.sum(shortfall * valid) / ops.maximum(ops.sum(valid), 1.0)


def contrastive(queries: Tensor, keys: Tensor, valid: Tensor | None = None) -> Tensor:
    """-E over valid rows i of log softmax over the keys k of ⟨q_i, k⟩ / √D, at k_i.

    A query finds the key of its own track among those of the batch: InfoNCE, arXiv:1807.03748, in
    the form of CLIP, arXiv:2103.00020. With audio embeddings e(a) as queries and the critic's
    projections Wᵀφ(x) of real covers as keys, the embedding learns what covers show; through
    generated covers alone it learns that slowly. With projections as queries and the critic's
    conditions as keys, a cover learns to show its audio, as in XMC-GAN, arXiv:2101.04702. log B if
    nothing is found.

    Args:
        queries: One query per track (B, D).
        keys: The keys of the same tracks (B, D).
        valid: Mask (B,), 0 where a query is left out; None for none. Without a valid row the loss
            is 0.
    """
    logits = ops.matmul(queries, ops.transpose(keys)) / queries.shape[-1] ** 0.5
    losses = -ops.diagonal(ops.log_softmax(logits, axis=-1))
    if valid is None:
        return ops.mean(losses)
    valid = ops.cast(valid, "float32")
    return ops.sum(losses * valid) / ops.maximum(ops.sum(valid), 1.0)


def diversity_shortfall(image: Tensor, real: Tensor, target: float) -> Tensor:
    """max(0, target - d / d₀): a penalty if two covers of one track differ too little.

    d is the mean |difference| of generated covers of one track that stand half a batch apart, d₀
    that of the real covers in the same rows, which are of two tracks. A batch of one sample costs
    the whole target.

    Where every track has one cover, the adversarial loss does not reward a second one: a generator
    can take the randomness it needs from the audio and ignore the noise. After mode seeking,
    arXiv:1903.05628, with the bound of arXiv:1901.09024, taken from the data.

    Args:
        image: Generated covers (B, H, W, C); those in rows i and i + B // 2 are of one track.
        real: Real covers (B, H, W, C).
        target: Fraction of d₀ that d should reach, from 0 on.
    """
    half = tf.shape(image)[0] // 2

    def distance(x: Tensor) -> Tensor:
        difference = tf.abs(tf.cast(x[:half] - x[half : 2 * half], tf.float32))
        return tf.math.divide_no_nan(
            tf.reduce_sum(difference), tf.cast(tf.size(difference), tf.float32)
        )

    return tf.maximum(0.0, target - distance(image) / tf.maximum(distance(real), 1e-3))
