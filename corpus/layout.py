"""The folder layout: which samples a split holds, each one checked, and which are left out.

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

_CHUNK = 64  # samples a thread checks before it reports: fewer would cost more than the checks


@dataclass(frozen=True, slots=True)
class Sample:
    """A cover, with its audio vector where the split was read with audio.

    Attributes:
        name: NAME, the file's name without its suffix.
        genre: The folder it lies in; None in a flat folder of images.
        image: The cover's file.
        audio: The vector's file, or None.
        audio_dtype: NumPy type string of the vector's numbers (`<f4`, `>f8`, …).
        audio_offset: Byte at which the numbers start.
        group: Equal for samples of one artist, within int64.
        decoder: Which decoder reads the cover exactly: `jpeg`, `png` or `pillow`.
        size: Width and height of the cover in pixels.
        file_sizes: Bytes of the cover and of the vector (0 without one).
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
    """A file that was left out: its path below the root, with forward slashes, and why."""

    path: str
    reason: str

    def __str__(self) -> str:
        """`path: reason`."""
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Listing:
    """A split: its samples, sorted by genre and name, and what was rejected, sorted by path."""

    split: str
    samples: tuple[Sample, ...]
    rejected: tuple[Rejected, ...]

    @property
    def genres(self) -> tuple[str, ...]:
        """Names of the genres that the samples have, sorted."""
        return tuple(sorted({s.genre for s in self.samples if s.genre is not None}))

    @property
    def notice(self) -> str | None:
        """One line on what was rejected, or None."""
        if not self.rejected:
            return None
        return f"{self.split}: {len(self.rejected)} rejected, the first {self.rejected[0]}"


def read_split(root: Path, split: str, *, audio: bool, progress: Progress | None = None) -> Listing:
    """Find, check and list the samples of a split.

    With audio they are the pairs of ROOT/audio-cover_dataset. Without, they are the covers of
    ROOT/cover_dataset where there is one, else the covers of the pairs (with or without a
    vector), else the images of ROOT itself, which are divided 80:10:10 by a hash of the artist or
    name. Every file is decoded whole; one that fails is left out and named with the reason.

    Args:
        root: The folder `--data` names.
        split: `train`, `val` or `test`.
        audio: Whether each cover comes with its audio vector.
        progress: Called in this thread with the number of files checked and of all.

    Raises:
        UserError: The folder, the layout or the split is missing, or no sample is usable.
        ValueError: There is no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}. Received: {split!r}")
    found = find_candidates(Path(root), split, audio=audio)
    checked = list(_checked(found.candidates, Path(root), progress))
    samples = tuple(c.sample for c in checked if c.sample is not None)
    faults = [Rejected(path, reason) for path, reason in found.rejected]
    faults += [fault for c in checked for fault in c.rejected]
    rejected = tuple(sorted(faults, key=lambda fault: fault.path))
    if not samples:
        if not rejected:
            raise UserError(f"{found.folder}: the split holds no covers; {found.remedy}")
        raise UserError(
            f"{found.folder}: all {len(rejected)} files of the split were rejected, "
            f"the first {rejected[0]}; {found.remedy}"
        )
    return Listing(split, samples, rejected)


def read_images(paths: Sequence[Path]) -> tuple[Sample, ...]:
    """Samples of loose image files, in the order given, without genre or audio.

    Raises:
        UserError: A file cannot be read or is no image; the line names it and the reason.
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
    """A hash of what the data is: splits, genres, names and file sizes.

    It is the same wherever the data lies and whenever it was copied there.
    """
    digest = blake2b(digest_size=16)
    for listing in sorted(listings, key=lambda listing: listing.split):
        for sample in listing.samples:
            facts = (listing.split, sample.genre, sample.name, sample.file_sizes)
            digest.update(repr(facts).encode() + b"\n")
    return digest.hexdigest()


class _Checked(NamedTuple):
    """Outcome for a candidate: a sample, or the faults that stand against it."""

    sample: Sample | None
    rejected: list[Rejected]


def _checked(
    candidates: list[Candidate], root: Path, progress: Progress | None
) -> Iterator[_Checked]:
    """Outcomes in the order of the candidates, worked out by threads."""
    chunks = [candidates[i : i + _CHUNK] for i in range(0, len(candidates), _CHUNK)]
    done = 0
    # The threads wait for a slow disk in parallel. Decoding itself gains little from them, and
    # loses to more of them than there are cores.
    with strict_decoding(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        try:
            for outcomes in pool.map(lambda chunk: [_check(c, root) for c in chunk], chunks):
                yield from outcomes
                done += len(outcomes)
                if progress is not None:
                    progress(done, len(candidates))
        except BaseException:  # such as Ctrl-C: do not check the rest first
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _check(candidate: Candidate, root: Path) -> _Checked:
    """Decode the files of a candidate."""
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
