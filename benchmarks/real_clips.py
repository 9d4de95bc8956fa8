"""Covers for real music by runs trained on the built-in corpus, beside covers for its own tracks.

CLIPS and `--cache` are those of fit_audio_model.py. Of each clip the vector of the whole is used;
the corpus's test tracks are given by their first halves alone, as music is. Prints one JSON object.

    python benchmarks/real_clips.py CLIPS --cache CACHE RUN [RUN ...]

The corpus's audio is drawn from statistics of these clips. For clips that had no part in it, fit
the statistics without them (`fit_audio_model.py --leave-out PATTERN --out FILE`), put FILE in the
place of corpus/audio_model/parameters.npz in a second checkout, and there make the corpus
(`zoo-data synthesize ROOT`), train on it (`--data ROOT --preset small`) and call this program
with `--only PATTERN`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from corpus_factors import TRAIN_COVERS, Reader, Tracks, generate
from fit_audio_model import measured

import coverzoo
from coverzoo import backend
from coverzoo.command import Command
from coverzoo.corpus.audio_facts import FACTS, audio_facts
from coverzoo.corpus.audio_model import load
from coverzoo.corpus.procedural import GENRES
from coverzoo.corpus.procedural.audio import first_halves
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.metrics.grid import sharpness
from coverzoo.evaluation.networks.cover_factors import rank_correlation

NOISES = 8


class Vectors:
    """Tracks known by their first halves: vectors, facts, and the genre that their values name."""

    def __init__(self, halves: np.ndarray, seconds: np.ndarray, genres: np.ndarray) -> None:
        self.vectors = np.zeros((len(halves), AUDIO_WIDTH), np.float32)
        self.vectors[:, :HALF] = halves
        self.facts = audio_facts(halves)
        self.genres = genres
        self.scores = load().scores(halves, seconds)


def corpus_vectors(tracks: Tracks) -> Vectors:
    """The same of tracks of the corpus."""
    halves = first_halves(tracks.tracks)
    return Vectors(halves, np.array([one.seconds for one in tracks.tracks]), tracks.genres)


def clip_vectors(clips: Path, cache: Path, only: str) -> Vectors:
    """The same of real clips of the corpus's genres whose names match a pattern."""
    found = measured(clips, cache)
    found = found.select(found.matching(only))
    _, first = np.unique(found.recordings, return_index=True)
    names = [genre.name for genre in GENRES]
    rows = np.array([row for row in first if found.genres[row] in names])
    genres = np.array([names.index(str(name)) for name in found.genres[rows]])
    return Vectors(found.vectors[rows].astype(np.float32), found.seconds[rows], genres)


def figures(model: Any, reader: Reader, named: np.ndarray, tracks: Vectors) -> dict[str, Any]:
    """Figures of covers for tracks, means over `NOISES` noises.

    Args:
        model: Model.
        reader: Reader of covers of the model's size.
        named: Genre that a classifier of the vector names for each track, (N,).
        tracks: Tracks.
    """
    facts, genres = len(FACTS), len(GENRES)
    partner = derangement(len(named), 0)
    rows = []
    for seed in range(NOISES):
        z = np.random.default_rng(seed).standard_normal((1, model.latent_dim), np.float32)
        one_noise = np.repeat(z, len(named), axis=0)
        covers = np.asarray(model.generate(one_noise, tracks.vectors))
        other_noise = generate(model, tracks.vectors, 1000 + seed)
        read = reader.regressor.predict(other_noise)
        shown = read[:, -genres:].argmax(axis=1)
        rows.append(
            [
                np.mean(np.abs(covers - covers[partner])) / 2.0,
                np.mean(np.abs(covers - other_noise)) / 2.0,
                sharpness(other_noise),
                np.mean(shown == named),
                np.mean(shown == tracks.genres),
                *rank_correlation(read[:, :facts], tracks.facts),
            ]
        )
    names = ("by_track", "by_noise", "sharpness", "genre_of_vector", "genre", *FACTS)
    means = np.mean(rows, axis=0)
    return {name: float(f"{value:.3g}") for name, value in zip(names, means, strict=True)}


@click.command(cls=Command)
@click.argument("clips", type=click.Path(path_type=Path))
@click.argument("runs", nargs=-1, required=True)
@click.option("--cache", required=True, type=click.Path(path_type=Path), help="Folder of vectors.")
@click.option("--only", default="*", help="Pattern of clips to use, such as '*[4-7]'.")
def main(clips: Path, runs: Sequence[str], cache: Path, only: str) -> None:
    """Compare covers for CLIPS by RUNS with covers for tracks of the corpus."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = corpus_vectors(Tracks("train", TRAIN_COVERS // 2))
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
    classifier.fit(known.scores, known.genres)
    sets = {"clips": clip_vectors(clips, cache, only)}
    readers: dict[int, Reader] = {}
    report: dict[str, Any] = {}
    for run in runs:
        model = coverzoo.load(run)
        if model.image_size not in readers:
            readers[model.image_size] = Reader(model.image_size)
        reader = readers[model.image_size]
        sets.setdefault("corpus", corpus_vectors(reader.test))
        report[run] = {
            name: figures(model, reader, classifier.predict(tracks.scores), tracks)
            for name, tracks in sets.items()
        }
    report["genre of the vector is the clip's"] = float(
        np.mean(classifier.predict(sets["clips"].scores) == sets["clips"].genres)
    )
    click.echo(json.dumps(report, indent=2))


if __name__ == "__main__":
    backend.start()
    main()
