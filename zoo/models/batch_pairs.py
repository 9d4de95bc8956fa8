"""Pairs of samples within a batch."""

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.models.stateless_rng import batch_size


def valid_mismatch_mask(
    audio: Tensor, group: Tensor, keep: Tensor | None, distance: Tensor
) -> Tensor:
    """Return which samples form a mismatched pair with another sample's audio, (B,) of 0 and 1.

    The other sample stands `distance` rows before in the batch, counted round its end. A pair is
    invalid if both samples are of one group or have equal audio, if either is trained without its
    audio, or if both are the same sample.

    Args:
        audio: Raw features (B, width).
        group: Group of each sample (B,), equal for samples of one artist.
        keep: Mask (B,), 0 where a sample is trained without its audio; None if all keep theirs.
        distance: Number of rows between the two samples, from 1 on.
    """
    valid = tf.reduce_any(audio != tf.roll(audio, distance, axis=0), axis=1)
    valid &= group != tf.roll(group, distance, axis=0)
    valid = tf.cast(valid, tf.float32)
    return valid if keep is None else valid * keep * tf.roll(keep, distance, axis=0)


def repeat_first_half(rows: Tensor) -> Tensor:
    """Return the first half of a batch's rows, repeated; an odd batch ends with its first row.

    Args:
        rows: Any tensor with the batch as its first axis.
    """
    size = batch_size(rows)
    return tf.gather(rows, tf.range(size) % tf.maximum(size // 2, 1))
