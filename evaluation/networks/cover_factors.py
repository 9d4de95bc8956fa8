"""Factors of covers, such as the place of a shape: reading them, and comparing what was read."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from coverzoo.evaluation.networks.position import position_network
from coverzoo.types import Tensor

BATCH_SIZE = 64
LEARNING_RATE = 2e-3
EPOCHS = 12


class FactorRegressor:
    """A small convolutional network that reads real factors from covers.

    It is trained on covers whose factors are known and never used in a training loss. It learns
    the mean of a factor given a cover: where a cover does not show one, it predicts the mean of
    that factor, so that spreads of what is read are at most those of what is shown, but for the
    network's error.

    A factor on a circle, as a hue or a phase, is two: the caller gives its cosine and its sine.
    """

    def build(self, shape: tuple[int, ...], factors: int, seed: int = 0) -> None:
        """Make a network with new weights, as `fit` does.

        Args:
            shape: Shape of a cover, (S, S, 3).
            factors: Number of factors.
            seed: Seed of the weights.
        """
        self._network = position_network(shape, factors, seed, name="factor_regressor")
        self._mean = tf.Variable(tf.zeros(factors, tf.float64))
        self._scale = tf.Variable(tf.ones(factors, tf.float64))

    def variables(self) -> list[Any]:
        """All that training changes, for a cache."""
        return [*self._network.variables, self._mean, self._scale]

    def fit(
        self,
        images: Tensor,
        factors: Tensor,
        seed: int = 0,
        epochs: int = EPOCHS,
        progress: Callable[[int], None] | None = None,
    ) -> "FactorRegressor":
        """Train on covers with known factors; equal arguments give equal weights.

        Minimises the mean square of the errors of the factors, each divided by its standard
        deviation, by Adam with a cosine decay to 0. Global random states are neither read nor
        changed.

        Args:
            images: Covers (N, S, S, 3) in [-1, 1], S 8 or more.
            factors: Factors (N, F), finite.
            seed: Seed of the weights and of the order, 0 or more.
            epochs: Number of passes over the covers, 1 or more.
            progress: Called with 1 after each pass.

        Raises:
            ValueError: If the shapes do not agree or a factor is not finite.
        """
        images, factors = np.asarray(images), np.asarray(factors, np.float64)
        if images.ndim != 4 or factors.ndim != 2 or len(images) != len(factors) or not len(images):
            raise ValueError(
                "images must have shape (N, S, S, 3) and factors (N, F). "
                f"Received: {images.shape} and {factors.shape}"
            )
        if not np.isfinite(factors).all():
            raise ValueError("factors must be finite")
        self.build(images.shape[1:], factors.shape[1], seed)
        mean, scale = factors.mean(axis=0), factors.std(axis=0)
        self._mean.assign(mean)
        self._scale.assign(scale)  # 0 of a constant factor, which is predicted exactly
        targets = ((factors - mean) / np.where(scale > 0.0, scale, 1.0)).astype(np.float32)
        batch = min(BATCH_SIZE, len(images))
        steps = len(images) // batch
        step = self._training_step(steps * epochs)
        rng = np.random.default_rng(seed)
        for _ in range(epochs):
            order = rng.permutation(len(images))
            for start in range(0, steps * batch, batch):
                # Sorted, since the order within a batch has no effect and this reads faster.
                rows = np.sort(order[start : start + batch])
                step(tf.constant(images[rows], tf.float32), tf.constant(targets[rows]))
            if progress is not None:
                progress(1)
        return self

    def predict(self, images: Tensor) -> np.ndarray:
        """Factors of covers in their units, float64 (N, F).

        Args:
            images: Covers (N, S, S, 3) in [-1, 1], of the side that it was trained on.
        """
        images = np.asarray(images)
        found = [
            self._network(tf.constant(images[start : start + 256], tf.float32), training=False)
            for start in range(0, len(images), 256)
        ]
        scaled = np.concatenate(found).astype(np.float64)
        return scaled * self._scale.numpy() + self._mean.numpy()

    def _training_step(self, steps: int) -> tf.types.experimental.PolymorphicFunction:
        """A compiled step: covers (B, S, S, 3) and standardised factors (B, F)."""
        network, variables = self._network, self._network.trainable_variables
        schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
        optimizer = keras.optimizers.Adam(schedule)
        optimizer.build(variables)

        @tf.function
        def step(images: Tensor, targets: Tensor) -> None:
            with tf.GradientTape() as tape:
                error = network(images, training=True) - targets
                loss = tf.reduce_mean(tf.square(error))
            optimizer.apply(tape.gradient(loss, variables), variables)

        return step


def rank_correlation(a: Tensor, b: Tensor) -> np.ndarray:
    """Spearman's rank correlation of the columns of two tables, (F,), each in [-1, 1].

    Pearson's correlation of the ranks (Spearman 1904); equal values have the mean of their ranks.
    A column of one value has no order: its correlation is 0.

    Args:
        a: Values (N, F).
        b: Values (N, F); column f is compared with column f of `a`.

    Raises:
        ValueError: If the shapes differ or are not (N, F) with N of 2 or more, or a value is NaN.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or a.ndim != 2 or len(a) < 2:
        raise ValueError(
            f"a and b must have one shape (N, F), N 2 or more. Received: {a.shape} and {b.shape}"
        )
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("a and b must not contain NaN")
    first, second = (_ranks(table) - (len(table) - 1) / 2.0 for table in (a, b))
    product = np.sum(first * second, axis=0)
    norm = np.sqrt(np.sum(first**2, axis=0) * np.sum(second**2, axis=0))
    return np.where(norm > 0.0, product / np.where(norm > 0.0, norm, 1.0), 0.0)


def spreads(values: Tensor) -> np.ndarray:
    """Spread of each factor over the noises of one track, (F,), 0 or more.

    The root of the mean over tracks of the unbiased variance over noises:
    √(Σ_t Σ_z (v_tzf - mean_z v_tzf)² / (T (Z - 1))). The spread of generated covers over that of
    real ones for the same tracks is 1 if factors that the audio leaves open vary as they do there,
    and 0 with one cover per track.

    Args:
        values: Factors (T, Z, F) of Z covers for each of T tracks, Z 2 or more.

    Raises:
        ValueError: If the values have another shape.
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 3 or values.shape[0] < 1 or values.shape[1] < 2:
        raise ValueError(f"values must have shape (T, Z, F), Z 2 or more. Received: {values.shape}")
    return np.sqrt(values.var(axis=1, ddof=1).mean(axis=0))


def _ranks(table: np.ndarray) -> np.ndarray:
    """Ranks from 0 within each column, (N, F); equal values have their mean rank."""
    ranks = np.empty(table.shape)
    for column, values in enumerate(table.T):
        _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
        last = np.cumsum(counts)
        ranks[:, column] = (last - (counts + 1) / 2.0)[group]
    return ranks
