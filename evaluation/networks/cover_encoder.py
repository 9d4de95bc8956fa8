"""The project's own encoder of covers, whose features the quality metrics compare."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from coverzoo.corpus.batches import training_batches
from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.networks.position import LAST_SIDE
from coverzoo.types import Tensor

BATCH_SIZE = 64
TRAINING_STEPS = 800
LEARNING_RATE = 2e-3
CODE = 64
FILTERS = (32, 64, 96, 128)
DECODED_SIDE = 32  # of reconstructions, at most: the code of 64 values holds no finer detail


class CoverEncoder:
    """An autoencoder of covers, trained on train without audio or genre and then frozen.

    So that it keeps what audio and genre leave open: where things stand, and colours. Its features
    are the code that covers are reconstructed from, and the mean over the map of every stage, which
    show textures; each is divided by its standard deviation over covers of train, after its mean is
    taken off.

    Args:
        image_size: Side of the covers in pixels.
        seed: Seed of the weights and of the order.
    """

    def __init__(self, image_size: int, seed: int = 0) -> None:
        self.image_size, self.seed = image_size, seed
        keras.utils.set_random_seed(seed)
        self.encoder = _encoder(image_size)
        self.decoder = _decoder(min(image_size, DECODED_SIDE))
        width = self.encoder.output_shape[-1]
        self.mean = tf.Variable(tf.zeros(width), name="mean")
        self.scale = tf.Variable(tf.ones(width), name="scale")
        self._compiled = tf.function(
            lambda images: self.encoder(images, training=False), reduce_retracing=True
        )

    def train(
        self,
        samples: Sequence[Sample],
        steps: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> "CoverEncoder":
        """Minimise the mean absolute error of reconstructions, at 32 px at most, by Adam.

        The learning rate decays to 0 along a cosine.

        Args:
            samples: Samples of train.
            steps: Number of steps; `TRAINING_STEPS` unless given.
            progress: Called with 1 after each step.
        """
        steps = TRAINING_STEPS if steps is None else steps
        variables = [*self.encoder.trainable_variables, *self.decoder.trainable_variables]
        optimizer = keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
        )
        optimizer.build(variables)

        factor = self.image_size // min(self.image_size, DECODED_SIDE)

        @tf.function
        def step(image: Tensor) -> None:
            target = tf.nn.avg_pool2d(image, factor, factor, "VALID")
            with tf.GradientTape() as tape:
                code = self.encoder(image, training=True)[:, :CODE]
                loss = tf.reduce_mean(tf.abs(self.decoder(code, training=True) - target))
            optimizer.apply(tape.gradient(loss, variables), variables)

        batches = training_batches(
            samples,
            (),
            image_size=self.image_size,
            batch_size=min(BATCH_SIZE, len(samples)),
            seed=self.seed,
            audio=False,
        )
        for batch in batches.take(steps):
            step(batch["image"])
            if progress is not None:
                progress(1)
        found = np.concatenate([self._raw(batch["image"]) for batch in batches.take(20)])
        self.mean.assign(found.mean(axis=0))
        self.scale.assign(np.maximum(found.std(axis=0), 1e-6))
        return self

    def features(self, images: Tensor) -> np.ndarray:
        """Standardised features (N, D) of covers (N, S, S, 3) in [-1, 1]."""
        return (self._raw(images) - self.mean.numpy()) / self.scale.numpy()

    def variables(self) -> list[Tensor]:
        """All that training changes, for a cache."""
        return [*self.encoder.variables, *self.decoder.variables, self.mean, self.scale]

    def _raw(self, images: Tensor) -> np.ndarray:
        return np.asarray(self._compiled(tf.convert_to_tensor(images)))


def _encoder(image_size: int) -> keras.Model:
    """Strided convolutions; the code, then the mean of every stage's map."""
    x = inputs = keras.Input((image_size, image_size, 3))
    means, side = [], image_size
    for filters in FILTERS:
        stride = 2 if side > LAST_SIDE else 1
        side = -(-side // stride)
        x = keras.layers.Conv2D(filters, 3, stride, "same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.LeakyReLU(0.2)(x)
        means.append(keras.layers.GlobalAveragePooling2D()(x))
    code = keras.layers.Dense(CODE)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Concatenate()([code, *means]), name="cover_encoder")


def _decoder(image_size: int) -> keras.Model:
    """From a code to a cover: convolutions, each before a bilinear doubling.

    Convolutions at the smaller side, with few filters, take a tenth of the time of those after the
    doubling: decoding must not take longer than encoding.
    """
    inputs = keras.Input((CODE,))
    x = keras.layers.Dense(LAST_SIDE * LAST_SIDE * FILTERS[-1])(inputs)
    x = keras.layers.Reshape((LAST_SIDE, LAST_SIDE, FILTERS[-1]))(x)
    stages = int(np.log2(image_size // LAST_SIDE))
    for number in range(stages):
        filters = max(FILTERS[-1] >> (number + 1), 16)
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.LeakyReLU(0.2)(x)
        x = keras.layers.UpSampling2D(interpolation="bilinear")(x)
    cover = keras.layers.Conv2D(3, 3, padding="same", activation="tanh")(x)
    return keras.Model(inputs, cover, name="cover_decoder")
