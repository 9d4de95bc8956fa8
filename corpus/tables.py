"""Samples as tensors, from which a graph reads a sample by its index."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from coverzoo.corpus.covers import load_cover
from coverzoo.corpus.layout import AUDIO_WIDTH, Sample

_Reader = Callable[[tf.Tensor], tf.Tensor]


class SampleTable:
    """Columns of samples, from which a graph reads one sample by its index.

    Vectors, and covers that TensorFlow decodes exactly as Pillow does, are read by graph
    operations alone. The graph calls Python only if there are covers of other kinds.

    Args:
        samples: Samples, one or more.
        genres: Names of the genres in the order of their indices; the index of others is -1.
        audio: Whether vectors are read too.

    Attributes:
        size: Width and height of all covers in pixels, or None if they differ.

    Raises:
        ValueError: If there are no samples, or `audio` is true and a sample has none.
    """

    def __init__(self, samples: Sequence[Sample], genres: Sequence[str], *, audio: bool) -> None:
        if not samples:
            raise ValueError("there are no samples to make batches of")
        if audio and any(sample.audio is None for sample in samples):
            raise ValueError("a sample has no audio: read the split with audio=True")
        sizes = {sample.size for sample in samples}
        self.size = sizes.pop() if len(sizes) == 1 else None
        index = {genre: number for number, genre in enumerate(genres)}
        self._genre = tf.constant([index.get(s.genre or "", -1) for s in samples], tf.int32)
        self._group = tf.constant([s.group for s in samples], tf.int64)
        self._image = tf.constant([bytes(s.image) for s in samples])
        self._decoders, self._decoder = _encoded([s.decoder for s in samples])
        self._audio = tf.constant([bytes(s.audio) for s in samples if s.audio]) if audio else None
        if audio:
            forms = [(s.audio_dtype or "", s.audio_offset or 0) for s in samples]
            self._forms, self._form = _encoded(forms)

    def read(self, index: tf.Tensor) -> dict[str, tf.Tensor]:
        """Read a sample: `image` uint8 (H, W, 3), `genre`, `group`, and `audio` if asked for.

        Args:
            index: Index of the sample, an integer scalar.
        """
        path = self._image[index]
        decode = [_DECODERS[decoder] for decoder in self._decoders]
        image = _switch(self._decoder, index, decode, path)
        width, height = self.size or (None, None)
        element = {
            "image": tf.ensure_shape(image, (height, width, 3)),
            "genre": self._genre[index],
            "group": self._group[index],
        }
        if self._audio is not None:
            parse = [_vector_reader(*form) for form in self._forms]
            vector = _switch(self._form, index, parse, self._audio[index])
            element["audio"] = tf.ensure_shape(vector, (AUDIO_WIDTH,))
        return element


def _encoded(values: Sequence) -> tuple[list, tf.Tensor]:
    """Return the distinct values, sorted, and the index of each value among them."""
    distinct = sorted(set(values))
    index = {value: number for number, value in enumerate(distinct)}
    return distinct, tf.constant([index[value] for value in values], tf.int32)


def _switch(
    column: tf.Tensor, index: tf.Tensor, readers: list[_Reader], path: tf.Tensor
) -> tf.Tensor:
    """Read the path by the reader that the column selects, without a branch for a single one."""
    if len(readers) == 1:
        return readers[0](path)
    return tf.switch_case(column[index], [lambda read=read: read(path) for read in readers])


def _jpeg(path: tf.Tensor) -> tf.Tensor:
    content = tf.io.read_file(path)
    # Only this inverse transform returns Pillow's pixels; the default differs by up to 10 levels.
    return tf.io.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE")


def _png(path: tf.Tensor) -> tf.Tensor:
    return tf.io.decode_png(tf.io.read_file(path), channels=3)


def _pillow(path: tf.Tensor) -> tf.Tensor:
    def load(name: bytes) -> np.ndarray:
        return load_cover(Path(name.decode("utf-8", "surrogateescape")))

    image = tf.numpy_function(load, [path], tf.uint8, stateful=False)
    return tf.ensure_shape(image, (None, None, 3))


_DECODERS: dict[str, _Reader] = {"jpeg": _jpeg, "png": _png, "pillow": _pillow}


def _vector_reader(dtype: str, offset: int) -> _Reader:
    """Return a reader of .npy files whose numbers have this NumPy type and start at this byte."""
    number = np.dtype(dtype)
    little = number.newbyteorder("<").str == number.str
    stored = tf.float32 if number.itemsize == 4 else tf.float64

    def read(path: tf.Tensor) -> tf.Tensor:
        content = tf.io.read_file(path)
        numbers = tf.strings.substr(content, offset, AUDIO_WIDTH * number.itemsize)
        return tf.cast(tf.io.decode_raw(numbers, stored, little_endian=little), tf.float32)

    return read
