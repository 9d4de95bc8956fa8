"""NAME, the part of a sample's file name that says which album and artist it is of."""

import re
from hashlib import blake2b

_MBID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ARTIST = re.compile(rf"(?:^|__){_MBID}-\d+__({_MBID})$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:\.(?:jpe?g|png|npy)(?:__\d+)?)+$", re.IGNORECASE)


def bare_name(name: str) -> str:
    """NAME without a file suffix and without the `.jpg__N` that covers-only files can carry."""
    return _SUFFIX.sub("", name)


def artist_of(name: str) -> str | None:
    """The artist's MusicBrainz id, in lower case, or None where NAME has none.

    NAME has one in the forms `MBID-N__ARTISTMBID` and `MSDID__MBID-N__ARTISTMBID`.
    """
    found = _ARTIST.search(bare_name(name))
    return found[1].lower() if found else None


def group_of(name: str) -> int:
    """A number in int64 that is equal for samples of one artist.

    It is a hash of the artist's MusicBrainz id where NAME has one, else of NAME itself, so a
    sample of an unknown artist is a group of its own (shared with its `.jpg__N` copies).
    """
    key = artist_of(name) or bare_name(name)
    digest = blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
