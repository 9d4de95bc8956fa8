"""Genres of the full-size corpus are predictable within bounds; `pytest -m slow -s` prints them."""

import csv

import numpy as np
import pytest
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier

from coverzoo.corpus.procedural import synthesize

pytestmark = pytest.mark.slow

HALVES = (slice(0, 580), slice(580, 1160))


def read(root, split):
    """Audio (N, 1160), covers (N, 128, 128, 3) and genres (N,) of a split."""
    with open(root / "facts.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    audio, covers = [], []
    for row in rows:
        place = f"{split}/{row['genre']}/{row['name']}"
        audio.append(np.load(root / f"audio-cover_dataset/audio/{place}.npy"))
        with Image.open(root / f"audio-cover_dataset/cover/{place}.jpg") as image:
            covers.append(np.asarray(image))
    return np.stack(audio), np.stack(covers), np.array([row["genre"] for row in rows])


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    root = tmp_path_factory.mktemp("bounds") / "corpus"
    synthesize(root)
    return read(root, "train"), read(root, "test")


def squash(values, middle, scale):
    u = (values.astype(np.float64) - middle) / scale
    return np.sign(u) * np.log(1 + np.abs(u))


def scaled(train, test):
    """Robust scaling of each half by the train split, with zeros for a missing half."""
    results = []
    for half in HALVES:
        known = train[:, half][train[:, half].any(axis=1)].astype(np.float64)
        middle = np.median(known, axis=0)
        scale = np.median(np.abs(known - middle), axis=0)
        scale[scale == 0] = 1
        squashed = squash(known, middle, scale)
        mean, deviation = squashed.mean(axis=0), squashed.std(axis=0)
        deviation[deviation == 0] = 1
        results.append(
            [
                np.clip((squash(part[:, half], middle, scale) - mean) / deviation, -5, 5)
                * part[:, half].any(axis=1)[:, None]
                for part in (train, test)
            ]
        )
    return (np.concatenate(parts, axis=1) for parts in zip(*results, strict=True))


@pytest.mark.parametrize(
    "classifier",
    [KNeighborsClassifier(15), RandomForestClassifier(200, min_samples_leaf=5, random_state=0)],
    ids=["neighbours", "forest"],
)
def test_the_mean_colour_does_not_determine_the_genre(splits, classifier):
    (_, train, genres), (_, test, truth) = splits

    classifier.fit(train.mean(axis=(1, 2)), genres)
    accuracy = balanced_accuracy_score(truth, classifier.predict(test.mean(axis=(1, 2))))

    print(f"\nmean colour, {type(classifier).__name__}: {accuracy:.3f}")
    assert accuracy <= 0.5


def test_a_linear_classifier_of_the_audio_mostly_predicts_the_genre(splits):
    (train, _, genres), (test, _, truth) = splits

    train, test = scaled(train, test)
    classifier = LogisticRegression(C=1e-3, max_iter=300).fit(train, genres)
    accuracy = balanced_accuracy_score(truth, classifier.predict(test))

    print(f"\nlinear, audio: {accuracy:.3f}")
    assert 0.85 <= accuracy <= 0.98


def test_a_good_classifier_of_covers_predicts_the_genre(splits):
    import keras

    (_, train, genres), (_, test, truth) = splits
    keras.utils.set_random_seed(0)
    names = np.unique(genres)
    train, test = (
        covers.reshape(-1, 64, 2, 64, 2, 3).mean(axis=(2, 4), dtype=np.float32) / 127.5 - 1
        for covers in (train, test)
    )
    layers = keras.layers
    blocks = [
        layer
        for width in (16, 32, 64, 96)
        for layer in (
            layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.8),
            layers.ReLU(),
        )
    ]
    model = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            *blocks,
            layers.GlobalAveragePooling2D(),
            layers.Dense(len(names)),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(2e-3), loss)

    model.fit(train, np.searchsorted(names, genres), batch_size=64, epochs=8, verbose=0)
    found = names[model.predict(test, verbose=0).argmax(axis=1)]
    accuracy = balanced_accuracy_score(truth, found)

    print(f"\nconvolutions, covers: {accuracy:.3f}")
    assert accuracy >= 0.95
