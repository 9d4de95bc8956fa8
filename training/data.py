"""The data of a run: its samples, genres and what was left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from coverzoo.corpus.folders import find_candidates
from coverzoo.corpus.layout import Listing, fingerprint, read_split
from coverzoo.corpus.procedural import synthesize
from coverzoo.corpus.procedural.write import TEST, TRAIN, VAL, VERSION
from coverzoo.corpus.vectors import load_vectors
from coverzoo.errors import UserError

PAIRS = TRAIN + VAL + TEST  # of the built-in corpus
STATISTICS_LIMIT = 4096  # vectors the feature scaling is fitted on: bounds memory, not accuracy


@dataclass(frozen=True)
class Data:
    """A train split with its genre names, and the other splits that are there.

    Attributes:
        root: the folder.
        audio: whether samples are pairs.
        listings: the splits; train is one of them.
        genres: train's genre names, sorted; a genre's index is its place here.
    """

    root: Path
    audio: bool
    listings: Mapping[str, Listing]
    genres: tuple[str, ...]

    @property
    def train(self) -> Listing:
        """The split to learn from."""
        return self.listings["train"]

    @property
    def rejected(self) -> list[str]:
        """What was left out of any split, each with its reason."""
        return [str(fault) for listing in self.listings.values() for fault in listing.rejected]

    def split(self, name: str) -> Listing:
        """A split; raises UserError, which says what is missing, where it is not there."""
        return self.listings.get(name) or read_split(self.root, name, audio=self.audio)

    def vectors(self) -> Any:
        """Raw vectors of the train split, (N, 1160), at most `STATISTICS_LIMIT` of them."""
        return load_vectors(self.train.samples, STATISTICS_LIMIT)

    def record(self) -> dict[str, Any]:
        """What config.json keeps of the data."""
        return {
            "root": str(self.root),
            "fingerprint": fingerprint([self.train]),
            "train_samples": len(self.train.samples),
            "genres": list(self.genres),
            "rejected": self.rejected,
        }


def open_data(root: Path, *, audio: bool, progress: Callable | None = None) -> Data:
    """Read the train split of a folder, and the others where there are files for them.

    Args:
        root: the folder.
        audio: whether samples are pairs.
        progress: see `coverzoo.corpus.layout.read_split`; it starts anew with every split.

    Raises:
        UserError: if train is missing, or no sample of a split that is there can be used.
    """
    names = ["train", *(name for name in ("val", "test") if _is_there(root, name, audio))]
    listings = {name: read_split(root, name, audio=audio, progress=progress) for name in names}
    return Data(root, audio, listings, listings["train"].genres)


def _is_there(root: Path, split: str, audio: bool) -> bool:
    """Whether a split has any files, good or bad."""
    try:
        found = find_candidates(root, split, audio=audio)
    except UserError:
        return False
    return bool(found.candidates or found.rejected)


def built_in(progress: Callable[[int], None] | None = None) -> Path:
    """The folder of the built-in corpus, drawn on first use and kept in the user's cache.

    Raises:
        UserError: if the cache cannot be written.
    """
    root = user_cache_path("coverzoo") / f"procedural-{VERSION}-{PAIRS}"
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{root.parent}: the built-in corpus cannot be kept there: {error.strerror}. "
            "Set XDG_CACHE_HOME, or give --data ROOT."
        ) from error
    synthesize(root, progress=progress)
    return root
