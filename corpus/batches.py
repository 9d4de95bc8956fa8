"""Batches: tf.data decodes, resizes and stacks samples in an order that (seed, step) determines.

A batch is a dict: `image` float32 (B, S, S, 3) in [-1, 1], `genre` int32 (B,), `group` int64 (B,),
in training `epoch` int64 (B,), and, with audio, `audio` float32 (B, 1160), raw.
"""

import os
from collections.abc import Callable, Sequence

import tensorflow as tf

from coverzoo.corpus.layout import Sample
from coverzoo.corpus.pixels import normalise, square
from coverzoo.corpus.tables import SampleTable

_FLIP_STREAM = 0x666C6970  # separates the random numbers of the flips from those of the order


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
    """Return an endless data set whose element k is the batch of step `start_step + k`.

    Sample i of a step has the number p = step · batch_size + i. It is element p mod n of a
    permutation drawn from (seed, p // n), which is its `epoch`. So every epoch contains each sample
    once, and a resumed training starts at any step without decoding earlier samples. A batch larger
    than the data contains several epochs.

    Args:
        samples: Samples of a split.
        genres: Names of the genres in the order of their indices; the index of others is -1.
        image_size: Side S of the images in pixels.
        batch_size: Number of samples B per batch; every batch is full.
        seed: Seed of the order and the flips.
        start_step: Step of the first batch.
        audio: Whether batches contain `audio`.
        flip: Whether each image is mirrored left to right with probability ½, drawn from
            (seed, p).

    Raises:
        ValueError: If there are no samples, or `audio` is true and a sample has none.
    """
    table = SampleTable(samples, genres, audio=audio)
    positions = _positions(len(samples), seed, start_step * batch_size)

    def read(position: tf.Tensor, index: tf.Tensor) -> dict[str, tf.Tensor]:
        element = table.read(index) | {"epoch": position // len(samples)}
        if flip:
            draw = tf.random.stateless_uniform((), (seed ^ _FLIP_STREAM, position), alg="philox")
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
    """Return a data set of every sample once, in order; the last batch may be smaller.

    Args:
        samples: Samples of a split.
        genres: Names of the genres in the order of their indices; the index of others is -1.
        image_size: Side S of the images in pixels.
        batch_size: Largest number of samples per batch.
        audio: Whether batches contain `audio`.

    Raises:
        ValueError: If there are no samples, or `audio` is true and a sample has none.
    """
    table = SampleTable(samples, genres, audio=audio)
    indices = tf.data.Dataset.range(len(samples))
    return _batched(indices, table.read, table, image_size, batch_size, endless=False)


def _positions(n: int, seed: int, start: int) -> tf.data.Dataset:
    """Return endless pairs (sample number p, index of the sample), from p = start on.

    The permutation sorts random numbers of a named algorithm, so that the order stays the same if
    TensorFlow changes its default generator.
    """
    first_epoch, skipped = divmod(start, n)

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        drawn = tf.random.stateless_uniform(
            (n,), (seed, number), minval=None, maxval=None, dtype=tf.int32, alg="philox"
        )
        order = tf.argsort(drawn, stable=True)
        offset = tf.where(number == first_epoch, tf.constant(skipped, tf.int64), 0)
        places = tf.range(offset, n, dtype=tf.int64)
        return tf.data.Dataset.from_tensor_slices((number * n + places, order[offset:]))

    endless = tf.data.Dataset.range(first_epoch, tf.int64.max).flat_map(epoch)
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
    """Read elements in parallel, batch them, and convert the images batch by batch."""
    # Covers of equal size are batched as uint8 and resized as a batch, which is much faster.
    equal_sizes = table.size is not None

    def read_sample(*element: tf.Tensor) -> dict[str, tf.Tensor]:
        sample = read(*element)
        image, flip = sample["image"], sample.pop("flip", None)
        if not equal_sizes:
            image = square(image[None], image_size)[0]
        if flip is not None:
            image = tf.cond(flip, lambda: tf.reverse(image, [1]), lambda: image)
        return sample | {"image": image}

    def convert(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        image = square(batch["image"], image_size) if equal_sizes else batch["image"]
        return batch | {"image": normalise(image)}

    threads = min(16, os.cpu_count() or 1)
    dataset = elements.map(read_sample, num_parallel_calls=threads, deterministic=True)
    dataset = dataset.batch(batch_size, drop_remainder=endless)
    dataset = dataset.map(convert, num_parallel_calls=1, deterministic=True).prefetch(2)
    options = tf.data.Options()
    options.deterministic = True
    # Private threads, so that training and decoding do not block each other.
    options.threading.private_threadpool_size = threads
    # Nothing is left to tune, and on a busy machine the tuner's thread sometimes misses that its
    # iterator has ended (TensorFlow 2.21), which then blocks for up to a minute.
    options.autotune.enabled = False
    # The workers of a distributed run divide the samples, because there are no file readers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options)
