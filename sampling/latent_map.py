"""The latent map: covers of a split by the codes of a VAE, coloured by genre."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.errors import UserError, install_command
from coverzoo.files import replacing

BATCH_SIZE = 64
MAX_PERPLEXITY = 30.0
MIN_COVERS = 4


def check_libraries() -> None:
    """Raise UserError where the libraries of the extra `plots` are not installed."""
    for name in ("sklearn", "matplotlib"):
        try:
            import_module(name)
        except ImportError as error:
            raise UserError(
                "--latent-map: needs scikit-learn and matplotlib. "
                f"Install them with: {install_command('plots')}"
            ) from error


def encode_covers(model: Any, samples: Sequence[Sample]) -> np.ndarray:
    """The mean codes of covers, (N, latent_dim).

    Args:
        model: Model as `coverzoo.load` returns it.
        samples: Covers of a split.

    Raises:
        UserError: If the model does not encode covers to vectors.
    """
    if not hasattr(model, "posterior"):
        raise UserError("--latent-map: this run does not encode to vectors. Give a run of a vae.")
    batches = ordered_batches(
        samples, (), image_size=model.image_size, batch_size=BATCH_SIZE, audio=False
    )
    return np.concatenate([np.asarray(model.encode(batch["image"])) for batch in batches])


def project(codes: np.ndarray, seed: int) -> np.ndarray:
    """Points (N, 2) by t-SNE, which keeps neighbours together.

    van der Maaten & Hinton 2008, "Visualizing data using t-SNE"; scikit-learn's implementation.

    Args:
        codes: Codes (N, latent_dim).
        seed: Seed of t-SNE.

    Raises:
        UserError: If there are fewer than 4 covers.
    """
    from sklearn.manifold import TSNE

    if len(codes) < MIN_COVERS:
        raise UserError(
            f"--latent-map: {len(codes)} covers are too few to map; give {MIN_COVERS} or more"
        )
    perplexity = min(MAX_PERPLEXITY, (len(codes) - 1) / 3.0)
    return TSNE(2, perplexity=perplexity, init="pca", random_state=seed % 2**32).fit_transform(
        codes
    )


def draw(points: np.ndarray, genres: Sequence[str | None], title: str, file: Path) -> None:
    """Write a scatter plot with a colour per genre.

    Args:
        points: Points (N, 2).
        genres: Names of the N points' genres; None if unknown.
        title: Title of the plot.
        file: PNG file to write.

    Raises:
        UserError: If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), dpi=120, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    names = np.array([genre or "(unknown)" for genre in genres])
    markers = ("o", "s", "^")  # ten colours are distinct; more genres take another marker
    for index, name in enumerate(np.unique(names)):
        across, up = points[names == name].T
        axes.scatter(
            across,
            up,
            s=14,
            color=f"C{index % 10}",
            marker=markers[index // 10 % len(markers)],
            label=name,
        )
    axes.set(title=title, xticks=[], yticks=[])
    legend = axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a genre is the name of a folder, whatever it contains
    try:
        with replacing(file) as temporary:
            canvas.print_figure(temporary, format="png")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror}") from error
