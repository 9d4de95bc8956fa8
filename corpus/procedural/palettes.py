"""Colours of a cover: a palette, the facts that shift it, and the free hues.

Colours are set in OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/), where equal
steps appear equal, so that a fact has the same effect in every palette.
"""

import numpy as np

# Hues in degrees of figure, accent and shade. The ground's is free.
PALETTES: dict[str, tuple[float, float, float]] = {
    "ember": (50.0, 95.0, 20.0),
    "orchard": (150.0, 350.0, 180.0),
    "harbour": (255.0, 65.0, 285.0),
}
GROUND, FIGURE, ACCENT, SHADE, PAPER = range(5)
# Of ground, figure, accent and shade: difference of lightness from the ground at full contrast,
# and chroma at full saturation.
_LIGHTER = np.array([0.0, 0.34, 0.22, -0.20])
_CHROMA = np.array([0.07, 0.15, 0.16, 0.12])
_PAPER = (0.955, 0.012, 90.0)  # lightness, chroma, hue

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


def colours(
    palette: str,
    *,
    brightness: float,
    saturation: float,
    contrast: float,
    hue: float,
    ground_hue: float,
) -> np.ndarray:
    """Return ground, figure, accent, shade and paper of a cover, sRGB in [0, 1], (5, 3).

    The ground has the lightness 0.30 + 0.36 brightness; the others differ from it in lightness by
    0.4 + 0.6 contrast of what they differ by at most. The chroma of all is 0.2 + 0.8 saturation
    of what it is at most. The paper is always the same.

    Args:
        palette: Key of `PALETTES`.
        brightness: 0 to 1.
        saturation: 0 to 1.
        contrast: 0 to 1.
        hue: Rotation of the palette's hues in degrees.
        ground_hue: Hue of the ground in degrees.
    """
    lightness = 0.30 + 0.36 * brightness + (0.4 + 0.6 * contrast) * _LIGHTER
    chroma = (0.2 + 0.8 * saturation) * _CHROMA
    hues = np.array([ground_hue, *(hue + angle for angle in PALETTES[palette])])
    rows = np.stack([lightness, chroma, hues], axis=1)
    return srgb(np.concatenate([rows, [_PAPER]]))


def srgb(lch: np.ndarray) -> np.ndarray:
    """Convert colours to sRGB in [0, 1], with the largest chroma up to theirs that it has.

    Args:
        lch: Lightness in [0, 1], chroma and hue in degrees in OKLab, (N, 3).
    """
    angle = np.deg2rad(lch[:, 2])
    direction = np.stack([np.zeros_like(angle), np.cos(angle), np.sin(angle)], axis=1)
    grey = np.stack([lch[:, 0], np.zeros_like(angle), np.zeros_like(angle)], axis=1)
    low, high = np.zeros(len(lch)), lch[:, 1].copy()
    fits = _fits(grey + high[:, None] * direction)
    low[fits] = high[fits]
    for _ in range(12):  # bisection, to a 4096th of the chroma
        middle = (low + high) / 2.0
        fits = _fits(grey + middle[:, None] * direction)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return _encoded(np.clip(_linear(grey + low[:, None] * direction), 0.0, 1.0))


def oklab(colour: str) -> np.ndarray:
    """Return a colour in OKLab, (3,): lightness in [0, 1], a, b.

    Args:
        colour: Colour as `#rrggbb`.
    """
    encoded = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return _TO_LAB @ np.cbrt(_TO_LMS @ linear)


def _fits(lab: np.ndarray) -> np.ndarray:
    linear = _linear(lab)
    return np.asarray(((linear >= -1e-4) & (linear <= 1.0 + 1e-4)).all(axis=1))


def _linear(lab: np.ndarray) -> np.ndarray:
    return (lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T


def _encoded(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
