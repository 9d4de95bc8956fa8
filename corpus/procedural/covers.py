"""Covers, drawn from the latent facts of a track."""

import io

import numpy as np
from PIL import Image

from coverzoo.corpus.procedural.compositions import COMPOSITIONS
from coverzoo.corpus.procedural.facts import COVER, Track
from coverzoo.corpus.procedural.palettes import balance, colours
from coverzoo.corpus.procedural.sheet import Sheet
from coverzoo.corpus.procedural.textures import GRAIN, TEXTURES

JPEG_QUALITY = 92


def beats(tempo: float) -> float:
    """Return the repetitions of a composition's element: 3 at 60 BPM to 9 at 180 BPM.

    Args:
        tempo: Tempo in beats per minute.
    """
    return tempo / 20.0


def draw(track: Track, size: int) -> np.ndarray:
    """Draw the cover of a track, uint8 (size, size, 3).

    Args:
        track: Track with its latent facts.
        size: Side of the cover in pixels.
    """
    rng = track.rng(COVER)
    lean = 0.08 * np.asarray(track.artist.lean) + rng.uniform(-0.06, 0.06, size=2)
    sheet = Sheet(size, (float(lean[0]), float(lean[1])), float(rng.normal(scale=0.05)))
    shades = colours(track).astype(np.float32)
    image = np.repeat(shades[0][:, None, None], size, axis=1).repeat(size, axis=2)
    for mask, role in COMPOSITIONS[track.genre.composition](sheet, beats(track.tempo), rng):
        image += mask * (shades[role][:, None, None] - image)
    image += TEXTURES[track.genre.texture](size, rng)
    image += rng.standard_normal((size, size), dtype=np.float32) * np.float32(GRAIN)
    mean = balance(track, shades)
    for _ in range(2):  # clipping after the first shift changes the mean
        image += (mean - image.mean(axis=(1, 2)))[:, None, None]
        np.clip(image, 0.0, 1.0, out=image)
    pixels = np.rint(image * 255.0).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))


def jpeg(pixels: np.ndarray) -> bytes:
    """Encode pixels as JPEG.

    Args:
        pixels: Pixels, uint8 (H, W, 3).
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
