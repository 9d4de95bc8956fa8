"""Genre accuracy: does a generated cover show the genre of the audio it was conditioned on?"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from coverzoo.corpus.batches import ordered_batches, training_batches
from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.networks.degradation import degraded
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError
from coverzoo.types import Tensor
from coverzoo.zoo import noise
from coverzoo.zoo.models.augment import translation

BATCH_SIZE = 64
TRAINING_STEPS = 1000
LEARNING_RATE = 2e-3
NOISE_SEED = 1  # not the seed of the sample grids
ENOUGH_TRACKS = 100  # below this number the interval is too wide to compare models


@dataclass(frozen=True)
class GenreAccuracy(EvaluationResult):
    """Balanced genre accuracies on a split, each in [0, 1].

    Attributes:
        real: Accuracy on the split's real covers, the ceiling.
        generated: Accuracy on covers generated from the split's audio.
        shuffled: Accuracy on covers generated from another track's audio.
        chance: Expected accuracy of a random guess, uniform over the genres of train: 1 / their
            number.
        covers: Number of tracks, with one generated cover each.
        genres: Number of genres among them.
        split: Name of the split, val or test.
        generated_low: Lower end of the 95 % interval of `generated`, see `interval`.
        generated_high: Upper end of it.
    """

    real: float
    generated: float
    shuffled: float
    chance: float
    covers: int
    genres: int
    split: str
    generated_low: float
    generated_high: float

    def __str__(self) -> str:
        few = "" if self.covers >= ENOUGH_TRACKS else "; too few tracks to compare models"
        return (
            f"Genre accuracy of a classifier on covers, {self.covers} {self.split} tracks: "
            f"generated {self.generated:.3f} (95 % interval {self.generated_low:.2f} to "
            f"{self.generated_high:.2f}), real {self.real:.3f}, "
            f"audio shuffled {self.shuffled:.3f}, chance {self.chance:.3f}{few}"
        )


def balanced_accuracy(truth: Any, predicted: Any) -> float:
    """The mean over the genres in `truth` of the fraction predicted correctly, in [0, 1].

    Args:
        truth: Genre indices (N,); -1 is unknown and excluded.
        predicted: Genre indices (N,).

    Raises:
        ValueError: If no sample has a known genre.
    """
    correct, count = _by_genre(truth, predicted)
    return float(np.mean(correct / count))


def interval(truth: Any, predicted: Any) -> tuple[float, float]:
    """An approximate 95 % interval of the balanced accuracy, within [0, 1].

    Wilson's score interval (1927) around the balanced accuracy A, for N tracks:
    (A + z²/2N ± z √(A(1 - A)/N + z²/4N²)) / (1 + z²/N), z = 1.96. The tracks of a genre are
    independent draws and genres have equal weights, so N is the effective sample size of a
    stratified sample: the N for which m(1 - m)/N is the variance of A, which is
    Σ p(1 - p)/n / K² over K genres of n tracks, p = (x + 1)/(n + 2) for x correct ones, m the
    mean of p.

    Args:
        truth: Genre indices (N,); -1 is unknown and excluded.
        predicted: Genre indices (N,).
    """
    correct, count = _by_genre(truth, predicted)
    accuracy = float(np.mean(correct / count))
    share = (correct + 1.0) / (count + 2.0)
    variance = np.sum(share * (1.0 - share) / count) / len(count) ** 2
    tracks = float(share.mean() * (1.0 - share.mean()) / variance)
    z = 1.96
    middle = accuracy + z**2 / (2.0 * tracks)
    error = z * math.sqrt(accuracy * (1.0 - accuracy) / tracks + z**2 / (4.0 * tracks**2))
    low, high = ((middle + sign * error) / (1.0 + z**2 / tracks) for sign in (-1.0, 1.0))
    # Rounding can put an end beyond an accuracy of 0 or 1 by 1e-17.
    return max(0.0, min(low, accuracy)), min(1.0, max(high, accuracy))


def _by_genre(truth: Any, predicted: Any) -> tuple[np.ndarray, np.ndarray]:
    """Correct predictions and samples of each genre in `truth`."""
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    genres = np.unique(truth[truth >= 0])
    if not len(genres):
        raise ValueError("no sample has a known genre")
    correct = [np.sum(predicted[truth == genre] == genre) for genre in genres]
    return np.array(correct), np.array([np.sum(truth == genre) for genre in genres])


def known_genre_samples(
    genres: Sequence[str], samples: Sequence[Sample], split: str = "test"
) -> list[Sample]:
    """The samples of a split whose genre is one of `genres`.

    Raises:
        NotMeasurableError: If there are fewer than two genres, or than two samples, whose audio
            could be shuffled.
    """
    known = [sample for sample in samples if sample.genre in genres]
    if len(genres) < 2:
        raise NotMeasurableError(f"needs two genres or more in train, found {len(genres)}")
    if len(known) < 2:
        raise NotMeasurableError(
            f"needs two {split} tracks or more of genres in train, found {len(known)}"
        )
    return known


class GenreClassifier:
    """A small genre classifier on covers, trained on real covers of train and then frozen.

    It is never used in a training loss. Its covers are shifted, blurred and noisy (`degraded`), so
    that it names what a cover shows however crisp the cover is. Trained on crisp covers alone, it
    named the genre of real ones with a faint pixel grid in 14 % of cases
    (docs/experiments/genre-classifier.md).

    Args:
        genres: Genre names in the order of their indices.
        image_size: Side of the covers in pixels.
        seed: Seed of its weights and of its data order.
        degrade: Whether it is trained on degraded covers.
    """

    def __init__(
        self, genres: Sequence[str], image_size: int, seed: int = 0, *, degrade: bool = True
    ) -> None:
        self.genres, self.image_size, self.seed = tuple(genres), image_size, seed
        self.degrade = degrade
        keras.utils.set_random_seed(seed)
        self.network = _network(len(self.genres), image_size)

    def train(
        self,
        samples: Sequence[Sample],
        steps: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> "GenreClassifier":
        """Fit the classifier to the train split; all genres have the same weight.

        It trains for a fixed number of steps with a decaying learning rate, so that no split is
        needed to select when to stop.

        Args:
            samples: Samples of train.
            steps: Number of steps; `TRAINING_STEPS` unless given.
            progress: Called with 1 after each step.
        """
        steps = TRAINING_STEPS if steps is None else steps
        schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=1e-3)
        optimizer.build(self.network.trainable_variables)
        counts = np.bincount(
            [self.genres.index(s.genre) for s in samples if s.genre in self.genres],
            minlength=len(self.genres),
        )
        # Capped, so that a genre of one sample does not dominate.
        weights = tf.constant(
            np.minimum(counts.sum() / (len(counts) * np.maximum(counts, 1)), 10.0), tf.float32
        )
        batches = training_batches(
            samples,
            self.genres,
            image_size=self.image_size,
            batch_size=min(BATCH_SIZE, len(samples)),
            seed=self.seed,
            audio=False,
        ).take(steps)

        @tf.function
        def step(image: Tensor, genre: Tensor, number: Tensor) -> None:
            seed = tf.stack([tf.constant(self.seed, tf.int64), number])
            image = translation(image, seed)
            if self.degrade:
                image = degraded(image, seed)
            with tf.GradientTape() as tape:
                logits = self.network(image, training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(genre, logits)
                loss = tf.reduce_mean(losses * tf.gather(weights, genre))
            variables = self.network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)

        for number, batch in enumerate(batches):
            step(batch["image"], batch["genre"], tf.constant(number, tf.int64))
            if progress is not None:
                progress(1)
        return self

    def variables(self) -> list[Any]:
        """All that training changes, for a cache."""
        return list(self.network.variables)

    def predict(self, images: Tensor) -> np.ndarray:
        """Genre indices (N,) of covers (N, S, S, 3) in [-1, 1]."""
        return np.argmax(self.network(tf.convert_to_tensor(images), training=False), axis=-1)

    def genre_accuracy(
        self, model: Any, samples: Sequence[Sample], split: str = "test"
    ) -> GenreAccuracy:
        """Measure the genre accuracy of a model.

        Each track gets one cover. "Shuffled" generates it from the audio of another track, at the
        same noise, so that only the match is lost.

        Args:
            model: Model with `generate` and `latent_dim`, see `coverzoo.load`.
            samples: Samples of a split, with audio.
            split: Name of the split.

        Raises:
            ValueError: If no sample has a genre that the classifier knows.
        """
        index = {name: number for number, name in enumerate(self.genres)}
        truth = np.array([index.get(sample.genre or "", -1) for sample in samples])
        real, generated, shuffled = [], [], []
        partner = derangement(len(samples), self.seed)
        batches = ordered_batches(
            samples, self.genres, image_size=self.image_size, batch_size=BATCH_SIZE, audio=True
        )
        for number, batch in enumerate(batches):
            places = np.arange(number * BATCH_SIZE, number * BATCH_SIZE + len(batch["genre"]))
            z = noise.normal(NOISE_SEED, places, model.latent_dim)
            audio = batch["audio"].numpy()
            other = load_vectors([samples[place] for place in partner[places]]).astype(np.float32)
            real.append(self.predict(batch["image"]))
            generated.append(self.predict(model.generate(z, audio)))
            shuffled.append(self.predict(model.generate(z, other)))
        low, high = interval(truth, np.concatenate(generated))
        return GenreAccuracy(
            real=balanced_accuracy(truth, np.concatenate(real)),
            generated=balanced_accuracy(truth, np.concatenate(generated)),
            shuffled=balanced_accuracy(truth, np.concatenate(shuffled)),
            chance=1.0 / len(self.genres),
            covers=int(np.sum(truth >= 0)),
            genres=len(np.unique(truth[truth >= 0])),
            split=split,
            generated_low=low,
            generated_high=high,
        )


def _network(genres: int, image_size: int) -> keras.Model:
    """Four strided convolutions and pooling: small enough to train in a minute on two cores."""
    layers: list[keras.layers.Layer] = [keras.Input((image_size, image_size, 3))]
    for filters in (32, 64, 96, 128):
        layers += [
            keras.layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
        ]
    layers += [
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(genres),
    ]
    return keras.Sequential(layers, name="genre_classifier")
