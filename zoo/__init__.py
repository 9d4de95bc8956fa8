"""Generative models of album covers, conditioned on music.

`import coverzoo.zoo` is light; `load` imports TensorFlow and registers every class.
"""

import zipfile
import zlib
from pathlib import Path
from typing import Any

from coverzoo.errors import UserError

__all__ = ["load", "run_path"]

DEMO_NAME = "demo"
# What Keras raises on a .keras file with changed bytes or of another version.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)


def run_path(run: str | Path) -> Path:
    """Return the directory of a run.

    Args:
        run: Run directory, or `demo` for the bundled model, unless there is a file of that name.
    """
    path = Path(run)
    is_demo = str(run) == DEMO_NAME and not path.exists()
    return Path(__file__).parent / DEMO_NAME if is_demo else path


def load(run: str | Path) -> Any:
    """Load the model of a run, RUN/model.keras; the same as `coverzoo.load`.

    Args:
        run: Run directory, `.keras` file, or `demo` for the bundled model.

    Returns:
        A `keras.Model`. One that generates covers has `generate(z, audio=None, strength=1.0)` and
        `latent_dim`; an autoencoder or VAE has `encode`, `decode` and `reconstruct`.

    Raises:
        UserError: If there is no such model, or its file is damaged.
    """
    path = run_path(run)
    path = path / "model.keras" if path.is_dir() else path
    if not path.is_file():
        raise UserError(
            f"{path}: no such model. Give a run directory that zoo-train wrote, or {DEMO_NAME}."
        )
    from coverzoo import backend

    backend.start()
    import keras

    from coverzoo.zoo import registry

    registry.register_classes()
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("no whole .keras file. Was it cut off in copying?")
        return keras.saving.load_model(path, compile=False)
    except UNREADABLE as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise UserError(f"{path}: cannot be read: {first}") from error
