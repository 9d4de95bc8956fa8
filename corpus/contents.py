"""A fingerprint of what the files of a data set contain."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

from coverzoo.corpus.layout import Listing, Sample


def contents(listings: Iterable[Listing], progress: Callable[[int], None] | None = None) -> str:
    """Hash splits, genres, names and the bytes of all covers and vectors, 32 hexadecimal digits.

    It does not depend on the folder of the data or on the time stamps of the files.

    Args:
        listings: Listings of the splits, in any order.
        progress: Called with the number of samples read since its last call.
    """
    digest = blake2b(digest_size=16)
    with ThreadPoolExecutor() as pool:
        for listing in sorted(listings, key=lambda listing: listing.split):
            found = pool.map(_of_files, listing.samples)
            for sample, of_files in zip(listing.samples, found, strict=True):
                identity = (listing.split, sample.genre, sample.name, of_files)
                digest.update(repr(identity).encode() + b"\n")
                if progress is not None:
                    progress(1)
    return digest.hexdigest()


def _of_files(sample: Sample) -> str:
    digest = blake2b(digest_size=16)
    for file in (sample.image, sample.audio):
        if file is not None:
            content = file.read_bytes()
            digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()
