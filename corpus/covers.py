"""Cover files: accepted formats, checks, and pixels as Pillow decodes them."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

MAX_PIXELS = 64_000_000
"""Larger images are refused before they are decoded: a small file can hold a huge one."""

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
"""Formats that are decoded, whatever the file's suffix; Pillow's other formats are refused."""

# Markers of a JPEG other than byte stuffing and restarts.
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = b"\xd9"
_BETWEEN_SCANS = (b"\xc4", b"\xda")  # further tables and scans of a progressive JPEG

Decoder = Literal["jpeg", "png", "pillow"]


class Cover(NamedTuple):
    """Properties of a cover file.

    Attributes:
        decoder: Decoder that reads its pixels exactly: `jpeg`, `png` or `pillow`.
        width: Width in pixels.
        height: Height in pixels.
    """

    decoder: Decoder
    width: int
    height: int


def check_cover(path: Path) -> Cover:
    """Decode a whole cover and return its properties.

    Args:
        path: Image file.

    Returns:
        The size, and the decoder: `jpeg` or `png` where TensorFlow's decoder returns the same
        pixels as Pillow (8-bit colour or grey, no transparency), else `pillow`.

    Raises:
        ValueError: If the file is not a valid cover; the message is the reason.
        OSError: If the file cannot be read.
    """
    content = path.read_bytes()
    image = _decoded(content)
    decoder: Decoder = "pillow"
    if image.mode in ("RGB", "L") and "transparency" not in image.info:
        # A camera's MPO is a JPEG followed by further images.
        if image.format in ("JPEG", "MPO") and _ends_properly(content, "progressive" in image.info):
            decoder = "jpeg"
        elif image.format == "PNG":
            decoder = "png"
    return Cover(decoder, image.width, image.height)


def load_cover(path: Path) -> np.ndarray:
    """Return the pixels of a cover, uint8 (height, width, 3), on white where transparent.

    Args:
        path: Image file.

    Raises:
        ValueError: If the file is not a valid cover; the message is the reason.
        OSError: If the file cannot be read.
    """
    image = _decoded(path.read_bytes())
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow would clip at 255
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=-1)
    if "A" in image.getbands() or "transparency" in image.info:
        transparent = image.convert("RGBA")
        white = Image.new("RGBA", transparent.size, "white")
        return np.asarray(Image.alpha_composite(white, transparent).convert("RGB"))
    return np.asarray(image.convert("RGB"))


@contextmanager
def strict_decoding() -> Iterator[None]:
    """Within this context Pillow refuses truncated files and does not warn of large ones.

    Both settings are global to the process, so enter it once, around the threads that check files.
    """
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    Image.init()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        # Pillow warns of unusual metadata, which does not affect the pixels.
        warnings.filterwarnings("ignore", module="PIL")
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decoded(content: bytes) -> Image.Image:
    """Return the decoded image; an error of Pillow becomes a ValueError with the reason."""
    if not content:
        raise ValueError("empty file")
    limit = f"{MAX_PIXELS // 1_000_000} megapixels at most"
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ValueError("not an image") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"too large: {limit}") from error
    except Exception as error:
        raise ValueError(f"damaged image: {error}") from error
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"too large: {image.width}×{image.height}, {limit}")
    try:
        image.load()
    except Exception as error:  # the codecs raise errors of any class
        raise ValueError(f"damaged image: {error}") from error
    return image


def _ends_properly(content: bytes, progressive: bool) -> bool:
    """Whether the pixel data of a JPEG ends with a valid marker.

    Pillow accepts a missing end marker, or an invalid marker in the pixel data, once all rows are
    decoded. TensorFlow's decoder fails on such a file, which would stop a training.
    """
    at = 2
    while content[at : at + 1] == b"\xff":  # segment by segment, up to the first scan
        marker = content[at + 1]
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _START_OF_SCAN:
            break
    found = _MARKER.search(content, at)
    valid = (_END_OF_IMAGE, *(_BETWEEN_SCANS if progressive else ()))
    return found is not None and found[1] in valid
