"""A two-sample test: can a classifier separate generated covers from new real ones?"""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from coverzoo.evaluation.networks.position import position_network
from coverzoo.evaluation.networks.resizing import reduced
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError
from coverzoo.types import Tensor
from coverzoo.zoo.models.augment import translation

FOLDS = 4
STEPS = 200  # of each fold
BATCH_SIZE = 64  # half of it real
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-2
FILTERS = (24, 48, 72, 96)


@dataclass(frozen=True)
class TwoSample(EvaluationResult):
    """How well a classifier separates real and generated covers that it has not seen.

    Attributes:
        auc: Area under the ROC curve: the probability that a generated cover has the higher score
            of a pair, in [0, 1]. 0.5 for covers that the classifier cannot separate.
        standard_error: Its standard error (DeLong et al. 1988), over draws of the covers that are
            scored; the networks of the folds are taken as given.
        size: Side of the covers that the classifier saw, in pixels.
        covers: Number of covers of each kind, at least.
    """

    auc: float
    standard_error: float
    size: int
    covers: int

    def __str__(self) -> str:
        return (
            f"Real from generated covers at {self.size} px: AUC {self.auc:.3f} ± "
            f"{self.standard_error:.3f} (0.5 if they cannot be separated)"
        )


def two_sample(
    real: np.ndarray,
    generated: np.ndarray,
    size: int,
    *,
    paired: bool = False,
    seed: int = 0,
    steps: int = STEPS,
) -> TwoSample:
    """Train a small network on a part of the covers and score the rest, in turn (cross-fitting).

    A classifier two-sample test (Lopez-Paz & Oquab 2017, arXiv:1610.06545) needs no features that
    were learnt elsewhere. At full size it saturates, because each pixel counts; at 8 pixels it
    compares colours and composition.

    Args:
        real: Real covers (N, S, S, 3) in [-1, 1].
        generated: Generated covers (M, S, S, 3).
        size: Side that covers are reduced to, by the mean of areas; S is a multiple of it.
        paired: Whether cover i of both kinds is of one track: both are in one fold then. In
            different folds the one in training misleads the classifier about the other, and the
            area is below 0.5 for covers that cannot be separated.
        seed: Seed of the folds, the weights and the order.
        steps: Training steps of each fold.

    Raises:
        ValueError: If the shapes do not agree, or `paired` and not of one length.
        NotMeasurableError: If there are fewer than eight covers of a kind.
    """
    if real.ndim != 4 or real.shape[1:] != generated.shape[1:] or real.shape[1] % size:
        raise ValueError(
            f"covers must have one shape (N, S, S, 3), S a multiple of {size}. "
            f"Received: {real.shape} and {generated.shape}"
        )
    if paired and len(real) != len(generated):
        raise ValueError(f"pairs need one length. Received: {len(real)} and {len(generated)}")
    fewest = min(len(real), len(generated))
    if fewest < 2 * FOLDS:
        raise NotMeasurableError(f"needs {2 * FOLDS} covers or more of each kind, found {fewest}")
    rng = np.random.default_rng(seed)
    sets = [reduced(each, size) for each in (real, generated)]
    orders = [rng.permutation(len(each)) for each in sets]
    if paired:
        orders[1] = orders[0]
    folds = [np.array_split(order, FOLDS) for order in orders]
    classifier = _Classifier(sets[0].shape[1:], steps, seed)
    found, variances = [], []
    for fold in range(FOLDS):
        held = [parts[fold] for parts in folds]
        rest = [np.delete(each, places, axis=0) for each, places in zip(sets, held, strict=True)]
        classifier.fit(rest, seed + fold)
        value, variance = auc(
            *(classifier.scores(each[places]) for each, places in zip(sets, held, strict=True))
        )
        found.append(value)
        variances.append(variance)
    error = float(np.sqrt(np.sum(variances))) / FOLDS
    return TwoSample(float(np.mean(found)), error, size, fewest)


def auc(negative: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Area under the ROC curve, and its variance by DeLong, DeLong & Clarke-Pearson (1988).

    Args:
        negative: Scores (N,), two or more.
        positive: Scores (M,), two or more.
    """
    difference = np.asarray(positive)[:, None] - np.asarray(negative)[None]
    above = (difference > 0.0) + 0.5 * (difference == 0.0)
    parts = (above.mean(axis=1), above.mean(axis=0))
    return float(above.mean()), float(sum(np.var(each, ddof=1) / len(each) for each in parts))


class _Classifier:
    """A small network that is compiled once and fitted to each fold from the same weights."""

    def __init__(self, shape: tuple[int, ...], steps: int, seed: int) -> None:
        self.steps = steps
        self.network = network = position_network(
            shape, 1, seed, filters=FILTERS, dropout=0.5, name="two_sample"
        )
        weights = network.trainable_variables
        optimizer = keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY
        )
        optimizer.build(weights)
        self.variables = [*network.variables, *optimizer.variables]
        self.initial = [np.array(variable) for variable in self.variables]
        label = tf.repeat(tf.constant([0.0, 1.0]), BATCH_SIZE // 2)

        @tf.function
        def step(images: Tensor, seed: Tensor) -> None:
            with tf.GradientTape() as tape:
                logit = network(translation(images, seed), training=True)[:, 0]
                loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(label, logit))
            optimizer.apply(tape.gradient(loss, weights), weights)

        self.step = step

    def fit(self, sets: list[np.ndarray], seed: int) -> None:
        """Train anew on real and generated covers."""
        for variable, value in zip(self.variables, self.initial, strict=True):
            variable.assign(value)
        rng = np.random.default_rng(seed)
        half = BATCH_SIZE // 2
        for number in range(self.steps):
            images = np.concatenate([each[rng.integers(0, len(each), half)] for each in sets])
            self.step(tf.constant(images), tf.constant([seed, number], tf.int64))

    def scores(self, images: np.ndarray) -> np.ndarray:
        """Logits (N,): higher for covers that seem generated."""
        parts = [
            np.asarray(self.network(tf.constant(images[start : start + 256]), training=False))
            for start in range(0, len(images), 256)
        ]
        return np.concatenate(parts)[:, 0]
