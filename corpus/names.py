"""NAME, the part of a sample's file name that identifies its album and artist."""

import re
from hashlib import blake2b

_MBID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ARTIST = re.compile(rf"(?:^|__){_MBID}-\d+__({_MBID})$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:\.(?:jpe?g|png|npy)(?:__\d+)?)+$", re.IGNORECASE)


def bare_name(name: str) -> str:
    """Return NAME without file suffix and without the `.jpg__N` of some covers-only files."""
    return _SUFFIX.sub("", name)


def artist_of(name: str) -> str | None:
    """Return the artist's MusicBrainz id in lower case, or None if NAME has none.

    NAME has one in the forms `MBID-N__ARTISTMBID` and `MSDID__MBID-N__ARTISTMBID`.
    """
    found = _ARTIST.search(bare_name(name))
    return found[1].lower() if found else None


def group_of(name: str) -> int:
    """Return a number in int64 that is equal for samples of one artist.

    It is a hash of the artist's MusicBrainz id if NAME has one, else of NAME itself, so that a
    sample of an unknown artist is a separate group, with its `.jpg__N` copies.
    """
    key = artist_of(name) or bare_name(name)
    digest = blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
