"""Random draws that follow from (seed, step) alone, so that a resumed run draws the same."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

# What a draw is for. The numbers are part of a run's identity: never renumber them.
PURPOSES = {
    name: number
    for number, name in enumerate(
        ("noise", "augmented", "keep", "real_view", "fake_view", "mix", "mismatch", "felt", "heard")
    )
}


class StatelessRNG:
    """The draws of one update, each named by its purpose.

    Args:
        seed: the run's.
        step: which step, int64.
        part: which update of the step, so that critic steps do not repeat one another.
    """

    def __init__(self, seed: int, step: Any, part: Any) -> None:
        key = tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)])
        self.key = tf.random.fold_in(key, tf.cast(part, tf.int64))

    def seed(self, purpose: str) -> Any:
        """The (2,) seed of a purpose."""
        # int64: folding in a Python integer would hash the key down to 32 bits.
        return tf.random.fold_in(self.key, tf.constant(PURPOSES[purpose], tf.int64))

    def normal(self, purpose: str, shape: Sequence[Any]) -> Any:
        """Standard normal numbers, float32."""
        return tf.random.stateless_normal(shape, self.seed(purpose))

    def uniform(self, purpose: str, shape: Sequence[Any]) -> Any:
        """Uniform numbers in [0, 1), float32."""
        return tf.random.stateless_uniform(shape, self.seed(purpose))

    def integer(self, purpose: str, low: Any, high: Any) -> Any:
        """One integer in [low, high), int32."""
        return tf.random.stateless_uniform((), self.seed(purpose), low, high, tf.int32)


def count(x: Any) -> Any:
    """How many samples x holds: a number where the graph knows it, else a tensor."""
    return tf.shape(x)[0] if x.shape[0] is None else x.shape[0]
