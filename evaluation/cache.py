"""What evaluations keep between calls: reference networks, and what they read of real covers."""

import json
import logging
import zipfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from coverzoo.files import replacing

logger = logging.getLogger(__name__)

Arrays = Mapping[str, np.ndarray]


def cache_folder() -> Path:
    """The folder of evaluations in the user's cache."""
    return user_cache_path("coverzoo") / "evaluation"


class Cache:
    """Arrays by a name and by what they depend on, each set in a file that is whole.

    Args:
        folder: Folder of the files; it is made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, parts: Any) -> Arrays | None:
        """The arrays that were kept; None if there are none, or the file is damaged.

        Args:
            name: What they are, in words.
            parts: All that they depend on, as JSON holds it.
        """
        file = self._file(name, parts)
        try:
            with file.open("rb") as stream, np.load(stream) as arrays:
                return {key: arrays[key] for key in arrays.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            logger.warning("%s: damaged; it is made again", file)
            return None

    def write(self, name: str, parts: Any, arrays: Arrays) -> None:
        """Keep arrays; where that fails, a warning says so and they are made again next time."""
        file = self._file(name, parts)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as temporary, open(temporary, "wb") as stream:
                np.savez(stream, **arrays)  # type: ignore[arg-type]
        except OSError as error:
            logger.warning("%s: the %s is not kept: %s", file, name, error.strerror)

    def _file(self, name: str, parts: Any) -> Path:
        key = blake2b(json.dumps([name, parts]).encode(), digest_size=16).hexdigest()
        return self.folder / f"{name.replace(' ', '-')}-{key}.npz"
