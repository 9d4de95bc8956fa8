"""The hidden facts of a track, drawn from (seed, split, index) alone."""

import bisect
import itertools
from dataclasses import dataclass

import numpy as np

from coverzoo.corpus.procedural import names
from coverzoo.corpus.procedural.genres import GENRES, Genre

SPLITS = ("train", "val", "test")
SOURCES = {"musicbrainz": 0.25, "msd": 0.20, "both": 0.55}
MODES = ("minor", "major")
TEMPI = (60.0, 180.0)

# Tracks an artist, over and over: the artist of an index follows without drawing its neighbours.
DISCOGRAPHIES = (3, 5, 2, 4, 6)
_ENDS = tuple(itertools.accumulate(DISCOGRAPHIES))

# One stream of random numbers a purpose: a change to covers leaves the audio as it was.
ARTIST, FACTS, NAME, AUDIO, COVER = range(5)


@dataclass(frozen=True)
class Artist:
    """Who made a track, and the habits its tracks share.

    Args:
        mbid: MusicBrainz id.
        tempo: Beats per minute above the genre's.
        energy: Energy above the genre's.
        brightness: Brightness above the genre's.
        hue: Turn of the palette's hues, in degrees.
        lean: Where its compositions sit, (x, y) in [-1, 1].
        timbre: What its sound adds to any genre, standard normal, shape (12,).
    """

    mbid: str
    tempo: float
    energy: float
    brightness: float
    hue: float
    lean: tuple[float, float]
    timbre: np.ndarray


@dataclass(frozen=True)
class Track:
    """One sample: where it lies and the facts its cover and audio are drawn from.

    Args:
        seed: Of the corpus.
        split: `train`, `val` or `test`.
        index: Within the split.
        name: NAME of its files, without the suffix.
        genre: Row of `GENRES`.
        artist: Shared by the artist's tracks.
        source: Which halves of the audio are known: `musicbrainz`, `msd` or `both`.
        tempo: Beats per minute, 60 to 180.
        energy: 0 to 1.
        brightness: 0 to 1.
        mode: `minor` or `major`.
    """

    seed: int
    split: str
    index: int
    name: str
    genre: Genre
    artist: Artist
    source: str
    tempo: float
    energy: float
    brightness: float
    mode: str

    def draws(self, stream: int) -> np.random.Generator:
        """The track's own random numbers for one purpose."""
        return generator(self.seed, self.split, stream, self.index)


def generator(seed: int, split: str, *key: int) -> np.random.Generator:
    """Random numbers that depend on nothing but the seed, the split and the key."""
    sequence = np.random.SeedSequence(seed, spawn_key=(SPLITS.index(split), *key))
    return np.random.Generator(np.random.Philox(sequence))


def track(seed: int, split: str, index: int) -> Track:
    """The track at an index of a split; genres take turns, so any run of indices is balanced."""
    row = index % len(GENRES)
    genre = GENRES[row]
    artist = _artist(seed, split, row, _artist_number(index // len(GENRES)))
    draw = generator(seed, split, FACTS, index)
    source = str(draw.choice(list(SOURCES), p=list(SOURCES.values())))
    tempo, energy, brightness = draw.normal(size=3)
    return Track(
        seed=seed,
        split=split,
        index=index,
        name=names.name(generator(seed, split, NAME, index), source, artist.mbid),
        genre=genre,
        artist=artist,
        source=source,
        tempo=float(np.clip(genre.tempo + artist.tempo + 20.0 * tempo, *TEMPI)),
        energy=float(np.clip(genre.energy + artist.energy + 0.16 * energy, 0.0, 1.0)),
        brightness=float(np.clip(genre.brightness + artist.brightness + 0.16 * brightness, 0, 1)),
        mode=MODES[int(draw.random() < genre.major)],
    )


def _artist_number(position: int) -> int:
    rounds, rest = divmod(position, _ENDS[-1])
    return rounds * len(DISCOGRAPHIES) + bisect.bisect_right(_ENDS, rest)


def _artist(seed: int, split: str, genre: int, number: int) -> Artist:
    draw = generator(seed, split, ARTIST, genre, number)
    mbid = names.mbid(draw)
    tempo, energy, brightness, hue = draw.normal(size=4)
    lean = draw.uniform(-1.0, 1.0, size=2)
    return Artist(
        mbid=mbid,
        tempo=float(12.0 * tempo),
        energy=float(0.10 * energy),
        brightness=float(0.10 * brightness),
        hue=float(np.clip(7.0 * hue, -18.0, 18.0)),
        lean=(float(lean[0]), float(lean[1])),
        timbre=draw.normal(size=len(GENRES)),
    )
