"""Cover files: what may be one, and its pixels as Pillow reads them."""

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
    with _opened(path) as image:
        plain = image.mode in ("RGB", "L") and "transparency" not in image.info
        # A camera's MPO is a JPEG with more pictures behind it.
        kind = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png"}.get(image.format or "")
        decoder: Decoder = kind if plain and kind else "pillow"  # type: ignore[assignment]
        return Cover(decoder, image.width, image.height)


def load_cover(path: Path) -> np.ndarray:
    """Pixels of a cover, uint8 (height, width, 3), what is transparent laid over white.

    Raises:
        ValueError: The reason why the file is no cover.
        OSError: The file cannot be read.
    """
    with _opened(path) as image:
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


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The image, decoded; whatever Pillow raises for its content becomes a reason."""
    with path.open("rb") as file:
        if not file.read(1):
            raise ValueError("empty file")
        file.seek(0)
        try:
            image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError as error:
            raise ValueError("not an image") from error
        except Image.DecompressionBombError as error:
            raise ValueError(f"too large: {MAX_PIXELS // 1_000_000} megapixels at most") from error
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise ValueError(f"damaged image: {error}") from error
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(
                f"too large: {image.width}×{image.height}, "
                f"{MAX_PIXELS // 1_000_000} megapixels at most"
            )
        try:
            image.load()
        except Exception as error:  # noqa: BLE001, RUF100 - codecs raise what they like
            raise ValueError(f"damaged image: {error}") from error
        yield image
