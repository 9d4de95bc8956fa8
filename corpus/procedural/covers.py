"""Covers, drawn from a track's facts."""

import io

import numpy as np
from PIL import Image

from coverzoo.corpus.procedural.compositions import COMPOSITIONS
from coverzoo.corpus.procedural.facts import COVER, Track
from coverzoo.corpus.procedural.palettes import balance, colours
from coverzoo.corpus.procedural.sheet import Sheet
from coverzoo.corpus.procedural.textures import GRAIN, TEXTURES

QUALITY = 92


def beats(tempo: float) -> float:
    """How often a composition repeats its element: 3 times at 60 BPM to 9 at 180."""
    return tempo / 20.0


def draw(track: Track, size: int) -> np.ndarray:
    """The cover of a track, uint8, shape (size, size, 3)."""
    draw = track.draws(COVER)
    lean = 0.08 * np.asarray(track.artist.lean) + draw.uniform(-0.06, 0.06, size=2)
    sheet = Sheet(size, (float(lean[0]), float(lean[1])), float(draw.normal(scale=0.05)))
    shades = colours(track).astype(np.float32)
    image = np.repeat(shades[0][:, None, None], size, axis=1).repeat(size, axis=2)
    for mask, role in COMPOSITIONS[track.genre.composition](sheet, beats(track.tempo), draw):
        image += mask * (shades[role][:, None, None] - image)
    image += TEXTURES[track.genre.texture](size, draw)
    image += draw.standard_normal((size, size), dtype=np.float32) * np.float32(GRAIN)
    mean = balance(track, shades)
    for _ in range(2):  # the second time for what the first one clipped
        image += (mean - image.mean(axis=(1, 2)))[:, None, None]
        np.clip(image, 0.0, 1.0, out=image)
    pixels = np.rint(image * 255.0).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))


def jpeg(pixels: np.ndarray) -> bytes:
    """A JPEG of uint8 pixels (H, W, 3)."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
