"""Ten compositions, one per genre: shapes whose number of repetitions shows the tempo.

A composition stands around the sheet's origin, within `REACH` of it. It takes the tempo as a fact
in [0, 1], one of two arrangements, and a generator of random numbers for what neither determines.
It returns layers from back to front: a mask and the role of its colour.
"""

from collections.abc import Callable

import numpy as np

from coverzoo.corpus.procedural.palettes import ACCENT, FIGURE, GROUND, SHADE
from coverzoo.corpus.procedural.sheet import TAU, Sheet

Layers = list[tuple[np.ndarray, int]]
Composition = Callable[[Sheet, float, int, np.random.Generator], Layers]

ARRANGEMENTS = 2
REACH = 0.64  # of every composition but those that fill the sheet's width


def waves(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """A disc of wavy bands, horizontal or vertical."""
    along, across = (sheet.x, sheet.y) if arrangement == 0 else (sheet.y, sheet.x)
    swell = 0.08 * np.sin(along * 5.0 + rng.uniform(0, TAU))
    return _bands(sheet, across + swell, sheet.radius() - REACH, tempo)


def stripes(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """A square of diagonal stripes, upwards or downwards."""
    across = (sheet.x + (1.0 - 2.0 * arrangement) * sheet.y) * np.float32(0.5**0.5)
    side = np.maximum(np.abs(sheet.x), np.abs(sheet.y)) - 0.58
    return _bands(sheet, across, side, tempo)


def _bands(sheet: Sheet, across: np.ndarray, edge: np.ndarray, tempo: float) -> Layers:
    """Bands of two colours on a shape of the third, which has the signed distances `edge`."""
    rate = 1.6 + 2.6 * tempo  # bands per unit
    phase = across * rate + 0.5
    number = np.floor(phase)
    band = sheet.inside((np.abs(phase - number - 0.5) - 0.27) / rate)
    shape = sheet.inside(edge)
    return [
        (shape, SHADE),
        (shape * band * (number % 2 == 0), FIGURE),
        (shape * band * (number % 2 == 1), ACCENT),
    ]


def frames(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """Squares within squares, upright or on a corner."""
    x, y = np.abs(sheet.x), np.abs(sheet.y)
    distance = np.maximum(x, y) if arrangement == 0 else (x + y) * np.float32(0.5**0.5)
    return _nested(sheet, distance, 0.58 - 0.04 * arrangement, tempo)


def rings(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """Rings as of a record, or half of them as of a rising sun."""
    if arrangement == 0:
        return _nested(sheet, sheet.radius(), REACH, tempo)
    upper = sheet.inside(sheet.y - 0.34)
    layers = _nested(sheet, sheet.radius(0.0, 0.34) * 0.85, REACH, tempo)
    return [(mask * upper, role) for mask, role in layers]


def _nested(sheet: Sheet, distance: np.ndarray, outer: float, tempo: float) -> Layers:
    """Nested shapes, with a gap between two and the innermost filled."""
    rate = (2.0 + 3.2 * tempo) / outer
    phase = (outer - distance) * rate
    number = np.floor(phase)
    body = sheet.inside((np.abs(phase - number - 0.5) - 0.5 + 0.18) / rate)
    within = sheet.inside(distance - outer)
    return [
        (within, SHADE),
        (within * body * (number % 2 == 0), FIGURE),
        (within * body * (number % 2 == 1), ACCENT),
    ]


def horizon(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """A sun above furrowed land, or half set behind it."""
    level = 0.30
    sun = sheet.inside(sheet.radius(0.0, level - (0.42 if arrangement == 0 else 0.05)) - 0.42)
    below = sheet.y - level
    land = sheet.inside(-below)
    # Furrows meet far above the horizon, as perspective has it.
    rate = 2.0 + 3.2 * tempo
    phase = sheet.x / (1.0 + 1.2 * np.maximum(below, 0.0)) * rate + 0.5
    away = np.abs(phase - np.floor(phase) - 0.5) - 0.25
    furrow = sheet.inside(away / rate)
    return [(sun, FIGURE), (land, ACCENT), (land * furrow, SHADE)]


def mountains(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """A range of peaks under a moon, or two ranges one behind the other."""
    rate = 1.0 + 1.6 * tempo  # peaks per unit
    phases = rng.uniform(size=2)

    def peaks(phase: float, top: float, height: float) -> np.ndarray:
        place = sheet.x * rate + np.float32(phase)
        tooth = 2.0 * np.abs(place - np.floor(place) - 0.5)
        return sheet.inside((top + height * (1.0 - tooth) - sheet.y) / (1.0 + height * rate))

    if arrangement == 0:
        moon = sheet.inside(sheet.radius(0.0, -0.34) - 0.26)
        return [(moon, ACCENT), (peaks(phases[0], -0.08, 0.5), FIGURE), (_floor(sheet), SHADE)]
    return [
        (peaks(phases[0], -0.42, 0.4), ACCENT),
        (peaks(phases[1], 0.0, 0.4), FIGURE),
        (_floor(sheet), SHADE),
    ]


def _floor(sheet: Sheet) -> np.ndarray:
    return sheet.inside(0.52 - sheet.y)


def dots(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """A disc of dots, in a square or a hexagonal lattice."""
    rate = 2.0 + 2.4 * tempo  # dots per unit
    y = sheet.y * rate if arrangement == 0 else sheet.y * (rate * 2.0 / 3.0**0.5)
    row = np.floor(y + 0.5)
    x = sheet.x * rate + (0.5 * (row % 2) if arrangement == 1 else 0.0)
    column = np.floor(x + 0.5)
    scale = 1.0 if arrangement == 0 else 3.0**0.5 / 2.0
    dot = sheet.inside((np.hypot(x - column, (y - row) * scale) - 0.34) / rate)
    disc = sheet.inside(sheet.radius() - REACH)
    kind = (column + row) % 2
    return [
        (disc, SHADE),
        (disc * dot * (kind == 0), FIGURE),
        (disc * dot * (kind == 1), ACCENT),
    ]


def bars(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """Bars of unequal heights, standing on a line or centred on one."""
    rate = 2.2 + 2.8 * tempo  # bars per unit
    count = 2 * int(np.ceil(rate)) + 1
    heights = rng.uniform(0.35, 1.0, size=count)
    place = sheet.x * rate + count / 2.0
    number = np.clip(np.floor(place), 0, count - 1).astype(int)
    aside = (np.abs(place - number - 0.5) - 0.36) / rate
    height = np.take(heights, number).astype(np.float32)
    if arrangement == 0:
        upright = np.maximum(0.56 - 1.12 * height - sheet.y, sheet.y - 0.56)
    else:
        upright = np.abs(sheet.y) - 0.6 * height
    bar = sheet.inside(np.maximum(aside, upright)) * sheet.inside(np.abs(sheet.x) - 0.66)
    return [(bar * (number % 3 == role), (FIGURE, ACCENT, SHADE)[role]) for role in range(3)]


def spikes(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """A star of spikes around a disc, or a wheel of wedges."""
    count = round(5 + 7 * tempo)
    place = sheet.turns() * count
    away = 2.0 * np.abs(place - np.floor(place + 0.5))  # 0 at the middle of a spike, 1 between
    radius = sheet.radius()
    if arrangement == 0:
        star = sheet.inside((radius - 0.74 + 0.42 * away) * 0.55)
        return [
            (star, FIGURE),
            (sheet.inside(radius - 0.26), SHADE),
            (sheet.inside(radius - 0.15), ACCENT),
        ]
    aside = (away - 0.5) * radius * np.float32(TAU / (2.0 * count))
    wedge = sheet.inside(np.maximum(aside, radius - REACH))
    return [
        (sheet.inside(radius - REACH), SHADE),
        (wedge, FIGURE),
        (sheet.inside(radius - 0.2), ACCENT),
    ]


def flower(sheet: Sheet, tempo: float, arrangement: int, rng: np.random.Generator) -> Layers:
    """A flower with petals of one colour or of two."""
    count = 2 * round(2 + 3.2 * tempo)
    place = sheet.turns() * count
    number = np.floor(place + 0.5)
    away = np.abs(place - number)
    radius = sheet.radius()
    reach = 0.34 + 0.34 * np.sqrt(np.maximum(1.0 - (2.0 * away) ** 2, 0.0))
    petal = sheet.inside((radius - reach) * 0.7)
    second = number % 2 if arrangement == 1 else np.zeros_like(number)
    return [
        (petal * (second == 0), FIGURE),
        (petal * (second == 1), ACCENT),
        (sheet.inside(radius - 0.24), SHADE),
        (sheet.inside(radius - 0.12), ACCENT if arrangement == 0 else GROUND),
    ]


COMPOSITIONS: dict[str, Composition] = {
    composition.__name__: composition
    for composition in (
        *(waves, frames, horizon, dots, stripes),
        *(bars, spikes, flower, rings, mountains),
    )
}
