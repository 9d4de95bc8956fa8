"""The folder of an export: locked while it is written, complete whenever it is read."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from coverzoo.errors import UserError


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """A temporary folder on the disk of `out`, while `out` is locked against other exports.

    It is removed at the end, and so is `out` if it was made here and nothing was published.

    Args:
        out: Folder of the export.

    Raises:
        UserError: If another export is writing to `out`.
    """
    is_new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    folder, lock_file = out / ".partial", out / ".lock"
    try:
        with FileLock(lock_file).acquire(blocking=False):
            shutil.rmtree(folder, ignore_errors=True)  # of an export that was killed
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                names = {entry.name for entry in out.iterdir()}
                if names <= {lock_file.name}:  # nothing was published
                    lock_file.unlink(missing_ok=True)
                    if is_new:
                        out.rmdir()
    except Timeout:
        raise UserError(
            f"--out {out}: another export is writing there. Wait for it, or give another folder."
        ) from None
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(out)) from error


def publish_files(source: Path, target: Path, outdated: Iterable[str]) -> None:
    """Move the files of a folder into another, each in one step.

    Args:
        source: Folder of the new files.
        target: Folder to move them to.
        outdated: Names of files in `target` that are removed unless they are among the new ones.
    """
    target.mkdir(parents=True, exist_ok=True)
    new = {file.name for file in source.iterdir()}
    for name in sorted(new):
        os.replace(source / name, target / name)
    for name in set(outdated) - new:
        (target / name).unlink(missing_ok=True)


def publish_folder(source: Path, target: Path, replaced: Path) -> None:
    """Move a folder to the place of another one.

    Args:
        source: The new folder.
        target: Its place.
        replaced: Where a folder that is at the place is moved first.
    """
    if target.exists():
        os.rename(target, replaced)
    os.rename(source, target)


def publish_version(source: Path, target: Path, number: int) -> None:
    """Move a SavedModel to its number in a folder that a server may watch."""
    target.mkdir(parents=True, exist_ok=True)
    os.rename(source, target / str(number))


def next_version(folder: Path, wanted: int | None = None) -> int:
    """The number of a new SavedModel.

    Args:
        folder: Folder of the versions.
        wanted: Number that is asked for; None for one more than the highest.

    Raises:
        UserError: If the number that is asked for is in use.
    """
    used = version_numbers(folder)
    if wanted in used:
        raise UserError(
            f"--version {wanted}: {folder / str(wanted)} exists already. Give another number."
        )
    return max(used, default=0) + 1 if wanted is None else wanted


def version_numbers(folder: Path) -> set[int]:
    """The versions in a folder of SavedModels."""
    if not folder.is_dir():
        return set()
    return {int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal()}
