"""A corpus in which the audio determines all of a cover but the place of a shape.

A cover is a dark shape on a plain background. The audio determines the genre, which is the hue of
the background and the kind of shape, a disc or a square, and the size of the shape. Its place
(x, y) is drawn independently of the audio. So a model that follows the audio has the right hue and
size, and one that is as diverse as the data has the same spread of places for every track.

`python benchmarks/free_factor.py` writes it. `ROOT/facts.csv` has the facts of every NAME.
"""

import colorsys
import csv
import functools
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image

from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF
from coverzoo.errors import UserError

TRAIN, TEST = 3000, 300
HUES = 10
GENRES = tuple(f"{('disc', 'square')[hue % 2]}-{hue}" for hue in range(HUES))
JPEG_QUALITY = 95

# In sides of the cover. The margin is above the largest radius, so that no shape reaches the border
# and that the place does not depend on the size.
RADIUS = (0.07, 0.21)
MARGIN = 0.25
DARK = (0.10, 0.10, 0.12)
SATURATION, VALUE = 0.6, 0.85

NUISANCES = 24  # factors of the audio that no cover shows
SEPARATION = 3.0  # of genres, in standard deviations of the other factors
NOISE = 0.5  # standard deviation of the noise of a value, in that of its nuisances
MAP_SEED = 580_1160  # not the corpus's seed: the map is equal in corpora of all seeds

_FACTS, _AUDIO, _PLACES = range(3)  # streams of random numbers
_SETTINGS, _TABLE, _PAIRS = "free_factor.json", "facts.csv", "audio-cover_dataset"


@dataclass(frozen=True)
class Facts:
    """What a pair was made from.

    Attributes:
        name: NAME of its files.
        split: Name of the split.
        genre: Name of the genre, one of `GENRES`.
        size: Size of the shape in [0, 1]; its radius is linear in it.
        x: Place from left to right in [0, 1], which the audio does not determine.
        y: Place from top to bottom in [0, 1], likewise.
    """

    name: str
    split: str
    genre: str
    size: float
    x: float
    y: float


def facts_of(split: str, count: int, seed: int = 0) -> list[Facts]:
    """Draw the facts of a split: the genres in turn, all else uniform and independent.

    Args:
        split: Name of the split: `train` or `test`.
        count: Number of pairs.
        seed: Seed of the corpus, 0 or more.
    """
    drawn = _rng(split, seed, _FACTS).random((count, 3))
    return [
        Facts(f"{split}-{number:05d}", split, GENRES[number % HUES], *map(float, row))
        for number, row in enumerate(drawn)
    ]


def draw(genre: str, size: float, x: float, y: float, side: int) -> np.ndarray:
    """Draw a cover, uint8 (side, side, 3).

    A pixel's share of the shape is ½ minus its centre's distance from the edge in pixels, within
    [0, 1]. Discs and squares of one size have the same area.

    Args:
        genre: Name of the genre.
        size: Size in [0, 1].
        x: Place of the centre in [0, 1], from left to right.
        y: Place of the centre in [0, 1], from top to bottom.
        side: Side in pixels.
    """
    hue = GENRES.index(genre)
    radius = side * (RADIUS[0] + (RADIUS[1] - RADIUS[0]) * size)
    middle = side * (MARGIN + (1.0 - 2.0 * MARGIN) * np.array([y, x]))
    rows, columns = np.abs(np.arange(side) + 0.5 - middle[:, None])
    if hue % 2:
        outside = np.maximum(rows[:, None], columns[None]) - radius * np.sqrt(np.pi) / 2.0
    else:
        outside = np.hypot(rows[:, None], columns[None]) - radius
    share = np.clip(0.5 - outside, 0.0, 1.0)[..., None]
    image = _background(hue) + share * (np.array(DARK) - _background(hue))
    return np.rint(255.0 * image).astype(np.uint8)


def vectors_of(facts: Sequence[Facts], seed: int = 0) -> np.ndarray:
    """Draw the audio vectors of the facts of one split, float32 (N, 1160), both halves known.

    A vector is offset + scale (L f + noise): f are the factors, `SEPARATION` times the one-hot
    genre, the size with unit variance, and standard normal nuisances; L a fixed matrix of standard
    normal loadings. Scales are from 0.1 to 10. The place (x, y) has no part in it.

    Args:
        facts: Facts of the split, as `facts_of` draws them.
        seed: Seed of the corpus, 0 or more.
    """
    if not facts:
        return np.empty((0, AUDIO_WIDTH), np.float32)
    rng = _rng(facts[0].split, seed, _AUDIO)
    genre = SEPARATION * np.eye(HUES)[[GENRES.index(item.genre) for item in facts]]
    size = (np.array([[item.size] for item in facts]) - 0.5) * np.sqrt(12.0)
    factors = np.concatenate([genre, size, rng.standard_normal((len(facts), NUISANCES))], axis=1)
    loadings, scale, offset = _map()
    noise = NOISE * np.sqrt(NUISANCES) * rng.standard_normal((len(facts), AUDIO_WIDTH))
    return (offset + scale * (factors @ loadings + noise)).astype(np.float32)


def redrawn(facts: Sequence[Facts], count: int, side: int, seed: int = 0) -> np.ndarray:
    """Covers with the genres and sizes of facts at new places, float32 (N, count, S, S, 3).

    They are the covers that the audio of the facts allows, as a file holds them, in [-1, 1].

    Args:
        facts: Facts of one split.
        count: Number of covers for each.
        side: Side in pixels.
        seed: Seed of the places, 0 or more.
    """
    places = _rng(facts[0].split, seed, _PLACES).random((len(facts), count, 2))
    covers = [
        [decoded(jpeg(draw(item.genre, item.size, x, y, side))) for x, y in row]
        for item, row in zip(facts, places, strict=True)
    ]
    return np.array(covers, np.float32)


def jpeg(pixels: np.ndarray) -> bytes:
    """A cover as the file holds it.

    Args:
        pixels: Pixels, uint8 (S, S, 3).
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def decoded(content: bytes) -> np.ndarray:
    """Pixels of a JPEG file, float32 (S, S, 3) in [-1, 1]."""
    return np.asarray(Image.open(io.BytesIO(content)), np.float32) / 127.5 - 1.0


def write(
    root: Path, *, train: int = TRAIN, test: int = TEST, side: int = 32, seed: int = 0
) -> None:
    """Write the corpus to a new folder, or keep it where it is there already.

    Args:
        root: Folder of the corpus, as for `zoo-train --data`.
        train: Number of train pairs.
        test: Number of test pairs.
        side: Side of the covers in pixels.
        seed: Seed, 0 or more; equal seeds give equal files.

    Raises:
        UserError: If the folder holds something else.
    """
    settings = {"train": train, "test": test, "side": side, "seed": seed}
    if root.exists():
        file = root / _SETTINGS
        if file.is_file() and json.loads(file.read_text()) == settings:
            return
        raise UserError(f"{root}: holds something else than this corpus. Give another --out.")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=root.parent) as folder:
        whole = Path(folder) / "corpus"
        table = [*_written(whole, "train", train, side, seed)]
        table += _written(whole, "test", test, side, seed)
        with (whole / _TABLE).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([field.name for field in fields(Facts)])
            writer.writerows(astuple(item) for item in table)
        (whole / _SETTINGS).write_text(json.dumps(settings) + "\n")
        shutil.move(whole, root)


def read_facts(root: Path) -> dict[str, Facts]:
    """The facts of a written corpus by NAME.

    Args:
        root: Folder of the corpus.
    """
    with (root / _TABLE).open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: Facts(*row[:3], *map(float, row[3:])) for row in rows}


def _written(root: Path, split: str, count: int, side: int, seed: int) -> Iterator[Facts]:
    """Write the pairs of a split and yield their facts."""
    facts = facts_of(split, count, seed)
    for item, vector in zip(facts, vectors_of(facts, seed), strict=True):
        cover, audio = (root / _PAIRS / part / split / item.genre for part in ("cover", "audio"))
        for folder in (cover, audio):
            folder.mkdir(parents=True, exist_ok=True)
        pixels = draw(item.genre, item.size, item.x, item.y, side)
        (cover / f"{item.name}.jpg").write_bytes(jpeg(pixels))
        np.save(audio / f"{item.name}.npy", vector)
        yield item


def _rng(split: str, seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([seed, ("train", "test").index(split), stream])


def _background(hue: int) -> np.ndarray:
    """The colour of a hue at the one saturation and value (HSV), (3,) in [0, 1]."""
    return np.array(colorsys.hsv_to_rgb(hue / HUES, SATURATION, VALUE))


@functools.cache
def _map() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loadings (factors, 1160), scales and offsets (1160,) of both halves."""
    halves = []
    for half in range(2):
        rng = np.random.default_rng([MAP_SEED, half])
        loadings = rng.standard_normal((HUES + 1 + NUISANCES, HALF))
        scale = 10.0 ** rng.uniform(-1.0, 1.0, HALF)
        halves.append((loadings, scale, scale * rng.normal(scale=3.0, size=HALF)))
    loadings, scale, offset = (np.concatenate(part, axis=-1) for part in zip(*halves, strict=True))
    return loadings, scale, offset
