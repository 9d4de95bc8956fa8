"""The twelve genres: their audio and the visual grammar of their covers."""

from typing import NamedTuple


class Genre(NamedTuple):
    """One genre.

    Attributes:
        name: Name of the genre and of its folder.
        tempo: Typical tempo in beats per minute.
        energy: Typical energy, 0 to 1.
        brightness: Typical brightness, 0 to 1.
        major: Share of tracks in a major key.
        palette: Key of `palettes.PALETTES`; three genres share each palette, so that colour alone
            does not identify a genre.
        composition: Name of a function of `compositions`.
        roles: Colours of the palette for figure, accent and shade.
        texture: Name of a function of `textures`.
    """

    name: str
    tempo: float
    energy: float
    brightness: float
    major: float
    palette: str
    composition: str
    roles: tuple[str, str, str]
    texture: str


GENRES: tuple[Genre, ...] = (
    Genre("ambient", 96, 0.42, 0.50, 0.54, "dusk", "blobs", ("vivid", "warm", "deep"), "glow"),
    Genre("blues", 104, 0.47, 0.47, 0.46, "sea", "waves", ("deep", "vivid", "warm"), "paper"),
    Genre("classical", 108, 0.44, 0.53, 0.54, "sea", "frames", ("vivid", "deep", "warm"), "wash"),
    Genre("country", 118, 0.55, 0.55, 0.55, "ember", "horizon", ("warm", "vivid", "deep"), "wash"),
    Genre("electronic", 130, 0.62, 0.50, 0.47, "garden", "dots", ("vivid", "warm", "deep"), "glow"),
    Genre("folk", 106, 0.48, 0.52, 0.53, "ember", "mountains", ("vivid", "deep", "warm"), "paper"),
    Genre("hip-hop", 112, 0.56, 0.48, 0.46, "dusk", "diagonals", ("vivid", "deep", "warm"), "wash"),
    Genre("jazz", 122, 0.50, 0.49, 0.48, "sea", "bars", ("vivid", "warm", "deep"), "paper"),
    Genre("metal", 136, 0.62, 0.46, 0.44, "ember", "rays", ("vivid", "warm", "deep"), "glow"),
    Genre("pop", 124, 0.60, 0.56, 0.56, "garden", "flower", ("vivid", "warm", "deep"), "wash"),
    Genre("punk", 142, 0.66, 0.50, 0.50, "garden", "tiles", ("deep", "vivid", "warm"), "paper"),
    Genre("soul", 110, 0.50, 0.50, 0.50, "dusk", "rings", ("vivid", "warm", "deep"), "glow"),
)
