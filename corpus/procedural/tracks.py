"""Tracks and artists, which depend on (seed, split, index) alone."""

import bisect
import itertools
from dataclasses import dataclass

import numpy as np

from coverzoo.corpus.audio_model import load
from coverzoo.corpus.procedural import names
from coverzoo.corpus.procedural.genres import GENRES, Genre

SPLITS = ("train", "val", "test")
SOURCE_SHARES = {"musicbrainz": 0.40, "msd": 0.15, "both": 0.45}
EXCERPT_SECONDS = (8.0, 60.0)  # half of the tracks are excerpts, of evenly drawn logarithm
WHOLE_SECONDS, WHOLE_SPREAD = 220.0, 0.35  # the others are whole: median, deviation of logarithm
HABIT = 0.3  # share of an artist in the variance of the audio model's factors

# Numbers of tracks per artist, repeated: the artist of an index follows without other tracks.
TRACKS_PER_ARTIST = (3, 5, 2, 4, 6)
_CUMULATIVE_TRACKS = tuple(itertools.accumulate(TRACKS_PER_ARTIST))

# One stream of random numbers per purpose, so that a change to covers does not change the audio.
ARTIST, TRACK, NAME, AUDIO, COVER = range(5)


@dataclass(frozen=True)
class Artist:
    """An artist and what its tracks share.

    Attributes:
        mbid: MusicBrainz id.
        habit: Where its covers stand (x, y) and how their hues are turned, each in [-1, 1].
        timbre: Factors of the audio model that its tracks share, (K,), standard normal.
    """

    mbid: str
    habit: tuple[float, float, float]
    timbre: np.ndarray


@dataclass(frozen=True)
class Track:
    """One sample: its place in the corpus, and what determines its audio.

    Attributes:
        seed: Seed of the corpus.
        split: Name of the split: `train`, `val` or `test`.
        index: Index within the split.
        name: NAME of its files, without the suffix.
        genre: Genre, an element of `GENRES`.
        artist: Artist of the track.
        source: Known halves of the audio: `musicbrainz`, `msd` or `both`.
        seconds: Length of the recording in seconds, of an excerpt or a whole track.
    """

    seed: int
    split: str
    index: int
    name: str
    genre: Genre
    artist: Artist
    source: str
    seconds: float

    def rng(self, stream: int, *key: int) -> np.random.Generator:
        """Return a generator of the track's random numbers for one purpose.

        Args:
            stream: Purpose: `NAME`, `AUDIO` or `COVER`.
            *key: Further numbers that it depends on.
        """
        return generator(self.seed, self.split, stream, self.index, *key)


def generator(seed: int, split: str, *key: int) -> np.random.Generator:
    """Return a generator of random numbers that depend on seed, split and key alone."""
    sequence = np.random.SeedSequence(seed, spawn_key=(SPLITS.index(split), *key))
    return np.random.Generator(np.random.Philox(sequence))


def track(seed: int, split: str, index: int) -> Track:
    """Return the track at an index of a split; consecutive indices have consecutive genres.

    Args:
        seed: Seed of the corpus.
        split: Name of the split.
        index: Index within the split, 0 or more.
    """
    row = index % len(GENRES)
    artist = _artist(seed, split, row, _artist_number(index // len(GENRES)))
    rng = generator(seed, split, TRACK, index)
    source = str(rng.choice(list(SOURCE_SHARES), p=list(SOURCE_SHARES.values())))
    if rng.random() < 0.5:
        seconds = np.exp(rng.uniform(*np.log(EXCERPT_SECONDS)))
    else:
        seconds = WHOLE_SECONDS * np.exp(WHOLE_SPREAD * rng.standard_normal())
    return Track(
        seed=seed,
        split=split,
        index=index,
        name=names.name(generator(seed, split, NAME, index), source, artist.mbid),
        genre=GENRES[row],
        artist=artist,
        source=source,
        seconds=float(seconds),
    )


def _artist_number(position: int) -> int:
    """Return the number of the artist of a genre's track at a position."""
    cycles, rest = divmod(position, _CUMULATIVE_TRACKS[-1])
    return cycles * len(TRACKS_PER_ARTIST) + bisect.bisect_right(_CUMULATIVE_TRACKS, rest)


def _artist(seed: int, split: str, genre: int, number: int) -> Artist:
    rng = generator(seed, split, ARTIST, genre, number)
    mbid = names.mbid(rng)
    x, y, hue = rng.uniform(-1.0, 1.0, size=3)
    timbre = rng.standard_normal(load().factors)
    return Artist(mbid, (float(x), float(y), float(hue)), timbre)
