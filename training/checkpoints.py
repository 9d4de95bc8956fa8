"""Checkpoints: written whole or not at all, and verified before they are used."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATE_PREFIX = "state"  # of TensorFlow's files
MANIFEST = "state.json"


@dataclass(frozen=True)
class Checkpoint:
    """A complete training state: weights, optimizers, EMA copy and step counter."""

    path: Path
    step: int
    seconds: float


class Checkpoints:
    """The newest `keep` checkpoints of a run.

    Args:
        folder: Folder that holds one subfolder per checkpoint.
        model: Model whose state they hold, its compiled optimizers included.
        keep: Number of checkpoints to keep.
    """

    def __init__(self, folder: Path, model: Any, keep: int = 2) -> None:
        import tensorflow as tf

        self.folder = folder
        self.keep = keep
        self.tracker = tf.train.Checkpoint(model=model, networks=networks(model))

    def save(self, step: int, seconds: float) -> Checkpoint:
        """Write the checkpoint of `step`, after `seconds` of training, and delete the oldest."""
        self.folder.mkdir(parents=True, exist_ok=True)
        final = self.folder / f"step-{step:08d}"
        # Always of the same name, so that one left by a killed process is removed the next time.
        temporary = self.folder / ".partial"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        self.tracker.write(str(temporary / STATE_PREFIX))
        sums = {file.name: _checksum(file) for file in sorted(temporary.iterdir())}
        facts = {"step": step, "seconds": seconds, "sha256": sums}
        (temporary / MANIFEST).write_text(json.dumps(facts, indent=2))
        # Checkpoints from this step on can only be damaged ones that were skipped.
        for damaged in [folder for folder in _states(self.folder) if folder.name >= final.name]:
            shutil.rmtree(damaged)
        os.replace(temporary, final)
        for old in _states(self.folder)[: -self.keep]:
            shutil.rmtree(old)
        return Checkpoint(final, step, seconds)

    def restore(self) -> tuple[Checkpoint | None, list[str]]:
        """Load the newest intact checkpoint.

        Returns:
            The checkpoint, None if there is none, and a line for each damaged one that was skipped.

        Raises:
            ValueError: If the checkpoint is one of another model.
        """
        checkpoint, damaged = newest(self.folder)
        if checkpoint is not None:
            status = None
            try:
                status = self.tracker.read(str(checkpoint.path / STATE_PREFIX))
                status.assert_consumed()
            except (ValueError, AssertionError) as error:
                if status is not None:  # else TensorFlow lists every weight
                    status.expect_partial()
                raise ValueError(f"{checkpoint.path}: the state of another model") from error
        return checkpoint, damaged


def networks(model: Any) -> dict[str, list[Any]]:
    """The variables of each network of a model, by its name.

    TensorFlow tracks a model's attributes, but not the lists of layers that Keras keeps there:
    without these, moving averages would not be part of a checkpoint. The typicality, which is
    tracked, is left out, so that networks of earlier versions, without it, can be read.
    """
    return {
        network.name: list(getattr(network, "variables_but_typicality", network.variables))
        for network in model.layers
    }


def newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest intact checkpoint in `folder`, and a line for each newer damaged one."""
    damaged: list[str] = []
    for state in reversed(_states(folder)):
        try:
            return verified(state), damaged
        except ValueError as error:
            damaged.append(str(error))
    return None, damaged


def _states(folder: Path) -> list[Path]:
    """The checkpoints on disk, oldest first."""
    return sorted(folder.glob("step-*"))


def verified(folder: Path) -> Checkpoint:
    """The checkpoint in `folder`, with its checksums compared.

    Raises:
        ValueError: If it is incomplete or damaged.
    """
    try:
        facts = json.loads((folder / MANIFEST).read_text())
        found = Checkpoint(folder, int(facts["step"]), float(facts["seconds"]))
        sums = facts["sha256"].items()
        corrupt = [name for name, expected in sums if _checksum(folder / name) != expected]
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{folder}: not a complete checkpoint ({error})") from error
    if corrupt:
        raise ValueError(f"{folder}: {corrupt[0]} is corrupt")
    return found


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
