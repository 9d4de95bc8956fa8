"""The data of a run: its samples, genres and what was left out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from corpus.errors import UserError
from corpus.layout import Listing, fingerprint, read_split
from corpus.procedural import synthesize
from corpus.procedural.write import VERSION
from corpus.vectors import load_vectors

STATISTICS_LIMIT = 4096  # vectors the feature scaling is fitted on: bounds memory, not accuracy


@dataclass(frozen=True)
class Data:
    """A train split with its genre names; the other splits are read when they are needed.

    Attributes:
        root: the folder.
        audio: whether samples are pairs.
        train: the train split.
        genres: its genre names, sorted; a genre's index is its place here.
    """

    root: Path
    audio: bool
    train: Listing
    genres: tuple[str, ...]

    def split(self, name: str, progress: Callable | None = None) -> Listing:
        """Another split of the same data; raises UserError where it is missing or empty."""
        return read_split(self.root, name, audio=self.audio, progress=progress)

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
            "rejected": [str(fault) for fault in self.train.rejected],
        }


def open_data(root: Path, *, audio: bool, progress: Callable | None = None) -> Data:
    """Read the train split of a folder; see `corpus.layout.read_split` for the errors."""
    train = read_split(root, "train", audio=audio, progress=progress)
    return Data(root, audio, train, tuple(train.genres))


def built_in(progress: Callable[[int], None] | None = None) -> Path:
    """The folder of the built-in corpus, drawn on first use and kept in the user's cache.

    Raises:
        UserError: if the cache cannot be written.
    """
    root = user_cache_path("coverzoo") / f"procedural-{VERSION}"
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{root.parent}: the built-in corpus cannot be kept there: {error.strerror}. "
            "Set XDG_CACHE_HOME, or give --data ROOT."
        ) from error
    synthesize(root, progress=progress)
    return root
