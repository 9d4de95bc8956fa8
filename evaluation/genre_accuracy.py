"""A first judge: does a cover show the genre of the music it was painted for?"""

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
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError
from coverzoo.zoo import noise
from coverzoo.zoo.models.augment import translation

BATCH = 64
STEPS = 700
RATE = 2e-3
NOISE_SEED = 1  # of the judged covers: not the one sample grids are drawn with


@dataclass(frozen=True)
class GenreAccuracy(EvaluationResult):
    """Balanced genre accuracies on a split, each in [0, 1], and how many were judged.

    Attributes:
        real: of the split's real covers, the ceiling.
        generated: of covers painted from its audio.
        shuffled: of covers painted from another of its tracks' audio.
        chance: Σ p(genre) p(predicted genre) balanced over genres: 1 / genres.
        covers: how many covers were judged.
        genres: how many genres they have.
        split: val or test.
    """

    real: float
    generated: float
    shuffled: float
    chance: float
    covers: int
    genres: int
    split: str = "test"

    def __str__(self) -> str:
        """One line for people."""
        return (
            "Genre told from the cover alone, balanced accuracy over "
            f"{self.covers} {self.split} tracks: "
            f"real {self.real:.3f}, generated {self.generated:.3f}, "
            f"audio shuffled {self.shuffled:.3f}, chance {self.chance:.3f}"
        )


def balanced_accuracy(truth: Any, predicted: Any) -> float:
    """The mean over the genres in `truth` of the share told right, in [0, 1].

    Args:
        truth: (N,) genre indices; -1 is unknown and left out.
        predicted: (N,) genre indices.
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    genres = np.unique(truth[truth >= 0])
    if not len(genres):
        raise ValueError("no sample has a known genre")
    return float(np.mean([np.mean(predicted[truth == genre] == genre) for genre in genres]))


def known_genre_samples(
    genres: Sequence[str], samples: Sequence[Sample], split: str = "test"
) -> list[Sample]:
    """The samples, of the split named, whose genre is one of `genres`.

    Raises:
        NoFigureError: if they are too few to tell anything: it takes two genres to tell apart, and
            two tracks to swap the audio of.
    """
    known = [sample for sample in samples if sample.genre in genres]
    if len(genres) < 2:
        raise NotMeasurableError(
            f"it takes two genres or more to tell apart, there is {len(genres)}"
        )
    if len(known) < 2:
        raise NotMeasurableError(
            f"it takes two {split} tracks of genres in train, there is {len(known)}"
        )
    return known


class GenreClassifier:
    """A small cover-only genre classifier, trained on real train covers and then frozen.

    Never used in a training loss, so that it stays a judge.

    Args:
        genres: names in the order of their indices.
        image_size: side of the covers in pixels.
        seed: of its weights and of its data order.
    """

    def __init__(self, genres: Sequence[str], image_size: int, seed: int = 0) -> None:
        self.genres, self.image_size, self.seed = tuple(genres), image_size, seed

    def train(
        self,
        samples: Sequence[Sample],
        steps: int = STEPS,
        progress: Callable[[int], None] | None = None,
    ) -> "GenreClassifier":
        """Fit the classifier to the train split; every genre weighs the same.

        A fixed number of steps with the rate falling to zero, so that no split is needed to
        choose when to stop.
        """
        keras.utils.set_random_seed(self.seed)
        self.network = _network(len(self.genres), self.image_size)
        rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
        optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-3)
        optimizer.build(self.network.trainable_variables)
        counts = np.bincount(
            [self.genres.index(s.genre) for s in samples if s.genre in self.genres],
            minlength=len(self.genres),
        )
        # Capped, so that a genre of one sample does not drown the others.
        weights = tf.constant(
            np.minimum(counts.sum() / (len(counts) * np.maximum(counts, 1)), 10.0), tf.float32
        )
        batches = training_batches(
            samples,
            self.genres,
            image_size=self.image_size,
            batch_size=min(BATCH, len(samples)),
            seed=self.seed,
            audio=False,
        ).take(steps)

        @tf.function
        def step(image: tf.Tensor, genre: tf.Tensor, number: tf.Tensor) -> None:
            image = translation(image, tf.stack([tf.constant(self.seed, tf.int64), number]))
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

    def predict(self, images: Any) -> np.ndarray:
        """Covers (N, S, S, 3) in [-1, 1] → genre indices (N,)."""
        return np.argmax(self.network(tf.convert_to_tensor(images), training=False), axis=-1)

    def verdict(self, model: Any, samples: Sequence[Sample], split: str = "test") -> GenreAccuracy:
        """Judge a model's covers for the audio of `samples`, of the split named.

        Each track gets one cover; "shuffled" paints it from the audio of another track, drawn
        once, so that only the match is lost.

        Raises:
            ValueError: if no sample has a genre the judge knows.
        """
        index = {name: number for number, name in enumerate(self.genres)}
        truth = np.array([index.get(sample.genre or "", -1) for sample in samples])
        real, generated, shuffled = [], [], []
        partner = derangement(len(samples), self.seed)
        batches = ordered_batches(
            samples, self.genres, image_size=self.image_size, batch_size=BATCH, audio=True
        )
        for number, batch in enumerate(batches):
            places = np.arange(number * BATCH, number * BATCH + len(batch["genre"]))
            z = noise.normal(NOISE_SEED, places, model.latent_dim)
            audio = batch["audio"].numpy()
            other = load_vectors([samples[place] for place in partner[places]]).astype(np.float32)
            real.append(self.predict(batch["image"]))
            generated.append(self.predict(model.generate(z, audio)))
            shuffled.append(self.predict(model.generate(z, other)))
        known = np.unique(truth[truth >= 0])
        return GenreAccuracy(
            real=balanced_accuracy(truth, np.concatenate(real)),
            generated=balanced_accuracy(truth, np.concatenate(generated)),
            shuffled=balanced_accuracy(truth, np.concatenate(shuffled)),
            chance=1.0 / len(self.genres),
            covers=int(np.sum(truth >= 0)),
            genres=len(known),
            split=split,
        )


def _network(genres: int, image_size: int) -> keras.Model:
    """Four strided convolutions, pooled: small enough to train in a minute on two cores."""
    layers: list[keras.layers.Layer] = [keras.Input((image_size, image_size, 3))]
    for width in (32, 64, 96, 128):
        layers += [
            keras.layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
        ]
    layers += [
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(genres),
    ]
    return keras.Sequential(layers, name="genre_judge")
