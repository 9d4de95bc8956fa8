"""JPEG and PNG files decoded inside a graph, for a server that gets them from anyone."""

import tensorflow as tf

from coverzoo.corpus.pixels import normalise, square
from coverzoo.types import Tensor

MAX_PIXELS = 2**24
"""Larger images, 4096 × 4096, are refused before they are decoded: a small file can hold one that
fills the memory, once as bytes and four times that as floats."""

# With the header as the first chunk, as it must be: a decoder may accept other chunks before it.
_PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_JPEG_START = b"\xff\xd8\xff"


def read_image(data: Tensor, side: int) -> Tensor:
    """A file's bytes, () → its middle square, float32 (side, side, 3) in [-1, 1].

    Colours equal those of Pillow's decoders, except that 16-bit grey is reduced to the upper 8
    bits, where Pillow clips at 255; a transparent pixel has the colour that is stored for it.

    Args:
        data: Content of a JPEG or PNG file, a string tensor.
        side: Side of the square in pixels.

    Raises:
        tf.errors.InvalidArgumentError: When run, if the content is neither JPEG nor PNG, is
            damaged or has more than `MAX_PIXELS` pixels.
    """
    with tf.control_dependencies([_check_header(data)]):
        # Decodes PNG too; with this method JPEG pixels equal Pillow's.
        pixels = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    return normalise(square(pixels[None], side))[0]


def _check_header(data: Tensor) -> tf.Operation:
    """Assert the type and size of an image by the header of the file alone."""
    png = tf.equal(_bytes_at(data, 0, len(_PNG_START)), _PNG_START)
    jpeg = tf.equal(_bytes_at(data, 0, len(_JPEG_START)), _JPEG_START)
    known = tf.debugging.Assert(png | jpeg, ["image_bytes: neither a JPEG nor a PNG file"])
    with tf.control_dependencies([known]):
        height, width = tf.cond(png, lambda: _png_size(data), lambda: _jpeg_size(data))
    fits = height <= MAX_PIXELS // tf.maximum(width, 1)  # the product could exceed int64
    message = ["image_bytes: more than", MAX_PIXELS, "pixels, height and width:", height, width]
    return tf.debugging.Assert(fits, message)


def _png_size(data: Tensor) -> tuple[Tensor, Tensor]:
    """Height and width by the header, int64; 0 where the file is truncated."""
    field = _bytes_at(data, len(_PNG_START), 8)
    digits = tf.cast(tf.io.decode_raw(field, tf.uint8, fixed_length=8), tf.int64)
    width, height = tf.unstack(
        tf.reduce_sum(tf.reshape(digits, (2, 4)) * [2**24, 2**16, 2**8, 1], 1)
    )
    return height, width


def _jpeg_size(data: Tensor) -> tuple[Tensor, Tensor]:
    shape = tf.cast(tf.image.extract_jpeg_shape(data), tf.int64)
    return shape[0], shape[1]


def _bytes_at(data: Tensor, start: int, length: int) -> Tensor:
    """A slice of a string; shorter where the string ends."""
    size = tf.strings.length(data)
    return tf.strings.substr(data, tf.minimum(start, size), length)
