"""File names in the three forms the real corpus has."""

import string

import numpy as np


def mbid(draw: np.random.Generator) -> str:
    """A MusicBrainz id: a random UUID of version 4."""
    octets = bytearray(draw.bytes(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    digits = octets.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def msdid(draw: np.random.Generator) -> str:
    """A Million Song Dataset track id: `TR`, five letters, `12`, nine hexadecimal digits."""
    letters = "".join(draw.choice(list(string.ascii_uppercase), size=5))
    return f"TR{letters}12{draw.bytes(5).hex().upper()[:9]}"


def name(draw: np.random.Generator, source: str, artist: str) -> str:
    """NAME of a track known to `musicbrainz`, `msd` or `both`, by an artist's MusicBrainz id."""
    million = msdid(draw)
    # The middle number counts the documents submitted for one recording: mostly there is one.
    brainz = f"{mbid(draw)}-{int(draw.choice(3, p=[0.8, 0.15, 0.05]))}__{artist}"
    return {"musicbrainz": brainz, "msd": million, "both": f"{million}__{brainz}"}[source]
