"""A dual encoder: covers and audio in one space, in which a cover is near its own audio."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from coverzoo.corpus.batches import ordered_batches, training_batches
from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation.networks.degradation import degraded
from coverzoo.types import Tensor
from coverzoo.zoo.models.augment import translation
from coverzoo.zoo.networks.audio_encoder import AudioEncoder

BATCH_SIZE = 128
TRAINING_STEPS = 1500
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
CHECKS = 10  # of the loss on val, at equal distances; the best weights are kept
DIM = 64
FEATURE_NOISE = 0.25  # on scaled features: a real corpus has few distinct vectors
FILTERS = (32, 64, 96, 128)


class DualEncoder:
    """Two networks, trained on real pairs of train and then frozen; no training loss uses them.

    As in CLIP (Radford et al. 2021, arXiv:2103.00020) each cover is to find its audio among that
    of the batch, and each audio its cover. Pairs with equal audio are right answers alike. Covers
    are shifted, blurred and noisy as for the genre classifier, so that what a cover shows counts
    and not how crisp it is.

    Args:
        image_size: Side of the covers in pixels.
        width: Number of audio features.
        seed: Seed of the weights, the order and all draws.
    """

    def __init__(self, image_size: int, width: int, seed: int = 0) -> None:
        keras.utils.set_random_seed(seed)
        self.image_size, self.seed = image_size, seed
        self.covers = _cover_network(image_size)
        self.audio = AudioEncoder(width, DIM, hidden_units=(256,), null=False)
        self.audio.build((None, width))
        self.log_scale = tf.Variable(np.log(10.0), dtype=tf.float32, name="log_scale")
        self._measured = tf.function(self._loss, reduce_retracing=True)  # without noise

    def train(
        self,
        train: Sequence[Sample],
        val: Sequence[Sample],
        steps: int | None = None,
        progress: Callable[[int], None] | None = None,
        batch_size: int = BATCH_SIZE,
    ) -> "DualEncoder":
        """Fit to the pairs of train; of ten checks the weights with the lowest loss on val stay.

        Args:
            train: Samples of train, with audio.
            val: Samples of val, with audio; empty to keep the last weights.
            steps: Number of steps; `TRAINING_STEPS` unless given.
            progress: Called with 1 after each step.
            batch_size: Pairs of a step, at most all of train.
        """
        steps = TRAINING_STEPS if steps is None else steps
        self.audio.adapt(load_vectors(train))
        weights = [*self.covers.trainable_variables, *self.audio.trainable_variables]
        optimizer = keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY
        )
        variables = [*weights, self.log_scale]
        optimizer.build(weights)
        scale_optimizer = keras.optimizers.Adam(LEARNING_RATE)
        scale_optimizer.build([self.log_scale])

        @tf.function(reduce_retracing=True)
        def step(image: Tensor, audio: Tensor, number: Tensor) -> None:
            seed = tf.stack([tf.constant(self.seed, tf.int64), number])
            image = degraded(translation(image, seed), seed)
            noise = FEATURE_NOISE * tf.random.stateless_normal(tf.shape(audio), seed)
            with tf.GradientTape() as tape:
                loss = self._loss(image, audio, noise, training=True)
            *gradients, of_scale = tape.gradient(loss, variables)
            optimizer.apply(gradients, weights)
            scale_optimizer.apply([of_scale], [self.log_scale])

        batches = training_batches(
            train,
            (),
            image_size=self.image_size,
            batch_size=min(batch_size, len(train)),
            seed=self.seed,
            audio=True,
        ).take(steps)
        every, best = max(1, steps // CHECKS), np.inf
        kept = self._weights()
        for number, batch in enumerate(batches, 1):
            step(batch["image"], batch["audio"], tf.constant(number, tf.int64))
            if val and (number % every == 0 or number == steps):
                loss = self.loss(val)
                if loss < best:
                    best, kept = loss, self._weights()
            if progress is not None:
                progress(1)
        if val:
            for variable, value in zip(self.variables(), kept, strict=True):
                variable.assign(value)
        return self

    def loss(self, samples: Sequence[Sample]) -> float:
        """The mean loss of the batches of samples."""
        batches = ordered_batches(
            samples, (), image_size=self.image_size, batch_size=BATCH_SIZE, audio=True
        )
        found = [
            (float(self._measured(batch["image"], batch["audio"])), len(batch["image"]))
            for batch in batches
        ]
        losses, counts = zip(*found, strict=True)
        return float(np.average(losses, weights=counts))

    def embed_covers(self, images: Tensor) -> np.ndarray:
        """Unit vectors (N, 64) of covers (N, S, S, 3) in [-1, 1]."""
        return np.asarray(_unit(self.covers(tf.convert_to_tensor(images), training=False)))

    def embed_audio(self, vectors: Tensor) -> np.ndarray:
        """Unit vectors (N, 64) of raw audio features (N, width)."""
        return np.asarray(_unit(self.audio(tf.convert_to_tensor(vectors, tf.float32))))

    def _loss(
        self, image: Tensor, audio: Tensor, noise: Tensor | None = None, training: bool = False
    ) -> Tensor:
        covers = _unit(self.covers(image, training=training))
        tracks = _unit(self.audio(audio, noise=noise, training=training))
        logits = tf.exp(tf.minimum(self.log_scale, np.log(100.0))) * tf.matmul(
            covers, tracks, transpose_b=True
        )
        same = tf.cast(tf.reduce_all(audio[:, None] == audio[None], axis=-1), tf.float32)
        right = same / tf.reduce_sum(same, axis=-1, keepdims=True)
        directions = [
            tf.nn.softmax_cross_entropy_with_logits(right, each)
            for each in (logits, tf.transpose(logits))
        ]
        return tf.reduce_mean(directions)

    def variables(self) -> list:
        """All that training changes, for a cache."""
        return [*self.covers.variables, *self.audio.variables, self.log_scale]

    def _weights(self) -> list[np.ndarray]:
        return [np.array(variable) for variable in self.variables()]


def _unit(x: Tensor) -> Tensor:
    return tf.math.l2_normalize(tf.cast(x, tf.float32), axis=-1)


def _cover_network(image_size: int) -> keras.Model:
    """Four strided convolutions, pooling and a projection: that of the genre classifier."""
    x = inputs = keras.Input((image_size, image_size, 3))
    for filters in FILTERS:
        x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.ReLU()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2)(x)
    return keras.Model(inputs, keras.layers.Dense(DIM)(x), name="cover_encoder")
