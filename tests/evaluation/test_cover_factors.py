"""Reading factors from drawn squares; rank correlations and spreads against closed forms."""

import keras
import numpy as np
import pytest

from coverzoo.evaluation.networks.cover_factors import FactorRegressor, rank_correlation, spreads


def squares(count, seed, side=16):
    """Light squares on dark covers, and their centre (x, y) in pixels and side in pixels."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(5, side - 5, (2, count))
    size = rng.uniform(3, 8, count)

    def covered(centre):
        distance = np.abs(np.arange(side)[None] + 0.5 - centre[:, None])
        return np.clip(size[:, None] / 2 - distance + 0.5, 0, 1)

    mask = covered(y)[:, :, None] * covered(x)[:, None, :]
    images = (1.6 * mask - 0.8)[..., None] + rng.normal(scale=0.05, size=(count, side, side, 3))
    return images.astype(np.float32), np.stack([x, y, size], axis=1)


@pytest.fixture(scope="module")
def trained():
    return FactorRegressor().fit(*squares(500, 0), seed=1, epochs=25)


def test_place_and_size_of_a_square_are_read_from_other_covers(trained):
    images, truth = squares(200, 1)

    found = trained.predict(images)

    assert found.shape == (200, 3)
    assert (rank_correlation(found, truth) > 0.95).all()
    assert (np.abs(found - truth).mean(axis=0) < [0.5, 0.5, 0.5]).all()  # in pixels


def test_equal_seeds_predict_equally_and_others_do_not():
    images, factors = squares(150, 2)

    def predicted(seed, global_seed):
        keras.utils.set_random_seed(global_seed)
        return FactorRegressor().fit(images, factors, seed=seed, epochs=2).predict(images)

    first = predicted(3, 0)
    assert np.array_equal(first, predicted(3, 1))
    assert not np.allclose(first, predicted(4, 1))


def test_training_leaves_the_global_random_states_alone():
    images, factors = squares(64, 2)
    np.random.seed(5)
    expected = np.random.random()

    np.random.seed(5)
    FactorRegressor().fit(images, factors, epochs=1)

    assert np.random.random() == expected


def test_a_factor_that_covers_do_not_show_is_predicted_near_its_mean_and_a_constant_exactly():
    images, factors = squares(300, 4)
    hidden = np.random.default_rng(0).normal(1000.0, 5.0, 300)
    table = np.stack([factors[:, 0], hidden, np.full(300, 7.0)], axis=1)

    found = FactorRegressor().fit(images, table, epochs=8).predict(squares(100, 5)[0])

    assert found[:, 1].mean() == pytest.approx(1000.0, abs=2.5)
    assert (found[:, 2] == 7.0).all()


def test_covers_of_32_pixels_and_fewer_than_a_batch_are_accepted():
    images, factors = squares(10, 0, side=32)

    assert FactorRegressor().fit(images, factors, epochs=1).predict(images).shape == (10, 3)


@pytest.mark.parametrize(
    ("images", "factors", "message"),
    [
        (np.zeros((2, 8, 8, 3)), np.zeros((3, 1)), "shape"),
        (np.zeros((2, 8, 8, 3)), np.zeros(2), "shape"),
        (np.zeros((0, 8, 8, 3)), np.zeros((0, 1)), "shape"),
        (np.zeros((2, 8, 8, 3)), np.array([[0.0], [np.nan]]), "finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused(images, factors, message):
    with pytest.raises(ValueError, match=message):
        FactorRegressor().fit(images, factors)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 1000], 1.0),
        ([1, 2, 3, 4], [0, -1, -2, -50], -1.0),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 1 - 6 * 4 / (5 * 24)),  # 1 - 6 Σd² / n (n² - 1)
        # Ranks 0.5, 0.5, 2 and 0, 1, 2: the product of deviations 1.5 over √(1.5 · 2).
        ([1, 1, 2], [1, 2, 3], 1.5 / np.sqrt(3.0)),
        ([1, 1, 1], [1, 2, 3], 0.0),
        ([1, 1, 1], [2, 2, 2], 0.0),
    ],
)
def test_rank_correlation_in_closed_form(a, b, expected):
    assert rank_correlation(np.c_[a], np.c_[b]) == pytest.approx([expected])
    assert rank_correlation(np.c_[b], np.c_[a]) == pytest.approx([expected])


def test_rank_correlation_equals_that_of_scipy():
    stats = pytest.importorskip("scipy.stats", reason="needs SciPy")
    rng = np.random.default_rng(0)
    a = rng.integers(0, 12, (80, 5)) + np.where(np.arange(5) < 2, 0.0, rng.random((80, 5)))
    b = a + rng.normal(scale=[1.0, 5.0, 2.0, 20.0, 0.1], size=(80, 5)).round(1)

    expected = [stats.spearmanr(a[:, f], b[:, f]).statistic for f in range(5)]

    assert rank_correlation(a, b) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 1)), "shape"),
        (np.zeros(3), np.zeros(3), "shape"),
        (np.zeros((1, 2)), np.zeros((1, 2)), "shape"),
        (np.array([[0.0], [np.nan]]), np.zeros((2, 1)), "NaN"),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        rank_correlation(a, b)


def test_spreads_in_closed_form():
    # Variances over three noises, n - 1 = 2: 1 and 4 in the first factor, 0 in the second.
    values = np.array([[[1, 5], [2, 5], [3, 5]], [[10, -3], [12, -3], [14, -3]]])

    assert spreads(values) == pytest.approx([np.sqrt((1 + 4) / 2), 0.0])


def test_spreads_do_not_depend_on_the_number_of_noises_or_on_the_tracks_means():
    rng = np.random.default_rng(0)
    means = rng.normal(scale=50.0, size=(4000, 1, 2))
    few, many = (means[:, :, :] + rng.normal(size=(4000, n, 2)) * [1.0, 3.0] for n in (2, 16))

    assert spreads(few) == pytest.approx([1.0, 3.0], rel=0.05)
    assert spreads(many) == pytest.approx([1.0, 3.0], rel=0.05)


@pytest.mark.parametrize("shape", [(3, 1, 2), (3, 2), (0, 4, 2)])
def test_values_without_a_spread_are_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        spreads(np.zeros(shape))
