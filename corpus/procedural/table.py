"""The table of facts beside the pairs, facts.csv: a row per track."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from coverzoo.corpus.audio_facts import FACTS
from coverzoo.corpus.procedural.covers import FreeFactors
from coverzoo.corpus.procedural.tracks import Track

FACTS_FILE = "facts.csv"
COLUMNS = (
    *("name", "split", "genre", "artist", "source", "seconds"),
    *FACTS,
    *FreeFactors._fields,
)

Row = tuple[str, ...]


def row(track: Track, facts: np.ndarray, free: FreeFactors) -> Row:
    """Return the row of a track, in the order of `COLUMNS`.

    Args:
        track: Track.
        facts: Its facts, (5,).
        free: Free factors of its cover.
    """
    return (
        *(track.name, track.split, track.genre.name, track.artist.mbid, track.source),
        f"{track.seconds:.2f}",
        *(f"{fact:.4f}" for fact in facts),
        *(f"{factor:.4f}" for factor in free[:-1]),
        str(free.arrangement),
    )


def read_table(root: Path, split: str) -> Mapping[str, Mapping[str, str]]:
    """Return the rows of a split by NAME, each a mapping from column to text.

    Args:
        root: Folder of a corpus that `synthesize` wrote.
        split: Name of the split.
    """
    with open(root / FACTS_FILE, encoding="utf-8", newline="") as file:
        return {line["name"]: line for line in csv.DictReader(file) if line["split"] == split}


def numbers(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> np.ndarray:
    """Return columns of rows as numbers, float64 (N, columns)."""
    return np.array([[float(line[column]) for column in columns] for line in rows])
