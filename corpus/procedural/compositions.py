"""Twelve compositions, one a genre: bold shapes whose repetitions count the tempo.

Each takes a sheet, the beats (3 to 9, a real number) and random numbers for free variation,
and gives layers from back to front: a mask and the role of its colour.
"""

from collections.abc import Callable

import numpy as np

from corpus.procedural.sheet import Sheet

Layers = list[tuple[np.ndarray, int]]
Composition = Callable[[Sheet, float, np.random.Generator], Layers]

FIGURE, ACCENT, SHADE = 1, 2, 3
TAU = 2.0 * np.pi


def blobs(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Soft lights on a loose ring, two to five."""
    count = round(1 + beats / 2.2)
    start = draw.uniform(0, TAU)
    layers: Layers = []
    for number in range(count):
        angle = start + TAU * number / count
        reach = draw.uniform(0.42, 0.58)
        distance = sheet.radius(reach * np.cos(angle), reach * np.sin(angle))
        width = draw.uniform(0.8, 1.0) * (0.62 - 0.05 * count)
        layers.append((np.exp(-((distance / width) ** 4)), (FIGURE, ACCENT)[number % 2]))
    return layers


def waves(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Rolling horizontal bands."""
    swell = 0.16 * np.sin(sheet.x * draw.uniform(3.2, 4.2) + draw.uniform(0, TAU))
    return _bands(sheet, (sheet.y + swell) * (beats / 4) + draw.random(), beats / 4)


def diagonals(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Straight stripes from corner to corner."""
    across = (sheet.x + sheet.y) * np.sqrt(0.5)
    return _bands(sheet, across * (beats / 4) + draw.random(), beats / 4)


def _bands(sheet: Sheet, phase: np.ndarray, rate: float) -> Layers:
    number = np.floor(phase)
    within = phase - number
    edge = np.minimum(within, 1 - within) / rate
    body = sheet.inside(-(edge - 0.22 / rate))
    even = number % 2 == 0
    return [(body * even, FIGURE), (body * ~even, ACCENT)]


def frames(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Squares within squares."""
    return _nested(sheet, np.maximum(np.abs(sheet.x), np.abs(sheet.y)), beats, draw)


def rings(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Rings around a middle, as of a record."""
    return _nested(sheet, sheet.radius(), beats, draw)


def _nested(sheet: Sheet, distance: np.ndarray, beats: float, draw: np.random.Generator) -> Layers:
    layers: Layers = []
    count = round(beats)
    outer = draw.uniform(0.86, 0.94)
    for number in range(count):
        role = (FIGURE, 0, ACCENT, 0)[number % 4]
        layers.append((sheet.inside(distance - outer * (1 - number / count)), role))
    return layers


def horizon(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """A great sun over furrowed land."""
    level = draw.uniform(0.15, 0.3)
    sun = sheet.inside(sheet.radius(draw.uniform(-0.25, 0.25), level - 0.2) - 0.6)
    below = sheet.y - level
    land = sheet.inside(-below)
    depth = np.clip(below, 0, None)
    furrow = np.sqrt(depth) * beats * 0.55
    within = furrow - np.floor(furrow)
    return [
        (sun, FIGURE),
        (land, SHADE),
        (land * np.clip((0.25 - np.abs(within - 0.5)) * 12 + 0.5, 0, 1), ACCENT),
    ]


def mountains(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Two ranges of peaks under a small moon."""
    layers: Layers = [
        (sheet.inside(sheet.radius(draw.choice([-1, 1]) * 0.45, -0.55) - 0.24), SHADE)
    ]
    for peaks, top, height, role in (
        (beats / 2.4, -0.25, 0.75, FIGURE),
        (beats / 2, 0.3, 0.7, ACCENT),
    ):
        phase = sheet.x * (peaks / 2) + draw.random()
        tooth = np.abs(phase - np.floor(phase) - 0.5) * 2
        layers.append((sheet.inside(top + height * tooth - sheet.y), role))
    return layers


def dots(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """A square grid of discs, two to six a side."""
    count = round(1.2 + beats * 0.5)
    column, row = (sheet.x * 0.94 + 1) * (count / 2), (sheet.y * 0.94 + 1) * (count / 2)
    middle = np.hypot(column - np.floor(column) - 0.5, row - np.floor(row) - 0.5)
    disc = sheet.inside((middle - draw.uniform(0.34, 0.4)) / (count / 2))
    even = (np.floor(column) + np.floor(row)) % 2 == 0
    return [(disc * even, FIGURE), (disc * ~even, ACCENT)]


def tiles(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """A chequered board, two to six tiles a side."""
    rate = (1.2 + beats * 0.5) / 2
    column, row = sheet.x * rate + draw.random(), sheet.y * rate + draw.random()
    wave = np.sin(np.pi * column) * np.sin(np.pi * row)
    board = np.clip(0.5 + wave * sheet.size / (np.pi * rate), 0, 1)
    other = np.floor(column / 2) % 2 == 0
    return [(board * other, FIGURE), (board * ~other, ACCENT)]


def bars(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Upright bars of unequal heights, as of piano keys or a skyline."""
    count = round(beats)
    left = 1.9 * (np.arange(count) / count - 0.5)
    width = 1.9 / count
    layers: Layers = []
    for number, edge in enumerate(left):
        across = np.abs(sheet.x - (edge + width / 2)) - 0.36 * width
        top = draw.uniform(-0.75, 0.35)
        mask = sheet.inside(np.maximum(across, top - sheet.y))
        layers.append((mask, (FIGURE, ACCENT)[number % 2]))
    return layers


def rays(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """Rays bursting from a core."""
    count = round(beats)
    phase = sheet.angle() * (count / TAU) + draw.random()
    away = (np.abs(phase - np.floor(phase) - 0.5) - 0.25) * (TAU / count)
    radius = sheet.radius()
    beam = sheet.inside(away * radius)
    return [(beam, FIGURE), (sheet.inside(radius - 0.3), ACCENT)]


def flower(sheet: Sheet, beats: float, draw: np.random.Generator) -> Layers:
    """One big flower, a petal a beat."""
    count = round(beats)
    radius = sheet.radius()
    petal = np.abs(np.cos((sheet.angle() * count + draw.uniform(0, TAU)) / 2))
    return [
        (sheet.inside((radius - 0.42 - 0.44 * petal) * 0.6), FIGURE),
        (sheet.inside(radius - 0.26), ACCENT),
    ]


COMPOSITIONS: dict[str, Composition] = {
    composition.__name__: composition
    for composition in (
        blobs, waves, frames, horizon, dots, mountains, diagonals, bars, rays, flower, tiles, rings
    )
}  # fmt: skip
