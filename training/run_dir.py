"""The directory of a new run, and the lock of a run that is trained."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from coverzoo.errors import UserError
from coverzoo.files import PARTIAL
from coverzoo.training.run import Run


@contextmanager
def create_run_dir(out: Path | None, config: Any) -> Iterator[Run]:
    """Create and lock the directory of a new run for the block; see `locked`.

    If the block raises before a checkpoint was written, whatever was written is removed again, so
    that the same command can be repeated.

    Args:
        out: Directory; None for the first free one of runs/MODEL[-audio][-N].
        config: Configuration of the run, for its model's name.

    Raises:
        UserError: If the directory cannot be created, holds something already, or is locked.
    """
    created: list[Path] = []
    try:
        try:
            run = Run(_create_default(config, created) if out is None else Path(out))
            _refuse_content(run)
            _create(run.path, created)
        except OSError as error:
            raise UserError(
                f"--out {out or 'runs'}: cannot be created: {error.strerror}. Give another folder."
            ) from error
        with locked(run):
            _refuse_content(run)  # another training may have ended since
            try:
                yield run
            except BaseException:
                if not run.has_checkpoint():
                    _clear(run)
                raise
    finally:
        for folder in created:
            with suppress(OSError):  # only an empty folder is removed
                folder.rmdir()


@contextmanager
def locked(run: Run) -> Iterator[None]:
    """Hold the lock of a run for the block: one training at a time writes to it.

    It is a lock of the operating system where the file system has locks, so that one of a killed
    process does not remain.

    Raises:
        UserError: If another training holds it.
    """
    lock = FileLock(run.lock_file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise UserError(
            f"{run.path}: another training writes to this run. Wait for it to end, or give "
            "another --out."
        ) from None
    try:
        for leftover in run.path.rglob(f".*{PARTIAL}*"):  # of a killed process
            leftover.unlink()
        yield
    finally:
        with suppress(OSError):  # Windows does not remove a file that is open
            run.lock_file.unlink()  # before others can acquire it
        lock.release()


def _refuse_content(run: Run) -> None:
    """Refuse a directory that holds anything but the lock of a training.

    Raises:
        UserError: If it does, or if a training that holds the lock has written already.
    """
    if not run.path.exists():
        return
    if not run.path.is_dir():
        raise UserError(f"--out {run.path}: a file exists there. Give a new folder.")
    if any(entry != run.lock_file for entry in run.path.iterdir()):
        raise UserError(f"--out {run.path}: exists already. Give a new folder, or add --resume.")


def _create(path: Path, created: list[Path], exist_ok: bool = True) -> None:
    """Create a directory with its parents, and note in `created` which did not exist."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing[1:]):
        folder.mkdir(exist_ok=True)
        created.insert(0, folder)
    path.mkdir(exist_ok=exist_ok)
    created[:0] = missing[:1]


def _create_default(config: Any, created: list[Path]) -> Path:
    """Create the first of the default directories that does not exist yet."""
    name = config.model + ("-audio" if config.audio else "")
    number = 1
    while True:
        path = Path("runs") / (name if number == 1 else f"{name}-{number}")
        try:
            _create(path, created, exist_ok=False)
        except FileExistsError:  # perhaps by a training that started at the same time
            if not path.parent.is_dir():
                raise
            number += 1
        else:
            return path


def _clear(run: Run) -> None:
    """Remove what is in a run's directory, but for the lock that is held."""
    for entry in run.path.iterdir():
        if entry == run.lock_file:
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
