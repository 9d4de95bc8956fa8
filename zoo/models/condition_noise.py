"""Noise on the audio of a batch: on its features, and which samples go without it."""

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.models.stateless_rng import StatelessRNG, batch_size


def feature_noise(
    audio: Tensor, deviation: float, rng: StatelessRNG, purpose: str
) -> Tensor | None:
    """Return noise for scaled features (B, width), or None for a deviation of 0.

    Args:
        audio: Raw features (B, width).
        deviation: Standard deviation of the noise.
        rng: Random numbers of the update.
        purpose: Name of the noise; each network has its own.
    """
    if not deviation:
        return None
    return deviation * rng.normal(purpose, (batch_size(audio), audio.shape[1]))


def keep_mask(dropout: float, rng: StatelessRNG, size: Tensor) -> Tensor | None:
    """Return which samples keep their audio, (B,) of 0 and 1; None if all do.

    Args:
        dropout: Fraction of samples that are trained with the null condition.
        rng: Random numbers of the update.
        size: Batch size B.
    """
    if not dropout:
        return None
    return tf.cast(rng.uniform("condition_dropout", (size,)) >= dropout, tf.float32)
