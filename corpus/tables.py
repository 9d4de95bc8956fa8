"""The facts of samples as tensors, and how one sample is read by its index."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from coverzoo.corpus.covers import load_cover
from coverzoo.corpus.layout import AUDIO_WIDTH, Sample

_Read = Callable[[tf.Tensor], tf.Tensor]


class SampleTable:
    """Columns of samples, from which a graph reads one sample by its index.

    Covers that TensorFlow decodes as Pillow does, and vectors, are read by graph operations
    alone; Python is called only for the covers of other kinds, and not built in without them.

    Attributes:
        size: Width and height that all covers share, or None.
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
        self._decoders, self._decoder = _coded([s.decoder for s in samples])
        self._audio = tf.constant([bytes(s.audio) for s in samples if s.audio]) if audio else None
        if audio:
            forms = [(s.audio_dtype or "", s.audio_offset or 0) for s in samples]
            self._forms, self._form = _coded(forms)

    def read(self, index: tf.Tensor) -> dict[str, tf.Tensor]:
        """One sample: `image` uint8 (H, W, 3), `genre`, `group`, and `audio` where there is."""
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


def _coded(values: Sequence) -> tuple[list, tf.Tensor]:
    """The distinct values, sorted, and for each value its place among them."""
    kinds = sorted(set(values))
    place = {kind: number for number, kind in enumerate(kinds)}
    return kinds, tf.constant([place[value] for value in values], tf.int32)


def _switch(
    column: tf.Tensor, index: tf.Tensor, readers: list[_Read], path: tf.Tensor
) -> tf.Tensor:
    """Read the path by the reader that the column names; without a branch if there is but one."""
    if len(readers) == 1:
        return readers[0](path)
    return tf.switch_case(column[index], [lambda read=read: read(path) for read in readers])


def _jpeg(path: tf.Tensor) -> tf.Tensor:
    content = tf.io.read_file(path)
    # Only this inverse transform gives Pillow's pixels; the default is off by up to 10 levels.
    return tf.io.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE")


def _png(path: tf.Tensor) -> tf.Tensor:
    return tf.io.decode_png(tf.io.read_file(path), channels=3)


def _pillow(path: tf.Tensor) -> tf.Tensor:
    def load(name: bytes) -> np.ndarray:
        return load_cover(Path(name.decode("utf-8", "surrogateescape")))

    image = tf.numpy_function(load, [path], tf.uint8, stateful=False)
    return tf.ensure_shape(image, (None, None, 3))


_DECODERS: dict[str, _Read] = {"jpeg": _jpeg, "png": _png, "pillow": _pillow}


def _vector_reader(dtype: str, offset: int) -> _Read:
    """A reader of .npy files whose numbers have this NumPy type and start at this byte."""
    kind = np.dtype(dtype)
    little = kind.newbyteorder("<").str == kind.str
    stored = tf.float32 if kind.itemsize == 4 else tf.float64

    def read(path: tf.Tensor) -> tf.Tensor:
        content = tf.io.read_file(path)
        numbers = tf.strings.substr(content, offset, AUDIO_WIDTH * kind.itemsize)
        return tf.cast(tf.io.decode_raw(numbers, stored, little_endian=little), tf.float32)

    return read
