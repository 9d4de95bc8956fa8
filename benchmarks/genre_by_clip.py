"""How well the genre can be predicted from the audio and from a run's covers, per clip.

For data whose vectors are windows of few clips, where covers are no independent trials: the
results of `zoo-train` count every cover; here the covers of a clip vote, and a clip counts
once. `--clips` is a JSON object, sample name → clip name.

    python benchmarks/genre_by_clip.py RUN --data ROOT --clips ROOT/clips.json
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

COVERS = 64  # generated per clip: one noise each, its windows in turn
SHUFFLES = 10_000


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", required=True, type=click.Path(path_type=Path))
@click.option("--clips", required=True, type=click.Path(path_type=Path))
@click.option("--split", default="test", show_default=True)
@click.option(
    "--seed", default=0, show_default=True, help="Seed of the classifier and the shuffles."
)
def main(run: Path, data: Path, clips: Path, split: str, seed: int) -> None:
    """Print one JSON object."""
    from coverzoo import backend

    backend.start()
    from coverzoo.corpus.layout import read_split
    from coverzoo.evaluation.genre_accuracy import GenreClassifier
    from coverzoo.training.run import Run

    name_of = json.loads(clips.read_text())
    train = read_split(data, "train", audio=True)
    test = read_split(data, split, audio=True)
    model = Run(run).model()
    classifier = GenreClassifier(train.genres, model.image_size, seed).train(train.samples)
    clip = np.array([name_of[sample.name] for sample in test.samples])
    truth = np.array([train.genres.index(sample.genre) for sample in test.samples])
    from_audio = _audio_votes(train, test, name_of)
    generated = {
        name: _generated_votes(model, classifier, _vectors(test, clip == name), len(train.genres))
        for name in np.unique(clip)
    }
    real = {
        name: np.bincount(_predictions(classifier, test, clip == name), minlength=len(train.genres))
        for name in np.unique(clip)
    }
    genre = {name: truth[clip == name][0] for name in np.unique(clip)}
    result = {"clips": len(genre), "genres": len(train.genres), "chance": 1 / len(train.genres)}
    for kind, votes in (("audio", from_audio), ("real_covers", real), ("generated", generated)):
        result[kind] = _figures(votes, genre, seed)
    print(json.dumps(result, indent=2))


def _vectors(listing: Any, chosen: np.ndarray) -> np.ndarray:
    from coverzoo.corpus.vectors import load_vectors

    samples = [s for s, take in zip(listing.samples, chosen, strict=True) if take]
    return np.unique(load_vectors(samples), axis=0).astype(np.float32)


def _generated_votes(model: Any, classifier: Any, vectors: np.ndarray, genres: int) -> np.ndarray:
    """Predictions of each genre over a clip's generated covers."""
    from coverzoo.zoo import noise

    z = noise.normal(1, range(COVERS), model.latent_dim)
    audio = vectors[np.arange(COVERS) % len(vectors)]
    return np.bincount(classifier.predict(model.generate(z, audio)), minlength=genres)


def _predictions(classifier: Any, listing: Any, chosen: np.ndarray) -> np.ndarray:
    """The predicted genres of a clip's real covers."""
    from coverzoo.corpus.batches import ordered_batches

    samples = [s for s, take in zip(listing.samples, chosen, strict=True) if take]
    batches = ordered_batches(
        samples, classifier.genres, image_size=classifier.image_size, batch_size=64, audio=False
    )
    return np.concatenate([classifier.predict(batch["image"]) for batch in batches])


def _audio_votes(train: Any, test: Any, name_of: dict[str, str]) -> dict[str, np.ndarray]:
    """Summed genre probabilities of a clip's windows by a linear classifier of the audio."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from coverzoo.corpus.vectors import load_vectors
    from coverzoo.zoo.layers.scaling import FeatureScaling

    def distinct(listing: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        vectors, first = np.unique(load_vectors(listing.samples), axis=0, return_index=True)
        samples = [listing.samples[place] for place in first]
        genre = np.array([train.genres.index(s.genre) for s in samples])
        return vectors, genre, np.array([name_of[s.name] for s in samples])

    vectors, genre, _ = distinct(train)
    scaling = FeatureScaling(vectors.shape[1])
    scaling.build((None, vectors.shape[1]))
    scaling.adapt(vectors)
    classifier = make_pipeline(
        FunctionTransformer(lambda x: scaling(x.astype(np.float32)).numpy()),
        LogisticRegression(C=0.1, max_iter=5000, class_weight="balanced"),
    ).fit(vectors, genre)
    vectors, _, clip = distinct(test)
    probabilities = classifier.predict_proba(vectors)
    full = np.zeros((len(probabilities), len(train.genres)))
    full[:, classifier.classes_] = probabilities
    return {name: full[clip == name].sum(axis=0) for name in np.unique(clip)}


def _figures(votes: dict[str, np.ndarray], genre: dict[str, int], seed: int) -> dict[str, Any]:
    """Clips whose vote is right, the mean share of right votes, and what shuffled clips give."""
    names = sorted(votes)
    shares = np.stack([votes[name] / votes[name].sum() for name in names])
    truth = np.array([genre[name] for name in names])
    rows = np.arange(len(names))
    right = int(np.sum(shares.argmax(axis=1) == truth))
    mean = float(np.mean(shares[rows, truth]))
    rng = np.random.default_rng(seed)
    shuffled = [shares[rows, rng.permutation(truth)].mean() for _ in range(SHUFFLES)]
    return {
        "clips_right": right,
        "share_right": round(mean, 4),
        "share_right_shuffled": round(float(np.mean(shuffled)), 4),
        "p_value": round((1 + int(np.sum(np.array(shuffled) >= mean))) / (1 + SHUFFLES), 4),
    }


if __name__ == "__main__":
    main()
