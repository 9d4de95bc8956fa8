"""How well the genre can be predicted from the audio and from a run's covers, per clip.

For data whose vectors are windows of few clips, so that covers are not independent trials. The
results of `zoo-train` count every cover; here the covers of a clip vote, and a clip counts once.
`--clips` is a JSON object from sample names to clip names. Prints one JSON object.

    python benchmarks/genre_by_clip.py RUN --data ROOT --clips ROOT/clips.json
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from coverzoo.command import Command

COVERS_PER_CLIP = 64  # of different noise, from the windows of the clip in turn
PERMUTATIONS = 10_000


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="Data folder.")
@click.option(
    "--clips", required=True, type=click.Path(path_type=Path), help="JSON file of clip names."
)
@click.option("--split", default="test", show_default=True, help="Split to evaluate.")
@click.option(
    "--seed", default=0, show_default=True, help="Seed of the classifier and the shuffles."
)
def main(run: Path, data: Path, clips: Path, split: str, seed: int) -> None:
    """Evaluate the genre accuracy of a run per clip."""
    from coverzoo import backend

    backend.start()
    from coverzoo.corpus.layout import read_split
    from coverzoo.evaluation.networks.genre_accuracy import GenreClassifier
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
        result[kind] = _accuracies(votes, genre, seed)
    print(json.dumps(result, indent=2))


def _vectors(listing: Any, chosen: np.ndarray) -> np.ndarray:
    """Return the distinct vectors of a clip, float32 (n, 1160)."""
    from coverzoo.corpus.vectors import load_vectors

    samples = [s for s, take in zip(listing.samples, chosen, strict=True) if take]
    return np.unique(load_vectors(samples), axis=0).astype(np.float32)


def _generated_votes(model: Any, classifier: Any, vectors: np.ndarray, genres: int) -> np.ndarray:
    """Return the number of generated covers of a clip that are predicted as each genre."""
    from coverzoo.zoo import noise

    z = noise.normal(1, range(COVERS_PER_CLIP), model.latent_dim)
    audio = vectors[np.arange(COVERS_PER_CLIP) % len(vectors)]
    return np.bincount(classifier.predict(model.generate(z, audio)), minlength=genres)


def _predictions(classifier: Any, listing: Any, chosen: np.ndarray) -> np.ndarray:
    """Return the predicted genres of a clip's real covers."""
    from coverzoo.corpus.batches import ordered_batches

    samples = [s for s, take in zip(listing.samples, chosen, strict=True) if take]
    batches = ordered_batches(
        samples, classifier.genres, image_size=classifier.image_size, batch_size=64, audio=False
    )
    return np.concatenate([classifier.predict(batch["image"]) for batch in batches])


def _audio_votes(train: Any, test: Any, name_of: dict[str, str]) -> dict[str, np.ndarray]:
    """Return the summed genre probabilities of each clip's windows by a linear classifier."""
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


def _accuracies(votes: dict[str, np.ndarray], genre: dict[str, int], seed: int) -> dict[str, Any]:
    """Return the number of correct clips, and the share of correct votes beside shuffled clips."""
    names = sorted(votes)
    shares = np.stack([votes[name] / votes[name].sum() for name in names])
    truth = np.array([genre[name] for name in names])
    rows = np.arange(len(names))
    correct = int(np.sum(shares.argmax(axis=1) == truth))
    mean = float(np.mean(shares[rows, truth]))
    rng = np.random.default_rng(seed)
    shuffled = [shares[rows, rng.permutation(truth)].mean() for _ in range(PERMUTATIONS)]
    return {
        "clips_correct": correct,
        "share_correct": round(mean, 4),
        "share_correct_shuffled": round(float(np.mean(shuffled)), 4),
        "p_value": round((1 + int(np.sum(np.array(shuffled) >= mean))) / (1 + PERMUTATIONS), 4),
    }


if __name__ == "__main__":
    main()
