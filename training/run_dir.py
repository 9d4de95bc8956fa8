"""Where a new run goes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from coverzoo.errors import UserError
from coverzoo.training.run import Run


@contextmanager
def create_run_dir(out: Path | None, config: Any) -> Iterator[Run]:
    """A new run's folder, made for the block; runs/MODEL[-audio][-N] unless told.

    If nothing is written there, whatever ends the block, no folder is left behind.

    Raises:
        UserError: if it exists already or cannot be made.
    """
    made: list[Path] = []
    try:
        run = Run(_free(config) if out is None else out)
        try:
            if run.path.exists() and not (run.path.is_dir() and not any(run.path.iterdir())):
                raise UserError(
                    f"--out {run.path}: exists already. Give a new folder, or add --resume."
                )
            made = [folder for folder in (run.path, *run.path.parents) if not folder.exists()]
            run.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"--out {run.path}: cannot be made: {error.strerror}. Give another folder."
            ) from error
        yield run
    finally:
        for folder in made:
            with suppress(OSError):  # only an empty folder goes: one in use holds a config.json
                folder.rmdir()


def _free(config: Any) -> Path:
    """The first of the default folders that is not there yet."""
    name = config.model + ("-audio" if config.audio else "")
    path, number = Path("runs") / name, 1
    while path.exists():
        number += 1
        path = Path("runs") / f"{name}-{number}"
    return path
