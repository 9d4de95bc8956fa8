"""Covers: what the facts of a track determine, and what they leave free."""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image

from coverzoo.corpus.procedural.compositions import ARRANGEMENTS, COMPOSITIONS
from coverzoo.corpus.procedural.palettes import GROUND, PAPER, colours
from coverzoo.corpus.procedural.sheet import Sheet
from coverzoo.corpus.procedural.tracks import COVER, Track

JPEG_QUALITY = 92
CENTRE = 0.20  # furthest that a composition stands from the middle, along each side
HUE = 30.0  # furthest that the palette's hues are turned, in degrees
MARGIN = (0.22, 0.05)  # width of the margin at the onset rates 0 and 1; the side is 2


class FreeFactors(NamedTuple):
    """What the audio does not determine in a cover.

    Attributes:
        x: Centre of the composition, positive to the right, in [-CENTRE, CENTRE].
        y: The same, positive downwards.
        hue: Rotation of the palette's hues in degrees, in [-HUE, HUE].
        ground_hue: Hue of the ground in degrees, in [0, 360).
        arrangement: Number of the arrangement of the composition.
    """

    x: float
    y: float
    hue: float
    ground_hue: float
    arrangement: int


def free_factors(track: Track, rng: np.random.Generator, redraw: int = 0) -> FreeFactors:
    """Draw the free factors of a track's cover; half of the range of three is the artist's habit.

    Args:
        track: Track of the cover.
        rng: Generator of the cover.
        redraw: Number of the drawing; every one but 0 has an artist of its own.
    """
    habit = np.asarray(track.artist.habit) if redraw == 0 else rng.uniform(-1.0, 1.0, size=3)
    x, y, hue = (habit + rng.uniform(-1.0, 1.0, size=3)) / 2.0
    return FreeFactors(
        x=float(CENTRE * x),
        y=float(CENTRE * y),
        hue=float(HUE * hue),
        ground_hue=float(rng.uniform(0.0, 360.0)),
        arrangement=int(rng.integers(ARRANGEMENTS)),
    )


def draw(
    track: Track, facts: np.ndarray, size: int, redraw: int = 0
) -> tuple[np.ndarray, FreeFactors]:
    """Draw a cover of a track, uint8 (size, size, 3), and return its free factors too.

    The genre determines the composition and the palette. Each fact has one meaning in all genres:
    the tempo is the number of repeated elements, the onset rate how narrow the margin is, the
    brightness is lightness, the pitch salience saturation, the key strength contrast.

    Args:
        track: Track.
        facts: Its facts, (5,), see `audio_facts`.
        size: Side of the cover in pixels.
        redraw: Number of the drawing; the corpus holds number 0. Others draw anew what the
            facts leave free.
    """
    tempo, onset_rate, brightness, pitch_salience, key_strength = (float(fact) for fact in facts)
    rng = track.rng(COVER, redraw)
    free = free_factors(track, rng, redraw)
    shades = colours(
        track.genre.palette,
        brightness=brightness,
        saturation=pitch_salience,
        contrast=key_strength,
        hue=free.hue,
        ground_hue=free.ground_hue,
    ).astype(np.float32)
    sheet = Sheet(size, (free.x, free.y))
    compose = COMPOSITIONS[track.genre.composition]
    image = np.tile(shades[GROUND], (size, size, 1))
    for mask, role in compose(sheet, tempo, free.arrangement, rng):
        image += mask[:, :, None] * (shades[role] - image)
    wide, narrow = MARGIN
    margin = wide + (narrow - wide) * onset_rate
    side = np.abs(sheet.line)
    panel = sheet.inside(np.maximum(side[None, :], side[:, None]) - np.float32(1.0 - margin))
    image = shades[PAPER] + panel[:, :, None] * (image - shades[PAPER])
    return np.rint(image * 255.0).astype(np.uint8), free


def jpeg(pixels: np.ndarray) -> bytes:
    """Encode pixels as JPEG.

    Args:
        pixels: Pixels, uint8 (H, W, 3).
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
