"""`CoverEncoder` on the built-in corpus: its features keep what audio and genre leave open."""

import numpy as np
import pytest

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.procedural.covers import draw
from coverzoo.corpus.procedural.tracks import track
from coverzoo.evaluation.networks.cover_encoder import CoverEncoder
from coverzoo.evaluation.networks.two_sample import auc


@pytest.fixture(scope="module")
def samples(pairs):
    return read_split(pairs, "train", audio=False).samples


@pytest.fixture(scope="module")
def encoder(samples):
    return CoverEncoder(32).train(samples, steps=60)


def test_it_separates_covers_that_differ_in_a_free_factor_alone(encoder):
    """Covers of one track drawn anew: along one direction of the features their place shows."""
    one, facts = track(0, "train", 3), np.full(5, 0.5)
    drawn = [draw(one, facts, 32, redraw) for redraw in range(1, 161)]
    features = encoder.features(
        np.stack([pixels for pixels, _ in drawn]).astype(np.float32) / 127.5 - 1.0
    )
    hue = np.array([factors.ground_hue for _, factors in drawn])
    right = np.cos(np.deg2rad(hue)) > np.median(np.cos(np.deg2rad(hue)))
    half = np.arange(160) < 80  # the direction is fitted on one half and tried on the other
    centred = features - features[half].mean(axis=0)
    ridge = centred[half].T @ centred[half] + 10.0 * np.eye(features.shape[1])
    direction = np.linalg.solve(ridge, centred[half].T @ np.where(right[half], 1.0, -1.0))

    score = centred[~half] @ direction

    assert auc(score[~right[~half]], score[right[~half]])[0] > 0.85


def test_features_have_mean_zero_and_deviation_one_on_train(encoder, samples):
    (batch,) = ordered_batches(samples, (), image_size=32, batch_size=len(samples), audio=False)

    features = encoder.features(batch["image"])

    assert np.isfinite(features).all()
    np.testing.assert_allclose(features.mean(axis=0), 0.0, atol=0.1)
    np.testing.assert_allclose(features.std(axis=0), 1.0, atol=0.1)


def test_equal_arguments_train_equal_features(samples):
    cover = np.random.default_rng(0).uniform(-1.0, 1.0, (2, 32, 32, 3)).astype(np.float32)

    one, other = (CoverEncoder(32, seed=3).train(samples, 3).features(cover) for _ in range(2))

    np.testing.assert_array_equal(one, other)
