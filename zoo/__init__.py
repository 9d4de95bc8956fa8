"""Generative models of album covers that listen to the music.

`import zoo` is light; `zoo.load` imports TensorFlow and registers every class. To paint and to
export there is `import export`.
"""

from pathlib import Path
from typing import Any

__all__ = ["load"]

DEMO = "demo"  # the name of the run that comes with the package


def home(run: str | Path) -> Path:
    """The directory of a run; the name `demo`, where there is no such file, is the one in the box.

    Args:
        run: a run directory, or `demo`.
    """
    path = Path(run)
    return Path(__file__).parent / DEMO if str(run) == DEMO and not path.exists() else path


def load(run: str | Path) -> Any:
    """The model a run leaves to use: RUN/model.keras, with every class registered.

    Args:
        run: a run directory, `demo` for the one that comes with the package, or a `.keras` file.

    Returns:
        A `keras.Model`: with `generate(z, audio=None, strength=1.0)` and `latent_dim` if it paints
        from noise, with `encode`, `decode` and `reconstruct` if it gives covers back.

    Raises:
        FileNotFoundError: if there is no model there.
    """
    path = home(run)
    path = path / "model.keras" if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such model. Give the directory of a run that trained.")
    from coverzoo import backend

    backend.start()
    import keras

    # Registers the classes a model is made of.
    import coverzoo.zoo.networks.autoencoder
    import coverzoo.zoo.networks.conv_generator
    import coverzoo.zoo.networks.vae  # noqa: F401

    return keras.saving.load_model(path, compile=False)
