"""A run directory: where everything in it lies, and reading it."""

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverzoo.errors import UserError

DAMAGED = (zipfile.BadZipFile, zlib.error)  # what reading a .keras file with changed bytes raises


@dataclass(frozen=True)
class Run:
    """RUN: all that anything downstream of training needs."""

    path: Path

    @classmethod
    def named(cls, run: str | Path) -> "Run":
        """The run of a directory, or the one that comes with the package, by its name `demo`."""
        from coverzoo import zoo

        return cls(zoo.run_path(run))

    @property
    def config_file(self) -> Path:
        """The whole configuration."""
        return self.path / "config.json"

    @property
    def model_file(self) -> Path:
        """The model to use."""
        return self.path / "model.keras"

    @property
    def checkpoints(self) -> Path:
        """The training states."""
        return self.path / "checkpoints"

    @property
    def logs(self) -> Path:
        """TensorBoard's files."""
        return self.path / "logs"

    @property
    def metrics_file(self) -> Path:
        """A JSON object a line."""
        return self.path / "metrics.jsonl"

    @property
    def samples(self) -> Path:
        """Grids of covers."""
        return self.path / "samples"

    def config(self, needed: Sequence[str] = ()) -> dict[str, Any]:
        """What config.json holds.

        Args:
            needed: what must be in it.

        Raises:
            UserError: if it is not there, not readable, or lacks what is needed.
        """
        try:
            config = json.loads(self.config_file.read_text())
            if not isinstance(config, dict):
                raise ValueError("not a configuration")
            missing = [name for name in needed if name not in config]
            if missing:
                raise ValueError(f"it has no {missing[0]!r}, so zoo-train did not write it")
            return config
        except FileNotFoundError:
            raise UserError(
                f"{self.path}: no run there (no config.json). Give the directory zoo-train wrote."
            ) from None
        except NotADirectoryError:
            raise UserError(
                f"{self.path}: a file, not a run. Give the directory zoo-train wrote."
            ) from None
        except OSError as error:
            raise UserError(f"{self.config_file}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise UserError(f"{self.config_file}: cannot be read: {error}") from error

    def model(self) -> Any:
        """The model to use; see `zoo.load`.

        Raises:
            UserError: if the run has none yet, or it is broken.
        """
        from coverzoo import zoo

        if not self.model_file.is_file():
            self.config()
            raise UserError(
                f"{self.model_file}: not there yet. Let the run reach a checkpoint: "
                f"zoo-train --resume --out {self.path}"
            )
        try:
            with self.model_file.open("rb") as file:
                whole = zipfile.is_zipfile(file)
            if not whole:
                raise ValueError("no whole .keras file. Was it cut off in copying?")
            return zoo.load(self.path)
        except (OSError, ValueError, KeyError, TypeError, *DAMAGED) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise UserError(f"{self.model_file}: cannot be read: {first}") from error
