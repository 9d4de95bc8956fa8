"""Does the genre classifier name what degraded real covers show?

Trains the classifier of `zoo-train` on train covers of the built-in corpus and measures its
balanced accuracy on test covers, whose genre is known, after changes that leave the motif as
visible as before: blur, noise, a grid of single pixels, bent shapes. Prints one JSON object.

    python benchmarks/classifier_robustness.py [--crisp] [--size 64]
"""

import json
from collections.abc import Iterator

import click
import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from coverzoo import backend
from coverzoo.command import Command


def changes(covers: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Changed covers (N, S, S, 3) in [-1, 1] with the name of the change.

    Lengths are in pixels, amplitudes in [0, 1], where black is 0 and white is 1.
    """
    rng = np.random.default_rng(0)
    side = covers.shape[1]
    y, x = np.mgrid[:side, :side]
    grid = (x % 2 == 0) * 1.0 + (y % 2 == 0) * 1.0 - 1.0
    yield "none", covers
    for sigma in (1.0, 2.0):
        yield f"blur, sigma {sigma:g}", gaussian_filter(covers, (0, sigma, sigma, 0))
    for stddev in (0.05, 0.1):
        yield f"noise, {stddev:g}", covers + rng.normal(0.0, 2.0 * stddev, covers.shape)
    for amplitude in (0.1, 0.2):
        yield f"pixel grid, {amplitude:g}", covers + 2.0 * amplitude * grid[:, :, None]
    for shift in (1.0, 2.0):
        fields = [_smooth_field(rng, side) * shift for _ in range(2 * len(covers))]
        pairs = zip(covers, fields[::2], fields[1::2], strict=True)
        yield f"bent by {shift:g}", np.stack([_bent(c, y + dy, x + dx) for c, dy, dx in pairs])


def _smooth_field(rng: np.random.Generator, side: int) -> np.ndarray:
    field = gaussian_filter(rng.normal(size=(side, side)), side / 16.0)
    return field / field.std()


def _bent(cover: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    channels = [map_coordinates(cover[:, :, c], [y, x], order=1, mode="nearest") for c in range(3)]
    return np.stack(channels, axis=-1)


@click.command(cls=Command)
@click.option("--crisp", is_flag=True, help="Train the classifier on crisp covers alone.")
@click.option("--size", default=64, show_default=True, help="Side of the covers in pixels.")
def main(crisp: bool, size: int) -> None:
    """Measure the genre classifier on degraded real covers."""
    from coverzoo.corpus.batches import ordered_batches
    from coverzoo.corpus.layout import read_split
    from coverzoo.evaluation.networks import genre_accuracy
    from coverzoo.training.data import built_in

    corpus = built_in()
    train, test = (read_split(corpus, split, audio=True) for split in ("train", "test"))
    samples = genre_accuracy.known_genre_samples(train.genres, test.samples)
    truth = np.array([train.genres.index(sample.genre or "") for sample in samples])
    batches = ordered_batches(samples, (), image_size=size, batch_size=64, audio=False)
    covers = np.concatenate([batch["image"].numpy() for batch in batches])
    classifier = genre_accuracy.GenreClassifier(train.genres, size, degrade=not crisp)
    classifier.train(train.samples)
    report = {
        name: round(
            genre_accuracy.balanced_accuracy(
                truth, classifier.predict(np.clip(changed, -1.0, 1.0).astype(np.float32))
            ),
            3,
        )
        for name, changed in changes(covers)
    }
    click.echo(json.dumps(report, indent=2))


if __name__ == "__main__":
    backend.start()
    main()
