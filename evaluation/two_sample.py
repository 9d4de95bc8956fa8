"""A two-sample test: can a classifier separate generated covers from new real ones?"""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from coverzoo.evaluation.networks import position_network
from coverzoo.evaluation.resizing import reduced
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
    real: np.ndarray, generated: np.ndarray, size: int, *, seed: int = 0, steps: int = STEPS
) -> TwoSample:
    """Train a small network on a part of the covers and score the rest, in turn (cross-fitting).

    A classifier two-sample test (Lopez-Paz & Oquab 2017, arXiv:1610.06545) needs no features that
    were learnt elsewhere. At full size it saturates, because each pixel counts; at 8 pixels it
    compares colours and composition.

    Args:
        real: Real covers (N, S, S, 3) in [-1, 1].
        generated: Generated covers (M, S, S, 3).
        size: Side that covers are reduced to, by the mean of areas; S is a multiple of it.
        seed: Seed of the folds, the weights and the order.
        steps: Training steps of each fold.

    Raises:
        ValueError: If the shapes do not agree.
        NotMeasurableError: If there are fewer than eight covers of a kind.
    """
    if real.ndim != 4 or real.shape[1:] != generated.shape[1:] or real.shape[1] % size:
        raise ValueError(
            f"covers must have one shape (N, S, S, 3), S a multiple of {size}. "
            f"Received: {real.shape} and {generated.shape}"
        )
    fewest = min(len(real), len(generated))
    if fewest < 2 * FOLDS:
        raise NotMeasurableError(f"needs {2 * FOLDS} covers or more of each kind, found {fewest}")
    rng = np.random.default_rng(seed)
    sets = [reduced(each, size) for each in (real, generated)]
    folds = [np.array_split(rng.permutation(len(each)), FOLDS) for each in sets]
    found, variances = [], []
    for fold in range(FOLDS):
        held = [parts[fold] for parts in folds]
        rest = [np.delete(each, places, axis=0) for each, places in zip(sets, held, strict=True)]
        network = _trained(rest, steps, seed + fold)
        value, variance = auc(
            *(_scores(network, each[places]) for each, places in zip(sets, held, strict=True))
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


def _trained(sets: list[np.ndarray], steps: int, seed: int) -> keras.Model:
    shape = sets[0].shape[1:]
    network = position_network(shape, 1, seed, filters=FILTERS, dropout=0.5, name="two_sample")
    variables = network.trainable_variables
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY
    )
    optimizer.build(variables)
    half = BATCH_SIZE // 2
    label = tf.repeat(tf.constant([0.0, 1.0]), half)

    @tf.function
    def step(images: Tensor, number: Tensor) -> None:
        images = translation(images, tf.stack([tf.constant(seed, tf.int64), number]))
        with tf.GradientTape() as tape:
            logit = network(images, training=True)[:, 0]
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(label, logit))
        optimizer.apply(tape.gradient(loss, variables), variables)

    rng = np.random.default_rng(seed)
    for number in range(steps):
        images = np.concatenate([each[rng.integers(0, len(each), half)] for each in sets])
        step(tf.constant(images), tf.constant(number, tf.int64))
    return network


def _scores(network: keras.Model, images: np.ndarray) -> np.ndarray:
    parts = [
        np.asarray(network(tf.constant(images[start : start + 256]), training=False))[:, 0]
        for start in range(0, len(images), 256)
    ]
    return np.concatenate(parts)
