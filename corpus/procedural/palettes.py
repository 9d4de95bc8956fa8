"""Palettes, and the shifts of hue, lightness and contrast that show the facts.

Colours are shifted in OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/), where
equal steps appear equal, so that a fact has the same effect in every palette.
"""

import functools

import numpy as np

from coverzoo.corpus.procedural.facts import Track

# Dark and light are grounds; a genre assigns roles to the others.
TONES = ("dark", "deep", "vivid", "warm", "light")
PALETTES: dict[str, tuple[str, ...]] = {
    "dusk": ("#1d1a44", "#5b3a8c", "#f2647c", "#ffb56b", "#f3e1d0"),
    "sea": ("#0c2a3e", "#1b6485", "#27a79c", "#e9b872", "#e9e3d2"),
    "ember": ("#2b1719", "#8c2f2b", "#e0572f", "#f2b43d", "#f1e2c6"),
    "garden": ("#2a1636", "#1f7a6a", "#e2508f", "#9fd69a", "#eee4da"),
}

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB, _FROM_LMS = np.linalg.inv(_TO_LAB), np.linalg.inv(_TO_LMS)


def oklab(colour: str) -> np.ndarray:
    """Return a colour in OKLab, (3,): lightness in [0, 1], a, b.

    Args:
        colour: Colour as `#rrggbb`.
    """
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return _TO_LAB @ np.cbrt(_TO_LMS @ linear)


def srgb(lab: np.ndarray) -> np.ndarray:
    """Convert colours to sRGB in [0, 1], clipped to its gamut.

    Args:
        lab: Colours in OKLab (..., 3).
    """
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@functools.cache
def _lab(palette: str, role: str) -> np.ndarray:
    return oklab(PALETTES[palette][TONES.index(role)])


def colours(track: Track) -> np.ndarray:
    """Return ground, figure, accent and shade of a track's cover, sRGB in [0, 1], (4, 3).

    The ground is dark for minor and light for major. Energy increases the contrast of the other
    colours with the ground, brightness the lightness of all; the artist rotates the hues.

    Args:
        track: Track with its latent facts.
    """
    ground = "dark" if track.mode == "minor" else "light"
    lab = np.stack([_lab(track.genre.palette, role) for role in (ground, *track.genre.roles)])
    turn = np.deg2rad(track.artist.hue)
    cos, sin = np.cos(turn), np.sin(turn)
    lab[:, 1:] = lab[:, 1:] @ np.array([[cos, sin], [-sin, cos]])
    lab[1:] = lab[0] + (0.5 + 0.6 * track.energy) * (lab[1:] - lab[0])
    lab[:, 0] += 0.2 * (track.brightness - 0.5)
    return srgb(lab)


def balance(track: Track, shades: np.ndarray) -> np.ndarray:
    """Return the mean colour that a cover is shifted to, sRGB in [0, 1], (3,).

    It mixes the palette in proportions that do not depend on the genre, because the mean colour
    alone must not distinguish the genres of one palette.

    Args:
        track: Track of the cover.
        shades: Result of `colours` for the track.
    """
    weights = [GROUND_SHARE, *(ROLE_SHARES[role] for role in track.genre.roles)]
    return np.asarray(weights) @ shades


GROUND_SHARE = 0.54
ROLE_SHARES = {"vivid": 0.21, "warm": 0.14, "deep": 0.11}
