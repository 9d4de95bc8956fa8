"""The ten genres of the statistical model of audio, and the visual grammar of their covers."""

from typing import NamedTuple


class Genre(NamedTuple):
    """One genre.

    Attributes:
        name: Name of the genre, as in `audio_model`, and of its folder.
        composition: Name of a function of `compositions`.
        palette: Key of `palettes.PALETTES`; genres share palettes, so that colour alone does not
            identify a genre.
    """

    name: str
    composition: str
    palette: str


GENRES: tuple[Genre, ...] = (
    Genre("blues", "waves", "harbour"),
    Genre("classical", "frames", "orchard"),
    Genre("country", "horizon", "ember"),
    Genre("disco", "dots", "orchard"),
    Genre("hiphop", "stripes", "ember"),
    Genre("jazz", "bars", "harbour"),
    Genre("metal", "spikes", "ember"),
    Genre("pop", "flower", "orchard"),
    Genre("reggae", "rings", "orchard"),
    Genre("rock", "mountains", "harbour"),
)
