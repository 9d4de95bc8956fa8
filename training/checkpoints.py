"""Training states on disk: written whole or not at all, and checked before they are trusted."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATE = "state.json"


@dataclass(frozen=True)
class Checkpoint:
    """A whole training state: weights, optimizers, moving average and step counter."""

    path: Path
    step: int
    seconds: float


class Checkpoints:
    """The states of a run, the last `keep` of them.

    Args:
        folder: where they lie, one folder a state.
        model: whose state it is; its compiled optimizers are part of it.
        keep: how many to keep.
    """

    def __init__(self, folder: Path, model: Any, keep: int = 2) -> None:
        import tensorflow as tf

        self.folder = folder
        self.keep = keep
        self.tracker = tf.train.Checkpoint(model=model)

    def save(self, step: int, seconds: float) -> Checkpoint:
        """Write the state of `step`, after `seconds` of training, and drop the oldest."""
        self.folder.mkdir(parents=True, exist_ok=True)
        final = self.folder / f"step-{step:08d}"
        temporary = self.folder / f".{final.name}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        self.tracker.write(str(temporary / "state"))
        sums = {file.name: _checksum(file) for file in sorted(temporary.iterdir())}
        state = {"step": step, "seconds": seconds, "sha256": sums}
        (temporary / STATE).write_text(json.dumps(state, indent=2))
        # A state of this step can only be one that was found broken: it makes way.
        shutil.rmtree(final, ignore_errors=True)
        os.replace(temporary, final)
        for old in self._folders()[: -self.keep]:
            shutil.rmtree(old)
        return Checkpoint(final, step, seconds)

    def restore(self) -> tuple[Checkpoint | None, list[str]]:
        """Load the newest state that is whole.

        Returns:
            The state, None if there is none, and a line for each broken one that was passed over.
        """
        passed = []
        for folder in reversed(self._folders()):
            try:
                checkpoint = verified(folder)
            except ValueError as error:
                passed.append(str(error))
                continue
            self.tracker.read(str(folder / "state")).assert_consumed()
            return checkpoint, passed
        return None, passed

    def _folders(self) -> list[Path]:
        """The states on disk, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(folder for folder in self.folder.iterdir() if folder.name.startswith("step-"))


def verified(folder: Path) -> Checkpoint:
    """The state in `folder`, its checksums compared.

    Raises:
        ValueError: if it is not whole.
    """
    try:
        state = json.loads((folder / STATE).read_text())
        for name, expected in state["sha256"].items():
            if _checksum(folder / name) != expected:
                raise ValueError(f"{folder}: {name} is corrupt")
        return Checkpoint(folder, int(state["step"]), float(state["seconds"]))
    except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder}: not a whole checkpoint: {error}") from error


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
