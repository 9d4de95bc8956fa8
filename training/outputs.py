"""Where a new run goes."""

from pathlib import Path
from typing import Any

from corpus.errors import UserError
from training.run import Run


def claim(out: Path | None, config: Any) -> Run:
    """A new run's folder, made; runs/MODEL[-audio][-N] unless told.

    Raises:
        UserError: if it exists already or cannot be made.
    """
    if out is None:
        name = config.model + ("-audio" if config.audio else "")
        out, number = Path("runs") / name, 1
        while out.exists():
            number += 1
            out = Path("runs") / f"{name}-{number}"
    elif out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UserError(f"--out {out}: exists already. Give a new folder, or add --resume.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "samples").mkdir()
    except OSError as error:
        raise UserError(f"--out {out}: cannot be made: {error.strerror}") from error
    return Run(out)
