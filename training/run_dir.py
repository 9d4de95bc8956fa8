"""The directory of a new run, and the lock of a run that is trained."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from coverzoo.errors import UserError
from coverzoo.training.run import Run


@contextmanager
def create_run_dir(out: Path | None, config: Any) -> Iterator[Run]:
    """Create the directory of a new run for the block; runs/MODEL[-audio][-N] without `out`.

    If the block raises before a checkpoint was written, whatever was written is removed again, so
    that the same command can be repeated.

    Raises:
        UserError: If the directory exists already or cannot be created.
    """
    created: list[Path] = []
    run = Run(_free_path(config) if out is None else Path(out))
    try:
        if run.path.exists() and not (run.path.is_dir() and not any(run.path.iterdir())):
            raise UserError(
                f"--out {run.path}: exists already. Give a new folder, or add --resume."
            )
        created = [folder for folder in (run.path, *run.path.parents) if not folder.exists()]
        run.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"--out {run.path}: cannot be created: {error.strerror}. Give another folder."
        ) from error
    try:
        yield run
    except BaseException:
        if not run.has_checkpoint():
            for entry in run.path.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        raise
    finally:
        for folder in created:
            with suppress(OSError):  # only an empty folder is removed
                folder.rmdir()


@contextmanager
def locked(run: Run) -> Iterator[None]:
    """Hold the lock of a run for the block: one training at a time writes to it.

    It is a lock of the operating system, so that one of a killed process does not remain.

    Raises:
        UserError: If another process holds it.
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
        yield
    finally:
        run.lock_file.unlink(missing_ok=True)  # before others can acquire it
        lock.release()


def _free_path(config: Any) -> Path:
    """The first of the default directories that does not exist yet."""
    name = config.model + ("-audio" if config.audio else "")
    path, number = Path("runs") / name, 1
    while path.exists():
        number += 1
        path = Path("runs") / f"{name}-{number}"
    return path
