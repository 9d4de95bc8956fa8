"""A run directory: its files, and reading them."""

import json
import shlex
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
    """A run directory: all that sampling, evaluation and export need."""

    path: Path

    @classmethod
    def named(cls, run: str | Path) -> "Run":
        """The run of a directory, or the bundled one by its name `demo`.

        Raises:
            UserError: If there is nothing of that name.
        """
        from coverzoo import zoo

        path = zoo.run_path(run)
        if not path.exists():
            raise UserError(
                f"{path}: no run there. Give the directory zoo-train wrote, or {zoo.DEMO_NAME} "
                "for the bundled model."
            )
        return cls(path)

    @property
    def config_file(self) -> Path:
        """The configuration."""
        return self.path / "config.json"

    @property
    def model_file(self) -> Path:
        """The model."""
        return self.path / "model.keras"

    @property
    def checkpoints(self) -> Path:
        """The checkpoints."""
        return self.path / "checkpoints"

    @property
    def logs(self) -> Path:
        """Event files of TensorBoard."""
        return self.path / "logs"

    @property
    def metrics_file(self) -> Path:
        """Metrics, one JSON object per line."""
        return self.path / "metrics.jsonl"

    @property
    def samples(self) -> Path:
        """Grids of covers."""
        return self.path / "samples"

    @property
    def best(self) -> "Run":
        """The best model by the figure of `--keep-best`, as a run of its own."""
        return Run(self.path / "best")

    @property
    def lock_file(self) -> Path:
        """Lock of the process that trains the run."""
        return self.path / ".lock"

    @property
    def shell_path(self) -> str:
        """The path as a shell command needs it, quoted where it has blanks."""
        return shlex.quote(str(self.path))

    def has_checkpoint(self) -> bool:
        """Whether any checkpoint was written, intact or not."""
        return any(self.checkpoints.glob("step-*"))

    def config(self, needed: Sequence[str] = ()) -> dict[str, Any]:
        """The content of config.json.

        Args:
            needed: Keys that it must have.

        Raises:
            UserError: If the file is missing or unreadable, or lacks a key.
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

    @property
    def name(self) -> str:
        """The name of the directory; `demo` for the bundled model."""
        return self.path.resolve().name

    def training_data(self) -> str | None:
        """One line on the covers that the model was trained on; None if config.json names none."""
        config = self.config()
        corpus = config.get("corpus", {})
        if "data" not in config or "train_samples" not in corpus:
            return None
        genres = len(corpus.get("genres", ()))
        if config["data"] is None:
            kind = "the built-in corpus (generated covers"
            kind += f", {genres} genres)" if genres else ")"
        else:
            kind = f"{corpus['train_samples']} covers of {config['data']}"
            kind += f" ({genres} genres)" if genres else ""
        return f"{self.name} was trained on {kind}: it generates only that kind of picture."

    def model(self) -> Any:
        """The model; see `zoo.load`.

        Raises:
            UserError: If the run has none yet, or its file is damaged.
        """
        from coverzoo import zoo

        if not self.model_file.is_file():
            self.config()
            raise UserError(
                f"{self.model_file}: not there yet. Let the run reach a checkpoint: "
                f"zoo-train --resume --out {self.shell_path}"
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
