"""The folder layout: the samples of a split, each one checked, and the rejected files.

Nothing here imports TensorFlow.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from coverzoo.corpus.covers import Cover, Decoder, check_cover, strict_decoding
from coverzoo.corpus.folders import SPLITS, Candidate, find_candidates
from coverzoo.corpus.names import group_of
from coverzoo.corpus.vectors import AUDIO_WIDTH, HALF, check_vector
from coverzoo.errors import UserError

__all__ = [
    "AUDIO_WIDTH",
    "HALF",
    "SPLITS",
    "Listing",
    "Rejected",
    "Sample",
    "fingerprint",
    "read_images",
    "read_split",
]

Progress = Callable[[int, int], None]

_SAMPLES_PER_TASK = 64  # with fewer, scheduling would take longer than the checks


@dataclass(frozen=True, slots=True)
class Sample:
    """A cover, and its audio vector if the split was read with audio.

    Attributes:
        name: NAME, the file's name without its suffix.
        genre: Name of the genre folder; None in a flat folder of images.
        image: File of the cover.
        audio: File of the vector, or None.
        audio_dtype: NumPy type string of the vector's numbers (`<f4`, `>f8`, …), or None.
        audio_offset: Byte at which the numbers start, or None.
        group: Number within int64 that is equal for samples of one artist.
        decoder: Decoder that reads the cover exactly: `jpeg`, `png` or `pillow`.
        size: Width and height of the cover in pixels.
        file_sizes: Sizes of the cover and of the vector (0 without one) in bytes.
    """

    name: str
    genre: str | None
    image: Path
    audio: Path | None
    audio_dtype: str | None
    audio_offset: int | None
    group: int
    decoder: Decoder
    size: tuple[int, int]
    file_sizes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that is not used.

    Attributes:
        path: Path relative to the root, with forward slashes.
        reason: Reason why it is not used.
    """

    path: str
    reason: str

    def __str__(self) -> str:
        """Return `path: reason`."""
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Listing:
    """The checked content of a split.

    Attributes:
        split: Name of the split.
        samples: Samples, sorted by genre and name.
        rejected: Rejected files, sorted by path.
    """

    split: str
    samples: tuple[Sample, ...]
    rejected: tuple[Rejected, ...]

    @property
    def genres(self) -> tuple[str, ...]:
        """Names of the samples' genres, sorted."""
        return tuple(sorted({s.genre for s in self.samples if s.genre is not None}))

    @property
    def notice(self) -> str | None:
        """Count and first of the rejected files in one line, or None."""
        if not self.rejected:
            return None
        return f"{self.split}: {len(self.rejected)} rejected, the first {self.rejected[0]}"


def read_split(root: Path, split: str, *, audio: bool, progress: Progress | None = None) -> Listing:
    """Find, check and list the samples of a split.

    With audio they are the pairs of ROOT/audio-cover_dataset. Without audio they are the covers
    of ROOT/cover_dataset if it exists, else the covers of the pairs (with or without a vector),
    else the images of ROOT itself, which are divided 80:10:10 by a hash of the artist or name.
    Every file is decoded completely; one that fails is rejected with the reason.

    Args:
        root: Folder of the data, as for `--data`.
        split: Name of the split: `train`, `val` or `test`.
        audio: Whether each cover needs its audio vector.
        progress: Function that is called in this thread with the number of checked files and the
            number of all files.

    Raises:
        UserError: If the folder, the layout or the split is missing, or no sample is usable.
        ValueError: If `split` is another name.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}. Received: {split!r}")
    found = find_candidates(Path(root), split, audio=audio)
    checked = list(_checked(found.candidates, Path(root), progress))
    samples = tuple(outcome.sample for outcome in checked if outcome.sample is not None)
    unused = [Rejected(path, reason) for path, reason in found.rejected]
    unused += [file for outcome in checked for file in outcome.rejected]
    rejected = tuple(sorted(unused, key=lambda file: file.path))
    if not samples:
        if not rejected:
            raise UserError(f"{found.folder}: the split holds no covers; {found.remedy}")
        raise UserError(
            f"{found.folder}: all {len(rejected)} files of the split were rejected, "
            f"the first {rejected[0]}; {found.remedy}"
        )
    return Listing(split, samples, rejected)


def read_images(paths: Sequence[Path]) -> tuple[Sample, ...]:
    """Return samples of image files in their given order, without genre or audio.

    Args:
        paths: Image files.

    Raises:
        UserError: If a file cannot be read or is not an image; the message names the file and the
            reason.
    """
    samples = []
    with strict_decoding():
        for path in paths:
            checked = _check(Candidate(path.stem, None, path), path.parent)
            if checked.sample is None:
                raise UserError(f"{path}: {checked.rejected[0].reason}")
            samples.append(checked.sample)
    return tuple(samples)


def fingerprint(listings: Iterable[Listing]) -> str:
    """Return a hash of the splits, genres, names and file sizes, 32 hexadecimal digits.

    It does not depend on the folder of the data or on the time stamps of the files.

    Args:
        listings: Listings of the splits, in any order.
    """
    digest = blake2b(digest_size=16)
    for listing in sorted(listings, key=lambda listing: listing.split):
        for sample in listing.samples:
            identity = (listing.split, sample.genre, sample.name, sample.file_sizes)
            digest.update(repr(identity).encode() + b"\n")
    return digest.hexdigest()


class _Checked(NamedTuple):
    """Outcome for a candidate: a sample, or its rejected files."""

    sample: Sample | None
    rejected: list[Rejected]


def _checked(
    candidates: list[Candidate], root: Path, progress: Progress | None
) -> Iterator[_Checked]:
    """Yield outcomes in the order of the candidates, checked by threads."""
    chunks = [
        candidates[start : start + _SAMPLES_PER_TASK]
        for start in range(0, len(candidates), _SAMPLES_PER_TASK)
    ]
    done = 0
    # Threads hide the latency of a slow disk. Decoding itself gains little from them and is slower
    # with more threads than cores.
    with strict_decoding(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        try:
            for outcomes in pool.map(lambda chunk: [_check(c, root) for c in chunk], chunks):
                yield from outcomes
                done += len(outcomes)
                if progress is not None:
                    progress(done, len(candidates))
        except BaseException:  # such as Ctrl-C: do not check the remaining files
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _check(candidate: Candidate, root: Path) -> _Checked:
    """Check the files of a candidate."""
    rejected: list[Rejected] = []

    def attempt(check: Callable[[Path], tuple], path: Path) -> tuple | None:
        try:
            return (*check(path), path.stat().st_size)
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
        except ValueError as error:
            reason = str(error)
        rejected.append(Rejected(path.relative_to(root).as_posix(), reason))
        return None

    cover = attempt(check_cover, candidate.image)
    vector = attempt(check_vector, candidate.audio) if candidate.audio else (None, None, 0)
    if cover is None or vector is None:
        return _Checked(None, rejected)
    decoder, width, height = Cover(*cover[:3])
    sample = Sample(
        name=candidate.name,
        genre=candidate.genre,
        image=candidate.image,
        audio=candidate.audio,
        audio_dtype=vector[0],
        audio_offset=vector[1],
        group=group_of(candidate.name),
        decoder=decoder,
        size=(width, height),
        file_sizes=(cover[3], vector[2]),
    )
    return _Checked(sample, rejected)
