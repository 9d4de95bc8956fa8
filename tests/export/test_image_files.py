"""Image files decoded inside a graph: compared with Pillow, and refused."""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from coverzoo.export.image_files import MAX_PIXELS, read_image

PIXELS = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def graph():
    """`read_image` as a server runs it."""
    return tf.function(
        lambda data: read_image(data, 32), input_signature=[tf.TensorSpec((), tf.string)]
    )


def encoded(kind, mode="RGB", **options):
    with io.BytesIO() as file:
        Image.fromarray(PIXELS).convert(mode).save(file, kind, **options)
        return file.getvalue()


def chunk(name, content):
    """A chunk of a PNG file."""
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def png(width, height, bits=1):
    """A PNG file of one colour, made without holding all its pixels in memory."""
    row = b"\0" + b"\0" * (-(-width * bits // 8))
    squeeze = zlib.compressobj(9)
    body = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(encoded("png"), id="png"),
        pytest.param(encoded("png", "L"), id="grey png"),
        pytest.param(encoded("png", "P"), id="png with a palette"),
        pytest.param(encoded("jpeg"), id="jpeg"),
        pytest.param(encoded("jpeg", progressive=True), id="progressive jpeg"),
        pytest.param(encoded("jpeg", "L"), id="grey jpeg"),
        pytest.param(encoded("jpeg", "CMYK"), id="cmyk jpeg"),
        pytest.param(encoded("png", "RGBA"), id="png with transparency"),
        pytest.param(encoded("png", "1"), id="png of two colours"),
    ],
)
def test_pixels_equal_those_of_pillow(graph, content):
    with Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(image.convert("RGB")).astype(np.float64)
    expected = pixels.reshape(32, 2, 32, 2, 3).mean((1, 3)) / 127.5 - 1.0

    np.testing.assert_allclose(graph(tf.constant(content)), expected, atol=1e-5)


def test_16_bit_grey_is_reduced_to_the_upper_8_bits(graph):
    grey = (PIXELS[..., 0].astype(np.uint16) << 8) + 7
    with io.BytesIO() as file:
        Image.fromarray(grey).save(file, "png")
        content = file.getvalue()
    expected = PIXELS[..., 0].reshape(32, 2, 32, 2).mean((1, 3)) / 127.5 - 1.0

    got = graph(tf.constant(content)).numpy()

    np.testing.assert_allclose(got, np.repeat(expected[..., None], 3, -1), atol=1e-5)


def test_the_largest_allowed_image_is_decoded(graph):
    side = int(MAX_PIXELS**0.5)

    assert np.unique(graph(tf.constant(png(side, side)))) == -1.0


@pytest.mark.parametrize(("width", "height"), [(4097, 4096), (30_000, 30_000)])
def test_a_small_file_with_a_huge_image_is_refused(graph, width, height):
    content = png(width, height)
    assert len(content) < 200_000

    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        graph(tf.constant(content))

    assert f"more than] [16777216] [pixels, height and width:] [{height}] [{width}" in str(
        caught.value
    ).replace("\n", " ")


def test_a_chunk_before_the_header_does_not_hide_its_size(graph):
    huge = png(6000, 6000)
    hiding = huge[:8] + chunk(b"prVt", struct.pack(">II", 8, 8)) + huge[8:]

    with pytest.raises(tf.errors.InvalidArgumentError, match="neither a JPEG nor a PNG file"):
        graph(tf.constant(hiding))


def test_the_size_is_checked_before_anything_is_decoded(graph):
    head = png(8, 8)[:16] + struct.pack(">II", 2**32 - 1, 2**32 - 1)

    with pytest.raises(tf.errors.InvalidArgumentError, match="more than"):
        graph(tf.constant(head))


def test_a_jpeg_of_many_pixels_is_refused_by_its_header(graph):
    content = bytearray(encoded("jpeg"))
    place = content.index(b"\xff\xc0")  # the frame: length, precision, height, width
    content[place + 5 : place + 9] = struct.pack(">HH", 65_000, 65_000)

    with pytest.raises(tf.errors.InvalidArgumentError, match="more than"):
        graph(tf.constant(bytes(content)))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="a byte"),
        pytest.param(b"A" * 10_000_000, id="10 MB of text"),
        pytest.param(encoded("gif"), id="gif"),
        pytest.param(encoded("bmp"), id="bmp"),
    ],
)
def test_content_that_is_neither_jpeg_nor_png_is_refused(graph, content):
    with pytest.raises(tf.errors.InvalidArgumentError, match="neither a JPEG nor a PNG file"):
        graph(tf.constant(content))


@pytest.mark.parametrize("kind", ["jpeg", "png"])
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_a_truncated_file_is_refused(graph, kind, share):
    content = encoded(kind)

    with pytest.raises(tf.errors.InvalidArgumentError):
        graph(tf.constant(content[: int(share * len(content))]))
