"""JPEG and PNG files read inside a graph, for a server that takes them from strangers."""

from typing import Any

import tensorflow as tf

from coverzoo.corpus.pixels import normalise, square

MAX_PIXELS = 2**24
"""Larger images, 4096 × 4096, are refused before they are decoded: a small file can hold one that
fills the memory, once as bytes and four times that as floats."""

# With the header as the first chunk, as it must be: a decoder may take other chunks before it.
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_JPEG = b"\xff\xd8\xff"


def read(data: Any, side: int) -> Any:
    """A file's bytes, () → its middle square, float32 (side, side, 3) in [-1, 1].

    Colours are those of Pillow's decoders, but that 16 bits of grey become the upper 8, where
    Pillow cuts off at 255; a transparent pixel has the colour it hides.

    Raises:
        tf.errors.InvalidArgumentError: when it is run, if it is neither or holds too many pixels.
    """
    with tf.control_dependencies([_refused(data)]):
        # Reads PNG too; with this method as Pillow does.
        pixels = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    return normalise(square(pixels[None], side))[0]


def _refused(data: Any) -> tf.Operation:
    """The assertion that the bytes are worth decoding, by nothing but the head of the file."""
    png = tf.equal(_head(data, 0, len(_PNG)), _PNG)
    jpeg = tf.equal(_head(data, 0, len(_JPEG)), _JPEG)
    known = tf.debugging.Assert(png | jpeg, ["image_bytes: neither a JPEG nor a PNG file"])
    with tf.control_dependencies([known]):
        height, width = tf.cond(png, lambda: _png_sides(data), lambda: _jpeg_sides(data))
    few = height <= MAX_PIXELS // tf.maximum(width, 1)  # their product may be beyond int64
    words = ["image_bytes: more than", MAX_PIXELS, "pixels, height and width:", height, width]
    return tf.debugging.Assert(few, words)


def _png_sides(data: Any) -> tuple[Any, Any]:
    """Height and width as the header tells them, int64; 0 where it is cut off."""
    head = _head(data, len(_PNG), 8)
    digits = tf.cast(tf.io.decode_raw(head, tf.uint8, fixed_length=8), tf.int64)
    width, height = tf.unstack(
        tf.reduce_sum(tf.reshape(digits, (2, 4)) * [2**24, 2**16, 2**8, 1], 1)
    )
    return height, width


def _jpeg_sides(data: Any) -> tuple[Any, Any]:
    shape = tf.cast(tf.image.extract_jpeg_shape(data), tf.int64)
    return shape[0], shape[1]


def _head(data: Any, start: int, length: int) -> Any:
    """Some of a string's first bytes, fewer where it ends before."""
    size = tf.strings.length(data)
    return tf.strings.substr(data, tf.minimum(start, size), length)
