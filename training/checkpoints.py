"""Training states on disk: written whole or not at all, and checked before they are trusted."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATE = "state"  # prefix of TensorFlow's files
FACTS = "state.json"


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
        self.tracker = tf.train.Checkpoint(model=model, networks=networks(model))

    def save(self, step: int, seconds: float) -> Checkpoint:
        """Write the state of `step`, after `seconds` of training, and drop the oldest."""
        self.folder.mkdir(parents=True, exist_ok=True)
        final = self.folder / f"step-{step:08d}"
        # Always of one name, so that what a kill leaves is cleared away the next time.
        temporary = self.folder / ".partial"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        self.tracker.write(str(temporary / STATE))
        sums = {file.name: _checksum(file) for file in sorted(temporary.iterdir())}
        facts = {"step": step, "seconds": seconds, "sha256": sums}
        (temporary / FACTS).write_text(json.dumps(facts, indent=2))
        # States from this step on can only be ones that were found broken: they make way.
        for broken in [folder for folder in _states(self.folder) if folder.name >= final.name]:
            shutil.rmtree(broken)
        os.replace(temporary, final)
        for old in _states(self.folder)[: -self.keep]:
            shutil.rmtree(old)
        return Checkpoint(final, step, seconds)

    def restore(self) -> tuple[Checkpoint | None, list[str]]:
        """Load the newest state that is whole.

        Returns:
            The state, None if there is none, and a line for each broken one that was passed over.

        Raises:
            ValueError: if the state is not one of this model.
        """
        checkpoint, passed = newest(self.folder)
        if checkpoint is not None:
            status = None
            try:
                status = self.tracker.read(str(checkpoint.path / STATE))
                status.assert_consumed()
            except (ValueError, AssertionError) as error:
                if status is not None:  # else TensorFlow lists every weight, after our one line
                    status.expect_partial()
                raise ValueError(f"{checkpoint.path}: the state of another model") from error
        return checkpoint, passed


def networks(model: Any) -> dict[str, list[Any]]:
    """The variables of each network of a model, by its name.

    TensorFlow looks into a model's attributes, but not into the lists of layers that Keras keeps
    there: without these, moving averages would not be part of a state.
    """
    return {network.name: list(network.variables) for network in model.layers}


def newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest state in `folder` that is whole, and a line for each broken one after it."""
    passed: list[str] = []
    for state in reversed(_states(folder)):
        try:
            return verified(state), passed
        except ValueError as error:
            passed.append(str(error))
    return None, passed


def _states(folder: Path) -> list[Path]:
    """The states on disk, oldest first."""
    return sorted(folder.glob("step-*"))


def verified(folder: Path) -> Checkpoint:
    """The state in `folder`, its checksums compared.

    Raises:
        ValueError: if it is not whole.
    """
    try:
        facts = json.loads((folder / FACTS).read_text())
        found = Checkpoint(folder, int(facts["step"]), float(facts["seconds"]))
        sums = facts["sha256"].items()
        corrupt = [name for name, expected in sums if _checksum(folder / name) != expected]
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{folder}: not a whole checkpoint ({error})") from error
    if corrupt:
        raise ValueError(f"{folder}: {corrupt[0]} is corrupt")
    return found


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
