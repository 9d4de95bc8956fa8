"""Pairs and parts of the samples of a batch."""

import math
from typing import Any

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


def nearest_other(embedding: Tensor) -> Tensor:
    """Return for each row the index of the other row with the largest cosine similarity, (B,).

    A batch of one row has its own.

    Args:
        embedding: Embeddings (B, D).
    """
    rows = tf.math.l2_normalize(embedding, axis=1)
    itself = 4.0 * tf.eye(batch_size(rows))  # more than two cosines differ by
    return tf.argmax(tf.matmul(rows, rows, transpose_b=True) - itself, axis=1)


def split_rows(batch: dict[str, Tensor], parts: int) -> dict[str, Tensor]:
    """Return each tensor (parts · B, ...) of a batch as (parts, B, ...).

    Args:
        batch: Tensors by name, with the batch as their first axis.
        parts: Number of parts, a divisor of the number of rows.
    """
    return {
        name: tf.reshape(value, (parts, batch_size(value) // parts, *value.shape[1:]))
        for name, value in batch.items()
    }


def repeat_first_half(rows: Tensor) -> Tensor:
    """Return the first half of a batch's rows, repeated; an odd batch ends with its first row.

    Args:
        rows: Any tensor with the batch as its first axis.
    """
    size = batch_size(rows)
    return tf.gather(rows, tf.range(size) % tf.maximum(size // 2, 1))


def first_rows(fraction: float, *tensors: Tensor | None) -> tuple[Tensor | None, ...]:
    """Return the first ⌈fraction · B⌉ rows of each tensor, one or more; all of them for 1.

    Args:
        fraction: Fraction in (0, 1].
        *tensors: Tensors with the batch B as their first axis; None stays None. The first is a
            tensor.
    """
    if fraction == 1.0:
        return tensors
    size = batch_size(tensors[0])
    # The subtraction keeps a product such as 0.07 · 100 = 7.000000000000001 from being rounded up.
    rows: Any
    if isinstance(size, int):
        rows = max(1, math.ceil(fraction * size - 1e-6))
    else:
        exact = fraction * tf.cast(size, tf.float64) - 1e-6
        rows = tf.maximum(tf.cast(tf.math.ceil(exact), tf.int32), 1)
    return tuple(each if each is None else each[:rows] for each in tensors)
