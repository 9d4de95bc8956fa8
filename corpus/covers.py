"""Cover files: what may be one, and its pixels as Pillow reads them."""

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
"""What is decoded, whatever the suffix says; Pillow's other formats are no covers."""

_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)  # not stuffing, nor restarts

Decoder = Literal["jpeg", "png", "pillow"]


class Cover(NamedTuple):
    """Facts of a cover file: who can decode it, and its size in pixels."""

    decoder: Decoder
    width: int
    height: int


def check_cover(path: Path) -> Cover:
    """Decode a cover whole and say what it is.

    Returns:
        The cover's size, and as its decoder `jpeg` or `png` where TensorFlow's reads the same
        pixels as Pillow (8-bit colour or grey, nothing transparent), else `pillow`.

    Raises:
        ValueError: The reason why the file is no cover.
        OSError: The file cannot be read.
    """
    content = path.read_bytes()
    image = _decoded(content)
    decoder: Decoder = "pillow"
    if image.mode in ("RGB", "L") and "transparency" not in image.info:
        # A camera's MPO is a JPEG with more pictures behind it.
        if image.format in ("JPEG", "MPO") and _sound(content, "progressive" in image.info):
            decoder = "jpeg"
        elif image.format == "PNG":
            decoder = "png"
    return Cover(decoder, image.width, image.height)


def load_cover(path: Path) -> np.ndarray:
    """Pixels of a cover, uint8 (height, width, 3), what is transparent laid over white.

    Raises:
        ValueError: The reason why the file is no cover.
        OSError: The file cannot be read.
    """
    image = _decoded(path.read_bytes())
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip at 255
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=-1)
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return np.asarray(Image.alpha_composite(white, clear).convert("RGB"))
    return np.asarray(image.convert("RGB"))


@contextmanager
def strict_decoding() -> Iterator[None]:
    """Within it Pillow refuses truncated files, and its warnings of large ones stay silent.

    Both settings are global to the process, so it is entered once, around the threads that check.
    """
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    Image.init()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        # Pillow remarks on odd metadata; the pixels are what counts here.
        warnings.filterwarnings("ignore", module="PIL")
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decoded(content: bytes) -> Image.Image:
    """The image, decoded; whatever Pillow raises for its content becomes a reason."""
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
    except Exception as error:  # codecs raise what they like
        raise ValueError(f"damaged image: {error}") from error
    return image


def _sound(content: bytes, progressive: bool) -> bool:
    """Whether a JPEG's pixels end with the marker that should end them.

    Pillow forgives a missing end, or a stray marker in the pixels, once every row is there;
    TensorFlow's decoder fails there, which would stop a training.
    """
    at = 2
    while content[at : at + 1] == b"\xff":  # from segment to segment, to the first with pixels
        marker = content[at + 1]
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xDA:
            break
    found = _MARKER.search(content, at)
    return found is not None and found[1] in (b"\xd9", *([b"\xc4", b"\xda"] * progressive))
