"""Palettes, and the shifts of hue, lightness and contrast by which facts show in them.

Colours are moved in OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/), where
equal steps look equal, so that a fact shows alike in every palette.
"""

import functools

import numpy as np

from corpus.procedural.facts import Track

PALETTES: dict[str, dict[str, str]] = {
    "dusk": {
        "dark": "#1d1a44", "deep": "#5b3a8c", "vivid": "#f2647c", "warm": "#ffb56b", "light": "#fbe9d7"
    },
    "sea": {
        "dark": "#0c2a3e", "deep": "#1b6485", "vivid": "#27a79c", "warm": "#e9b872", "light": "#f1ead8"
    },
    "ember": {
        "dark": "#2b1719", "deep": "#8c2f2b", "vivid": "#e0572f", "warm": "#f2b43d", "light": "#f8ead0"
    },
    "garden": {
        "dark": "#2a1636", "deep": "#1f7a6a", "vivid": "#e2508f", "warm": "#9fd69a", "light": "#f6eee3"
    },
}  # fmt: skip

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
    """OKLab of `#rrggbb`, shape (3,): lightness in [0, 1], a, b."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return _TO_LAB @ np.cbrt(_TO_LMS @ linear)


def srgb(lab: np.ndarray) -> np.ndarray:
    """SRGB in [0, 1] of OKLab colours (..., 3), clipped to what a screen shows."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@functools.cache
def _lab(palette: str, role: str) -> np.ndarray:
    return oklab(PALETTES[palette][role])


def colours(track: Track) -> np.ndarray:
    """Ground, figure, accent and shade of a track's cover, sRGB in [0, 1], shape (4, 3).

    Minor stands on the dark ground, major on the light one. Energy pulls the other colours
    away from the ground, brightness lifts all, the artist turns the hues.
    """
    ground = "dark" if track.mode == "minor" else "light"
    lab = np.stack([_lab(track.genre.palette, role) for role in (ground, *track.genre.roles)])
    turn = np.deg2rad(track.artist.hue)
    cos, sin = np.cos(turn), np.sin(turn)
    lab[:, 1:] = lab[:, 1:] @ np.array([[cos, sin], [-sin, cos]])
    lab[1:] = lab[0] + (0.45 + 0.65 * track.energy) * (lab[1:] - lab[0])
    lab[:, 0] += 0.24 * (track.brightness - 0.5)
    return srgb(lab)
