"""The latent facts of a track, which depend on (seed, split, index) alone."""

import bisect
import itertools
from dataclasses import dataclass

import numpy as np

from coverzoo.corpus.procedural import names
from coverzoo.corpus.procedural.genres import GENRES, Genre

SPLITS = ("train", "val", "test")
SOURCE_SHARES = {"musicbrainz": 0.25, "msd": 0.20, "both": 0.55}
MODES = ("minor", "major")
TEMPO_RANGE = (60.0, 180.0)

# Numbers of tracks per artist, repeated: the artist of an index follows without other tracks.
TRACKS_PER_ARTIST = (3, 5, 2, 4, 6)
_CUMULATIVE_TRACKS = tuple(itertools.accumulate(TRACKS_PER_ARTIST))

# One stream of random numbers per purpose, so that a change to covers does not change the audio.
ARTIST, FACTS, NAME, AUDIO, COVER = range(5)


@dataclass(frozen=True)
class Artist:
    """An artist and the properties that its tracks share.

    Attributes:
        mbid: MusicBrainz id.
        tempo: Difference from the genre's tempo in beats per minute.
        energy: Difference from the genre's energy.
        brightness: Difference from the genre's brightness.
        hue: Rotation of the palette's hues in degrees.
        lean: Offset of the compositions (x, y), in [-1, 1].
        timbre: Offset of the genre factors of the audio (12,), standard normal.
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
    """One sample: its place in the corpus and the facts that determine its cover and audio.

    Attributes:
        seed: Seed of the corpus.
        split: Name of the split: `train`, `val` or `test`.
        index: Index within the split.
        name: NAME of its files, without the suffix.
        genre: Genre, an element of `GENRES`.
        artist: Artist of the track.
        source: Known halves of the audio: `musicbrainz`, `msd` or `both`.
        tempo: Tempo in beats per minute, 60 to 180.
        energy: Energy, 0 to 1.
        brightness: Brightness, 0 to 1.
        mode: Mode: `minor` or `major`.
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

    def rng(self, stream: int) -> np.random.Generator:
        """Return a generator of the track's random numbers for one purpose.

        Args:
            stream: Purpose: `NAME`, `AUDIO` or `COVER`.
        """
        return generator(self.seed, self.split, stream, self.index)


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
    genre = GENRES[row]
    artist = _artist(seed, split, row, _artist_number(index // len(GENRES)))
    rng = generator(seed, split, FACTS, index)
    source = str(rng.choice(list(SOURCE_SHARES), p=list(SOURCE_SHARES.values())))
    tempo, energy, brightness = rng.normal(size=3)
    return Track(
        seed=seed,
        split=split,
        index=index,
        name=names.name(generator(seed, split, NAME, index), source, artist.mbid),
        genre=genre,
        artist=artist,
        source=source,
        tempo=float(np.clip(genre.tempo + artist.tempo + 20.0 * tempo, *TEMPO_RANGE)),
        energy=float(np.clip(genre.energy + artist.energy + 0.16 * energy, 0.0, 1.0)),
        brightness=float(np.clip(genre.brightness + artist.brightness + 0.16 * brightness, 0, 1)),
        mode=MODES[int(rng.random() < genre.major)],
    )


def _artist_number(position: int) -> int:
    """Return the number of the artist of a genre's track at a position."""
    cycles, rest = divmod(position, _CUMULATIVE_TRACKS[-1])
    return cycles * len(TRACKS_PER_ARTIST) + bisect.bisect_right(_CUMULATIVE_TRACKS, rest)


def _artist(seed: int, split: str, genre: int, number: int) -> Artist:
    rng = generator(seed, split, ARTIST, genre, number)
    mbid = names.mbid(rng)
    tempo, energy, brightness, hue = rng.normal(size=4)
    lean = rng.uniform(-1.0, 1.0, size=2)
    return Artist(
        mbid=mbid,
        tempo=float(12.0 * tempo),
        energy=float(0.10 * energy),
        brightness=float(0.10 * brightness),
        hue=float(np.clip(7.0 * hue, -18.0, 18.0)),
        lean=(float(lean[0]), float(lean[1])),
        timbre=rng.normal(size=len(GENRES)),
    )
