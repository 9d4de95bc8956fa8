"""The data of a run: its samples, genres and rejected files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from coverzoo.corpus.contents import contents
from coverzoo.corpus.folders import MissingFolder, find_candidates
from coverzoo.corpus.layout import Listing, fingerprint, read_split
from coverzoo.corpus.procedural import synthesize
from coverzoo.corpus.procedural.write import TEST, TRAIN, VAL, VERSION
from coverzoo.corpus.vectors import load_vectors
from coverzoo.errors import UserError

PAIRS = TRAIN + VAL + TEST  # of the built-in corpus
STATISTICS_LIMIT = (
    4096  # vectors that the feature scaling is fitted on, so that memory stays bounded
)


@dataclass(frozen=True)
class Data:
    """A train split with its genre names, and the other splits that are there.

    Attributes:
        root: Data folder.
        audio: Whether samples are pairs of cover and audio features.
        listings: Splits by name; train is one of them.
        genres: Genre names of train, sorted; a genre's index is its place here.
    """

    root: Path
    audio: bool
    listings: Mapping[str, Listing]
    genres: tuple[str, ...]

    @property
    def train(self) -> Listing:
        """The train split."""
        return self.listings["train"]

    @property
    def rejected(self) -> list[str]:
        """Rejected files of all splits, each with its reason."""
        return [str(fault) for listing in self.listings.values() for fault in listing.rejected]

    def split(self, name: str) -> Listing:
        """A split; raises UserError if it does not exist."""
        return self.listings.get(name) or read_split(self.root, name, audio=self.audio)

    def vectors(self) -> Any:
        """Raw features of the train split, (N, 1160), at most `STATISTICS_LIMIT` rows."""
        return load_vectors(self.train.samples, STATISTICS_LIMIT)

    @cached_property
    def contents(self) -> str:
        """A fingerprint of the contents of all splits."""
        return contents(self.listings.values())

    def is_that_of(self, record: Mapping[str, Any]) -> bool:
        """Whether this is the data that a config.json recorded.

        That of an earlier version has the fingerprint of train's file sizes alone.
        """
        if "contents" in record:
            return bool(record["contents"] == self.contents)
        return bool(record.get("fingerprint") == fingerprint([self.train]))

    def record(self) -> dict[str, Any]:
        """What config.json records of the data."""
        return {
            "root": str(self.root),
            "fingerprint": fingerprint([self.train]),
            "contents": self.contents,
            "train_samples": len(self.train.samples),
            "genres": list(self.genres),
            "rejected": self.rejected,
        }


def open_data(root: Path, *, audio: bool, progress: Callable | None = None) -> Data:
    """Read the train split of a folder, and the others where they have files.

    Args:
        root: Data folder.
        audio: Whether samples are pairs of cover and audio features.
        progress: Callback as in `corpus.layout.read_split`; it starts at 0 with every split.

    Raises:
        UserError: If train is missing, or a split has files but no usable sample.
    """
    names = ["train", *(name for name in ("val", "test") if _has_files(root, name, audio))]
    listings = {name: read_split(root, name, audio=audio, progress=progress) for name in names}
    return Data(root, audio, listings, listings["train"].genres)


def _has_files(root: Path, split: str, audio: bool) -> bool:
    """Whether a split has any files, good or bad."""
    try:
        found = find_candidates(root, split, audio=audio)
    except MissingFolder:
        return False
    return bool(found.candidates or found.rejected)


def built_in(progress: Callable[[int], None] | None = None) -> Path:
    """The folder of the built-in corpus, generated on first use and kept in the user's cache.

    Raises:
        UserError: If the cache cannot be written.
    """
    root = user_cache_path("coverzoo") / f"procedural-{VERSION}-{PAIRS}"
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{root.parent}: the built-in corpus cannot be written there: {error.strerror}. "
            "Set XDG_CACHE_HOME, or give --data ROOT."
        ) from error
    synthesize(root, progress=progress)
    return root
