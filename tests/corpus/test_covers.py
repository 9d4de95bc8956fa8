"""Checking and decoding of cover files."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from coverzoo.corpus.covers import check_cover, load_cover, strict_decoding


@pytest.mark.parametrize(
    ("name", "mode", "decoder"),
    [
        ("a.jpg", "RGB", "jpeg"),
        ("a.jpg", "L", "jpeg"),
        ("a.jpg", "CMYK", "pillow"),
        ("a.png", "RGB", "png"),
        ("a.png", "L", "png"),
        ("a.png", "RGBA", "pillow"),
        ("a.png", "P", "pillow"),
        ("a.png", "1", "pillow"),
        ("a.gif", "P", "pillow"),
        ("a.webp", "RGB", "pillow"),
        ("a.bmp", "RGB", "pillow"),
    ],
)
def test_the_decoder_depends_on_the_content_not_the_suffix(
    tmp_path, write_image, name, mode, decoder
):
    path = write_image(tmp_path / name, mode=mode, width=20, height=10)
    assert check_cover(path) == (decoder, 20, 10)
    assert check_cover(path.rename(tmp_path / "b.jpg")) == (decoder, 20, 10)


def test_tensorflow_decodes_a_progressive_jpeg(tmp_path, write_image):
    path = write_image(tmp_path / "a.jpg", progressive=True, exif=b"Exif\0\0\xff\xd9\xff\xda")
    assert check_cover(path).decoder == "jpeg"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png(width, height):
    """A small PNG file whose header declares a size, without pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"just words", "not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not an image"),
        (huge_png(8001, 8000), r"too large: 8001×8000, 64 megapixels at most"),
        (huge_png(30000, 30000), "too large"),
        (huge_png(100, 100), "damaged image"),
    ],
)
def test_the_reason_of_a_rejected_file_is_reported(tmp_path, content, reason):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with strict_decoding(), pytest.raises(ValueError, match=f"^{reason}"):
        check_cover(path)


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.98])
def test_a_truncated_jpeg_is_refused_even_if_pillow_is_set_to_accept_it(
    tmp_path, write_image, monkeypatch, kept
):
    path = write_image(tmp_path / "a.jpg")
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    with strict_decoding(), pytest.raises(ValueError, match=r"^(damaged image|not an image)"):
        check_cover(path)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_large_images_below_the_limit_raise_no_warning(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with strict_decoding(), warnings.catch_warnings(record=True) as caught:
        Image.open(io.BytesIO(huge_png(11, 11)))
    assert caught == []


def test_load_cover_blends_transparent_pixels_with_white(tmp_path):
    values = np.zeros((2, 2, 4), np.uint8)
    values[0, 0] = (10, 20, 30, 255)
    values[0, 1] = (100, 0, 0, 51)
    Image.fromarray(values).save(tmp_path / "a.png")

    loaded = load_cover(tmp_path / "a.png")

    assert loaded[0, 0].tolist() == [10, 20, 30]
    np.testing.assert_allclose(loaded[0, 1], [0.8 * 255 + 0.2 * 100, 204, 204], atol=1)
    assert (loaded[1] == 255).all()


def test_load_cover_keeps_the_high_byte_of_16_bit_grey(tmp_path):
    Image.fromarray(np.array([[0, 256], [0x8000, 0xFFFF]], np.uint16)).save(tmp_path / "a.png")
    assert load_cover(tmp_path / "a.png")[..., 0].tolist() == [[0, 1], [128, 255]]
