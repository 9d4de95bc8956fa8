"""The statistical model: draws have its moments, the fit finds them, real vectors lie within."""

import numpy as np
import pytest

from coverzoo.corpus import schema
from coverzoo.corpus.audio_model import model as audio_model
from coverzoo.corpus.audio_model.fit import fit

GENRES = [
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
]


@pytest.fixture(scope="module")
def bundled():
    return audio_model.load()


def drawn(model, count, seed, seconds=15.0, genre=None):
    """Vectors and genres of tracks."""
    rng = np.random.default_rng(seed)
    genres = np.arange(count) % len(model.genres) if genre is None else np.full(count, genre)
    scores = [
        model.drawn_scores(int(row), rng.standard_normal(model.factors), rng) for row in genres
    ]
    return model.vectors(np.stack(scores), np.full(count, seconds)), genres


def value(vectors, name):
    return vectors[:, schema.names().index(name)]


def test_the_bundled_model_has_ten_genres_and_is_small(bundled):
    assert list(bundled.genres) == GENRES
    file = audio_model.bundled_file()
    assert file.stat().st_size < 2 * 2**20


def test_scores_have_the_mean_and_covariance_of_the_model(bundled):
    rng = np.random.default_rng(0)
    found = np.stack(
        [bundled.drawn_scores(3, rng.standard_normal(bundled.factors), rng) for _ in range(4000)]
    )

    expected = bundled.mean + bundled.genre_means[3]
    deviation = np.sqrt(np.sum(bundled.loadings**2, axis=0) + bundled.rest**2)
    assert np.abs(found.mean(axis=0) - expected).max() < 5 * deviation.max() / np.sqrt(4000)
    np.testing.assert_allclose(found.std(axis=0), deviation, rtol=0.12, atol=1e-6)
    first, second = 10, 11
    covariance = np.cov(found[:, first], found[:, second])[0, 1]
    assert covariance == pytest.approx(
        bundled.loadings[:, first] @ bundled.loadings[:, second], abs=0.1
    )


def test_vectors_lead_back_to_their_scores(bundled):
    vectors, _ = drawn(bundled, 200, seed=1)

    scores = bundled.scores(vectors, np.full(200, 15.0))
    again = bundled.vectors(scores, np.full(200, 15.0))

    # But for values that many tracks share, and for those that the extremes clip.
    scale = np.median(np.abs(vectors), axis=0) + 1e-30
    assert np.mean(np.abs(again - vectors) / scale < 1e-2) > 0.9


def test_a_longer_track_has_further_extremes_and_more_beats(bundled):
    short, _ = drawn(bundled, 300, seed=2, seconds=10.0)
    long, _ = drawn(bundled, 300, seed=2, seconds=240.0)

    for name in ("lowlevel.spectral_flux.max", "lowlevel.spectral_rms.max"):
        assert np.median(value(long, name)) > np.median(value(short, name))
    assert np.median(value(long, "lowlevel.spectral_rms.min")) < np.median(
        value(short, "lowlevel.spectral_rms.min")
    )
    middle = np.median(value(long, "lowlevel.spectral_centroid.median"))
    assert middle == pytest.approx(
        np.median(value(short, "lowlevel.spectral_centroid.median")), rel=0.05
    )
    beats = value(long, "rhythm.beats_count") / value(short, "rhythm.beats_count")
    assert 22 < np.median(beats) < 28


def test_every_vector_can_be_a_track(bundled):
    vectors, _ = drawn(bundled, 500, seed=3, seconds=200.0)

    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert (value(vectors, "rhythm.bpm") > 0).all()
    assert (value(vectors, "lowlevel.spectral_centroid.mean") > 0).all()


def test_the_fit_finds_the_genres_and_the_correlations_of_draws(bundled):
    vectors, genres = drawn(bundled, 600, seed=4)
    names = [f"track {number}" for number in range(600)]

    found = fit(
        vectors.astype(np.float64),
        np.full(600, 15.0),
        names,
        [bundled.genres[row] for row in genres],
        shrinkage=1.0,
    )

    assert found.genres == bundled.genres
    known = bundled.rest > 0.05
    for row in range(len(found.genres)):
        pair = np.corrcoef(found.genre_means[row, known], bundled.genre_means[row, known])
        assert pair[0, 1] > 0.7
    again, _ = drawn(found, 600, seed=5)
    scores = [found.scores(each, np.full(600, 15.0)) for each in (vectors, again)]
    varies = (scores[0].std(axis=0) > 0.1) & (scores[1].std(axis=0) > 0.1)
    expected, got = (np.corrcoef(each[:, varies].T) for each in scores)
    upper = np.triu_indices(len(expected), 1)
    assert np.corrcoef(expected[upper], got[upper])[0, 1] > 0.85


def test_a_saved_model_is_the_same(bundled, tmp_path):
    bundled.save(tmp_path / "model.npz")

    again = audio_model.load(tmp_path / "model.npz")

    np.testing.assert_array_equal(drawn(again, 5, seed=6)[0], drawn(bundled, 5, seed=6)[0])


def test_real_windows_are_within_the_model(bundled, real_data):
    files = sorted((real_data / "real/audio-cover_dataset/audio/test").rglob("*.npy"))
    real = np.unique(np.stack([np.load(file)[:580] for file in files]), axis=0)
    tracks, _ = drawn(bundled, 1000, seed=7, seconds=10.0)

    for own, theirs in zip(
        bundled.distances(tracks, np.full(1000, 10.0)),
        bundled.distances(real.astype(np.float64), np.full(len(real), 10.0)),
        strict=True,
    ):
        percentiles = np.mean(own[None] < theirs[:, None], axis=1)
        assert 0.1 < np.median(percentiles) < 0.9
        assert np.mean(percentiles < 0.995) > 0.85
