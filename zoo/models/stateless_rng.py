"""Random numbers that follow from (seed, step) alone, so that a resumed run draws the same."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from coverzoo.types import Tensor

# Named, because TensorFlow's default depends on the device: a run would draw other numbers on a
# TPU, and a later version may choose otherwise. On a CPU or GPU the default is the same algorithm.
ALGORITHM = "philox"

# What a number is drawn for. The values are part of a run's identity: never renumber them.
PURPOSES = {
    name: number
    for number, name in enumerate(
        (
            "latent_noise",
            "conditioning_augmentation",
            "condition_dropout",
            "real_augmentation",
            "fake_augmentation",
            "penalty_mix",
            "mismatch_distance",
            "feature_noise",
            "critic_feature_noise",
        )
    )
}


class StatelessRNG:
    """The random numbers of one update, a stream for each purpose.

    Philox of Salmon et al. 2011 (https://doi.org/10.1145/2063384.2063405), as TensorFlow's
    `tf.random.stateless_*` compute it.

    Args:
        seed: Seed of the run.
        step: Number of the step, int64.
        update: Number of the update within the step, so that critic updates do not draw alike.
    """

    def __init__(self, seed: int, step: Tensor, update: Tensor) -> None:
        key = tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)])
        self.key = tf.random.fold_in(key, tf.cast(update, tf.int64), alg=ALGORITHM)

    def seed(self, purpose: str) -> Tensor:
        """Return the seed of a purpose, int64 (2,).

        Args:
            purpose: Key of `PURPOSES`.
        """
        # int64: folding in a Python integer would hash the key down to 32 bits.
        number = tf.constant(PURPOSES[purpose], tf.int64)
        return tf.random.fold_in(self.key, number, alg=ALGORITHM)

    def normal(self, purpose: str, shape: Sequence[Any]) -> Tensor:
        """Draw standard normal numbers, float32.

        Args:
            purpose: Key of `PURPOSES`.
            shape: Shape of the result.
        """
        return tf.random.stateless_normal(shape, self.seed(purpose), alg=ALGORITHM)

    def uniform(self, purpose: str, shape: Sequence[Any]) -> Tensor:
        """Draw uniform numbers in [0, 1), float32.

        Args:
            purpose: Key of `PURPOSES`.
            shape: Shape of the result.
        """
        return tf.random.stateless_uniform(shape, self.seed(purpose), alg=ALGORITHM)

    def integer(self, purpose: str, low: Tensor, high: Tensor) -> Tensor:
        """Draw one integer in [low, high), int32 ().

        Args:
            purpose: Key of `PURPOSES`.
            low: Smallest value.
            high: Bound above the largest value.
        """
        seed = self.seed(purpose)
        return tf.random.stateless_uniform((), seed, low, high, tf.int32, alg=ALGORITHM)


def batch_size(x: Tensor) -> Any:
    """Return the number of rows of x: an int where its static shape has one, else a tensor."""
    return tf.shape(x)[0] if x.shape[0] is None else x.shape[0]
