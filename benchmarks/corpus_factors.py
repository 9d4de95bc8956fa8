"""Facts, free factors and pixel grid of the covers of runs trained on the built-in corpus.

Trains a regressor on drawn covers, reads facts and free factors from covers generated for the test
tracks, and prints one JSON object.

    python benchmarks/corpus_factors.py RUN [RUN ...]
"""

import json
from collections.abc import Sequence
from typing import Any

import click
import numpy as np

import coverzoo
from coverzoo import backend
from coverzoo.command import Command
from coverzoo.corpus.audio_facts import FACTS, audio_facts
from coverzoo.corpus.procedural import GENRES
from coverzoo.corpus.procedural.audio import first_halves, vector
from coverzoo.corpus.procedural.covers import FreeFactors, draw
from coverzoo.corpus.procedural.tracks import Track, track
from coverzoo.evaluation.metrics.grid import grid_energy, sharpness
from coverzoo.evaluation.networks.cover_factors import FactorRegressor, rank_correlation, spreads

TRAIN_COVERS, TEST_TRACKS = 12_000, 360
SPREAD_TRACKS, NOISES = 40, 24
PERIODS = (2, 4)
GENRE_SCALE = 4.0  # how much more an error of the genre counts than one of a factor
FREE = ("x", "y", "hue", "arrangement", "ground_hue_cos", "ground_hue_sin")
BATCH_SIZE = 60


class Tracks:
    """The first tracks of a split of the corpus of seed 0, with their vectors and facts."""

    def __init__(self, split: str, count: int) -> None:
        self.tracks: list[Track] = [track(0, split, index) for index in range(count)]
        parts = [first_halves(self.tracks[at : at + 500]) for at in range(0, count, 500)]
        halves = np.concatenate(parts)
        self.facts = audio_facts(halves)
        each = zip(self.tracks, halves, self.facts, strict=True)
        self.vectors = np.stack([vector(*one) for one in each])
        self.genres = np.array([GENRES.index(one.genre) for one in self.tracks])

    def covers(self, size: int, redraw: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Covers in [-1, 1] (N, S, S, 3) and what they show (N, facts + free + genres)."""
        pairs = zip(self.tracks, self.facts, strict=True)
        drawn = [draw(one, facts, size, redraw) for one, facts in pairs]
        pixels = np.stack([pixels for pixels, _ in drawn])
        free = np.stack([_free(factors) for _, factors in drawn])
        genres = GENRE_SCALE * np.eye(len(GENRES))[self.genres]
        shown = np.concatenate([self.facts, free, genres], axis=1)
        return pixels.astype(np.float32) / 127.5 - 1.0, shown


def _free(factors: FreeFactors) -> np.ndarray:
    angle = np.deg2rad(factors.ground_hue)
    return np.array(
        [*(factors.x, factors.y, factors.hue, factors.arrangement), np.cos(angle), np.sin(angle)]
    )


def generate(model: Any, vectors: np.ndarray, seed: int) -> np.ndarray:
    """A cover for each vector, from a noise of its own, (N, S, S, 3)."""
    z = np.random.default_rng(seed).standard_normal((len(vectors), model.latent_dim), np.float32)
    parts = [
        np.asarray(model.generate(z[at : at + BATCH_SIZE], vectors[at : at + BATCH_SIZE]))
        for at in range(0, len(vectors), BATCH_SIZE)
    ]
    return np.concatenate(parts)


class Reader:
    """Reads facts, free factors and the genre from covers of one size, and compares them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.test = Tracks("test", TEST_TRACKS)
        self.regressor = FactorRegressor().fit(*Tracks("train", TRAIN_COVERS).covers(size))
        self.real, self.shown = self.test.covers(size)
        anew = [
            self.test.covers(size, redraw)[0][:SPREAD_TRACKS] for redraw in range(1, NOISES + 1)
        ]
        self.real_spread = self._spread(anew)
        self.real_energy = [grid_energy(self.real, period).energy for period in PERIODS]
        self.real_sharpness = sharpness(self.real)

    def figures(self, covers: np.ndarray, anew: Sequence[np.ndarray]) -> dict[str, Any]:
        """Figures of one cover per test track, and of covers for the first tracks from noises."""
        read = self.regressor.predict(covers)
        facts, factors = len(FACTS), len(FACTS) + len(FREE)
        found = rank_correlation(read[:, :factors], self.shown[:, :factors])
        spread = self._spread(anew) / self.real_spread
        grids = [grid_energy(covers, period) for period in PERIODS]
        return {
            "genre": round(float((read[:, factors:].argmax(1) == self.test.genres).mean()), 3),
            "rank_correlation": _named(FACTS, found[:facts]),
            "spread_ratio": _named(FREE, spread),
            "grid_shared": _named(map(str, PERIODS), [grid.shared for grid in grids]),
            "grid_energy_ratio": _named(
                map(str, PERIODS),
                [grid.energy / real for grid, real in zip(grids, self.real_energy, strict=True)],
            ),
            "sharpness_ratio": round(sharpness(covers) / self.real_sharpness, 3),
        }

    def of_real(self) -> dict[str, Any]:
        """The same figures of the corpus's own covers."""
        anew = [self.test.covers(self.size, 100 + number)[0] for number in range(NOISES)]
        return self.figures(self.real, [covers[:SPREAD_TRACKS] for covers in anew])

    def of_model(self, model: Any) -> dict[str, Any]:
        """The figures of a model's covers."""
        vectors = self.test.vectors
        anew = [generate(model, vectors[:SPREAD_TRACKS], 10 + seed) for seed in range(NOISES)]
        return self.figures(generate(model, vectors, 1), anew)

    def _spread(self, anew: Sequence[np.ndarray]) -> np.ndarray:
        """Spread of the free factors over covers of the same tracks, (free,)."""
        read = np.stack([self.regressor.predict(covers) for covers in anew], axis=1)
        return spreads(read)[len(FACTS) : len(FACTS) + len(FREE)]


def _named(names: Any, values: Any) -> dict[str, float]:
    pairs = zip(names, values, strict=True)
    return {name: float(f"{value:.3g}") for name, value in pairs}


@click.command(cls=Command)
@click.argument("runs", nargs=-1, required=True)
def main(runs: Sequence[str]) -> None:
    """Read facts and free factors from the covers of RUNS."""
    report: dict[str, Any] = {}
    readers: dict[int, Reader] = {}
    for run in runs:
        model = coverzoo.load(run)
        size = model.image_size
        if size not in readers:
            readers[size] = Reader(size)
            report[f"real covers, {size} px"] = readers[size].of_real()
        report[run] = readers[size].of_model(model)
        click.echo(f"{run}: genre {report[run]['genre']}", err=True)
    click.echo(json.dumps(report, indent=2))


if __name__ == "__main__":
    backend.start()
    main()
