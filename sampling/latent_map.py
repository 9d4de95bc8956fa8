"""The latent picture: where a VAE puts the covers of a split, coloured by genre."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import Sample
from coverzoo.errors import UserError
from coverzoo.files import replacing

BATCH = 64
PERPLEXITY = 30.0


def check_libraries() -> None:
    """Refuse to begin without what the extra `plots` installs; raises UserError."""
    for name in ("sklearn", "matplotlib"):
        try:
            import_module(name)
        except ImportError as error:
            raise UserError(
                "--latent-map: needs scikit-learn and matplotlib. "
                "Install them with: pip install 'coverzoo[plots]'"
            ) from error


def codes_of(model: Any, samples: Sequence[Sample]) -> np.ndarray:
    """The mean codes of covers, (N, latent_dim).

    Raises:
        UserError: if the model has no vector for a cover.
    """
    if not hasattr(model, "posterior"):
        raise UserError("--latent-map: this run has no codes of covers. Give a run of a vae.")
    batches = ordered_batches(
        samples, (), image_size=model.image_size, batch_size=BATCH, audio=False
    )
    return np.concatenate([np.asarray(model.encode(batch["image"])) for batch in batches])


def places_of(codes: np.ndarray, seed: int) -> np.ndarray:
    """Two dimensions that keep neighbours together, (N, 2), by t-SNE.

    van der Maaten & Hinton 2008, "Visualizing data using t-SNE"; scikit-learn's.

    Raises:
        UserError: if there are too few covers.
    """
    from sklearn.manifold import TSNE

    if len(codes) < 4:
        raise UserError(f"--latent-map: {len(codes)} covers are too few to map; give 4 or more")
    perplexity = min(PERPLEXITY, (len(codes) - 1) / 3.0)
    return TSNE(2, perplexity=perplexity, init="pca", random_state=seed % 2**32).fit_transform(
        codes
    )


def draw(places: np.ndarray, genres: Sequence[str | None], title: str, file: Path) -> None:
    """Write a scatter plot with a colour a genre.

    Args:
        places: (N, 2).
        genres: (N,) names; None is unknown.
        title: over the plot.
        file: a PNG's name.

    Raises:
        UserError: if the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import EvaluationResult

    figure = EvaluationResult(figsize=(8, 6), dpi=120, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    names = np.array([genre or "(unknown)" for genre in genres])
    shapes = ("o", "s", "^")  # ten colours are told apart; more genres take another shape
    for index, name in enumerate(np.unique(names)):
        across, up = places[names == name].T
        axes.scatter(
            across,
            up,
            s=14,
            color=f"C{index % 10}",
            marker=shapes[index // 10 % len(shapes)],
            label=name,
        )
    axes.set(title=title, xticks=[], yticks=[])
    legend = axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a genre is a folder's name, whatever stands in it
    try:
        with replacing(file) as temporary:
            canvas.print_figure(temporary, format="png")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror}") from error
