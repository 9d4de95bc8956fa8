"""Twelve compositions, one per genre: shapes whose number of repetitions shows the tempo.

A composition takes a sheet, the beats (a real number from 3 to 9) and a generator of random
numbers for variation that the audio does not determine. It returns layers from back to front: a
mask and the role of its colour.
"""

import math
from collections.abc import Callable

import numpy as np

from coverzoo.corpus.procedural.sheet import Sheet

Layers = list[tuple[np.ndarray, int]]
Composition = Callable[[Sheet, float, np.random.Generator], Layers]

GROUND, FIGURE, ACCENT, SHADE = range(4)
TAU = 2.0 * math.pi  # a Python float, because a NumPy one would promote float32 to float64


def blobs(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Two to five soft discs on an irregular ring."""
    count = round(1 + beats / 2.2)
    start = rng.uniform(0, TAU)
    layers: Layers = []
    for number in range(count):
        angle = start + TAU * number / count
        reach = rng.uniform(0.42, 0.58)
        distance = sheet.radius(reach * math.cos(angle), reach * math.sin(angle))
        width = rng.uniform(0.85, 1.0) * (0.66 - 0.055 * count)
        soft = np.exp(-np.square(np.square(distance / width)))
        layers.append((soft, (FIGURE, ACCENT, SHADE)[number % 3]))
    return layers


def waves(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Wavy horizontal bands."""
    swell = 0.16 * np.sin(sheet.x * rng.uniform(3.2, 4.2) + rng.uniform(0, TAU))
    return _bands(sheet, sheet.y + swell, beats / 4, rng)


def diagonals(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Straight stripes from corner to corner."""
    return _bands(sheet, (sheet.x + sheet.y) * math.sqrt(0.5), beats / 4, rng)


def _bands(sheet: Sheet, across: np.ndarray, rate: float, rng: np.random.Generator) -> Layers:
    phase = across * rate + rng.uniform(0, 4)
    number = np.floor(phase)
    within = phase - number
    body = sheet.inside((0.22 - np.minimum(within, 1 - within)) / rate)
    return [
        (body * (number % 2 == 0), FIGURE),
        (body * (number % 4 == 1), ACCENT),
        (body * (number % 4 == 3), SHADE),
    ]


def frames(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Squares within squares."""
    return _nested(sheet, np.maximum(np.abs(sheet.x), np.abs(sheet.y)), beats, rng)


def rings(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Rings around a centre, as on a record."""
    return _nested(sheet, sheet.radius(), beats, rng)


def _nested(sheet: Sheet, distance: np.ndarray, beats: float, rng: np.random.Generator) -> Layers:
    count = round(beats)
    outer = rng.uniform(0.88, 0.96)
    roles = (FIGURE, GROUND, ACCENT, GROUND, SHADE, GROUND)
    return [
        (sheet.inside(distance - outer * (1 - number / count)), roles[number % len(roles)])
        for number in range(count)
    ]


def horizon(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """A large sun over land with furrows."""
    level = rng.uniform(0.15, 0.3)
    sun = sheet.inside(sheet.radius(rng.uniform(-0.25, 0.25), level - 0.2) - 0.6)
    below = sheet.y - level
    land = sheet.inside(-below)
    # The root makes the furrows denser towards the horizon, as perspective does.
    root = np.sqrt(np.maximum(below, 0))
    phase = root * (0.55 * beats) + 0.5
    away = np.abs(phase - np.floor(phase) - 0.5) - 0.25
    furrow = sheet.inside(away * root / (0.275 * beats))
    return [(sun, FIGURE), (land, ACCENT), (land * furrow, SHADE)]


def mountains(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Two ranges of peaks under a moon."""
    side = 0.45 if rng.random() < 0.5 else -0.45
    layers: Layers = [(sheet.inside(sheet.radius(side, -0.55) - 0.25), SHADE)]
    ranges = ((beats / 2.4, -0.2, 0.75, FIGURE), (beats / 2.0, 0.3, 0.7, ACCENT))
    for peaks, top, height, role in ranges:
        phase = sheet.x * (peaks / 2) + rng.random()
        tooth = np.abs(phase - np.floor(phase) - 0.5) * 2
        slope = math.hypot(1.0, height * peaks)
        layers.append((sheet.inside((top + height * tooth - sheet.y) / slope), role))
    return layers


def dots(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """A square grid of discs, three to six per side."""
    rate = round(1.2 + beats * 0.5) / 2
    column, row = (sheet.x * 0.94 + 1) * rate, (sheet.y * 0.94 + 1) * rate
    left, top = np.floor(column), np.floor(row)
    middle = np.hypot(column - left - 0.5, row - top - 0.5)
    disc = sheet.inside((middle - rng.uniform(0.36, 0.42)) / rate)
    kind = (left + top) % 3
    return [(disc * (kind == place), role) for place, role in enumerate((FIGURE, ACCENT, SHADE))]


def tiles(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """A chequered board, three to six tiles per side."""
    rate = (1.2 + beats * 0.5) / 2
    column, row = sheet.x * rate + rng.uniform(0, 4), sheet.y * rate + rng.uniform(0, 2)
    left, top = np.floor(column), np.floor(row)
    away = np.maximum(np.abs(column - left - 0.5), np.abs(row - top - 0.5)) - 0.5
    # Half a pixel smaller, so that no edge overlaps the next tile, which has another colour.
    board = sheet.inside(away / rate + 1 / sheet.size) * ((left + top) % 2 == 0)
    roles = ((FIGURE, (0, 2)), (ACCENT, (1,)), (SHADE, (3,)))
    return [(board * np.isin(left % 4, places), role) for role, places in roles]


def bars(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Vertical bars of unequal heights, like piano keys or a skyline."""
    count = round(beats)
    width = 1.9 / count
    masks: dict[int, np.ndarray] = {}
    for number in range(count):
        middle = (number + 0.5) * width - 0.95
        top = rng.uniform(-0.75, 0.2)
        bar = sheet.inside(np.maximum(np.abs(sheet.x - middle) - 0.37 * width, top - sheet.y))
        role = (FIGURE, ACCENT, FIGURE, SHADE)[number % 4]
        masks[role] = masks[role] + bar if role in masks else bar
    return [(mask, role) for role, mask in masks.items()]


def rays(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """Rays from a disc in the centre."""
    count = round(beats)
    phase = sheet.angle() * (count / TAU) + rng.random()
    aside = (np.abs(phase - np.floor(phase) - 0.5) - 0.25) * (TAU / count)
    radius = sheet.radius()
    return [
        (sheet.inside(aside * radius), FIGURE),
        (sheet.inside(radius - 0.4), SHADE),
        (sheet.inside(radius - 0.3), ACCENT),
    ]


def flower(sheet: Sheet, beats: float, rng: np.random.Generator) -> Layers:
    """A large flower on a stem, with one petal per beat."""
    count = round(beats)
    radius = sheet.radius(0.0, -0.15)
    angle = sheet.angle(0.0, -0.15)
    petal = np.abs(np.cos((angle * count + rng.uniform(0, TAU)) / 2))
    stem = np.maximum(np.abs(sheet.x) - 0.055, -sheet.y)
    leaves = np.minimum(
        np.hypot((sheet.x - 0.24) / 2.2, sheet.y - 0.78),
        np.hypot((sheet.x + 0.24) / 2.2, sheet.y - 0.88),
    )
    return [
        (sheet.inside(np.minimum(stem, leaves - 0.11)), SHADE),
        (sheet.inside((radius - 0.4 - 0.42 * petal) * 0.6), FIGURE),
        (sheet.inside(radius - 0.25), ACCENT),
    ]


COMPOSITIONS: dict[str, Composition] = {
    composition.__name__: composition
    for composition in (
        *(blobs, waves, diagonals, frames, rings, horizon),
        *(mountains, dots, tiles, bars, rays, flower),
    )
}
