"""Which rows of a batch stand beside which."""

from typing import Any

import tensorflow as tf

from coverzoo.zoo.models.stateless_rng import count


def valid_mismatch_mask(audio: Any, group: Any, keep: Any, distance: Any) -> Any:
    """Which samples may be told that a neighbour's audio is not theirs, (B,) of 0 and 1.

    The neighbour stands `distance` before in the batch, round its end. A pair of one group, of
    equal audio, or without audio on either side is none; so is a sample and itself.

    Args:
        audio: (B, width).
        group: (B,), equal for samples of one artist.
        keep: (B,), 0 where a sample is trained without its audio; None if all have theirs.
        distance: an integer from 1 on.
    """
    valid = tf.reduce_any(audio != tf.roll(audio, distance, axis=0), axis=1)
    valid &= group != tf.roll(group, distance, axis=0)
    valid = tf.cast(valid, tf.float32)
    return valid if keep is None else valid * keep * tf.roll(keep, distance, axis=0)


def repeat_first_half(rows: Any) -> Any:
    """The first half of a batch's rows, twice; an odd batch ends with its first row."""
    size = count(rows)
    return tf.gather(rows, tf.range(size) % tf.maximum(size // 2, 1))
