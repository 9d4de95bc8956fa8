"""Batches: samples decoded, resized and stacked by tf.data, in an order of (seed, step) alone.

A batch is a dict: `image` float32 (B, S, S, 3) in [-1, 1], `genre` int32 (B,), `group` int64 (B,),
and with audio `audio` float32 (B, 1160), raw.
"""

import os
from collections.abc import Callable, Sequence

import tensorflow as tf

from coverzoo.corpus.layout import Sample
from coverzoo.corpus.pixels import normalise, square
from coverzoo.corpus.tables import SampleTable

_FLIPS = 0x666C6970  # keeps the draws of the flips apart from those of the order


def training_batches(
    samples: Sequence[Sample],
    genres: Sequence[str],
    *,
    image_size: int,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    audio: bool,
    flip: bool = False,
) -> tf.data.Dataset:
    """Endless batches; element k is the batch of step `start_step + k`.

    Sample number p = step · batch_size + i is place p mod n of a permutation drawn from
    (seed, p // n): every epoch holds every sample once, and a resume starts at any step without
    decoding what came before. A batch larger than the data runs through several epochs.

    Args:
        samples: The samples of a split.
        genres: The genres' names in the order of their indices; others become -1.
        image_size: S, the side of the images in pixels.
        batch_size: B; every batch is full.
        seed: Decides the order and the flips.
        start_step: The step of the first batch.
        audio: Whether batches hold `audio`.
        flip: Mirror an image left to right with probability ½, drawn from (seed, p).

    Raises:
        ValueError: No samples, or audio is asked of samples that have none.
    """
    table = SampleTable(samples, genres, audio=audio)
    positions = _positions(len(samples), seed, start_step * batch_size)

    def read(position: tf.Tensor, index: tf.Tensor) -> dict[str, tf.Tensor]:
        element = table.read(index)
        if flip:
            draw = tf.random.stateless_uniform((), (seed ^ _FLIPS, position), alg="philox")
            element["flip"] = draw < 0.5
        return element

    return _batched(positions, read, table, image_size, batch_size, endless=True)


def ordered_batches(
    samples: Sequence[Sample],
    genres: Sequence[str],
    *,
    image_size: int,
    batch_size: int,
    audio: bool,
) -> tf.data.Dataset:
    """Every sample once, in order; the last batch holds what is left.

    The arguments are those of `training_batches`.

    Raises:
        ValueError: No samples, or audio is asked of samples that have none.
    """
    table = SampleTable(samples, genres, audio=audio)
    indices = tf.data.Dataset.range(len(samples))
    return _batched(indices, table.read, table, image_size, batch_size, endless=False)


def _positions(n: int, seed: int, start: int) -> tf.data.Dataset:
    """Endless pairs (sample number p, index of the sample), from p = start on.

    The permutation sorts random numbers of a named algorithm, so that the order outlives a
    change of TensorFlow's default generator.
    """
    first, skipped = divmod(start, n)

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        drawn = tf.random.stateless_uniform(
            (n,), (seed, number), minval=None, maxval=None, dtype=tf.int32, alg="philox"
        )
        order = tf.argsort(drawn, stable=True)
        begin = tf.where(number == first, tf.constant(skipped, tf.int64), 0)
        places = tf.range(begin, n, dtype=tf.int64)
        return tf.data.Dataset.from_tensor_slices((number * n + places, order[begin:]))

    endless = tf.data.Dataset.range(first, tf.int64.max).flat_map(epoch)
    return endless.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))


def _batched(
    elements: tf.data.Dataset,
    read: Callable[..., dict[str, tf.Tensor]],
    table: SampleTable,
    image_size: int,
    batch_size: int,
    *,
    endless: bool,
) -> tf.data.Dataset:
    """Read elements in parallel, batch them, and finish the images batch by batch."""
    # Covers of one size are batched as bytes and resized together, which costs far less.
    together = table.size is not None

    def each(*element: tf.Tensor) -> dict[str, tf.Tensor]:
        sample = read(*element)
        image, flip = sample["image"], sample.pop("flip", None)
        if not together:
            image = square(image[None], image_size)[0]
        if flip is not None:
            image = tf.cond(flip, lambda: tf.reverse(image, [1]), lambda: image)
        return sample | {"image": image}

    def finish(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        image = square(batch["image"], image_size) if together else batch["image"]
        return batch | {"image": normalise(image)}

    threads = min(16, os.cpu_count() or 1)
    dataset = elements.map(each, num_parallel_calls=threads, deterministic=True)
    dataset = dataset.batch(batch_size, drop_remainder=endless)
    dataset = dataset.map(finish, num_parallel_calls=1, deterministic=True).prefetch(2)
    options = tf.data.Options()
    options.deterministic = True
    # Its own threads, so that the training's operations and the decoding do not starve each other.
    options.threading.private_threadpool_size = threads
    # There is nothing to tune. And the tuner's thread misses now and then that its iterator has
    # ended (TensorFlow 2.21, on a busy machine), which then waits for its next turn, a minute on.
    options.autotune.enabled = False
    # Samples are what the workers of a distributed run divide; there are no file readers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options)
