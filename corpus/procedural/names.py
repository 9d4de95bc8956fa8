"""File names in the three forms of the real corpus."""

import string

import numpy as np


def mbid(rng: np.random.Generator) -> str:
    """Return a MusicBrainz id: a random UUID of version 4."""
    octets = bytearray(rng.bytes(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    digits = octets.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def msdid(rng: np.random.Generator) -> str:
    """Return a Million Song Dataset track id: `TR`, five letters, `12`, nine hexadecimal digits."""
    letters = "".join(rng.choice(list(string.ascii_uppercase), size=5))
    return f"TR{letters}12{rng.bytes(5).hex().upper()[:9]}"


def name(rng: np.random.Generator, source: str, artist: str) -> str:
    """Return NAME of a track.

    Args:
        rng: Generator of the track's name.
        source: Sources that know the track: `musicbrainz`, `msd` or `both`.
        artist: MusicBrainz id of the artist.
    """
    million = msdid(rng)
    # The number is that of the document of a recording; most recordings have one.
    brainz = f"{mbid(rng)}-{int(rng.choice(3, p=[0.8, 0.15, 0.05]))}__{artist}"
    return {"musicbrainz": brainz, "msd": million, "both": f"{million}__{brainz}"}[source]
