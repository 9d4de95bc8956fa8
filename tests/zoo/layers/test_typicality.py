import keras
import numpy as np
import pytest

from coverzoo.zoo.layers.typicality import LEVELS, Typicality

WIDTH, HALF = 8, 4
PATTERNS = {"first": (1, 0), "second": (0, 1), "both": (1, 1)}


def scaled(count, seed=0, flags=(1, 1), spread=1.0):
    """Features as `FeatureScaling` returns them: zeros in a missing half, then the flags."""
    rng = np.random.default_rng(seed)
    features = np.clip(rng.normal(0.0, spread, (count, WIDTH)), -5.0, 5.0)
    features *= np.repeat(flags, HALF)
    return np.concatenate([features, np.tile(flags, (count, 1))], axis=1).astype(np.float32)


def fitted(*batches):
    layer = Typicality(WIDTH)
    layer.build((None, WIDTH + 2))
    layer.adapt(batches)
    return layer


def distances(rows, flags):
    """The root mean square over the halves of a pattern."""
    chosen = rows[:, :WIDTH][:, np.repeat(flags, HALF).astype(bool)]
    return np.sqrt(np.mean(np.float64(chosen) ** 2, axis=1))


@pytest.mark.parametrize("flags", PATTERNS.values(), ids=PATTERNS)
def test_percentiles_are_those_of_the_training_distances_over_the_same_halves(flags):
    both, first, second = scaled(300), scaled(200, 1, (1, 0), 0.5), scaled(100, 2, (0, 1), 2.0)
    train = {"first": (both, first), "second": (both, second), "both": (both,)}
    rows = scaled(80, 3, flags, 1.3)

    percentiles = fitted(both, first, second)(rows)

    name = next(name for name, value in PATTERNS.items() if value == flags)
    known = np.concatenate([distances(part, flags) for part in train[name]])
    expected = np.interp(distances(rows, flags), np.percentile(known, LEVELS), LEVELS)
    assert percentiles.shape == (80,)
    np.testing.assert_allclose(percentiles, expected, atol=5e-3)
    assert expected.std() > 10.0


def test_a_usual_track_is_near_50_and_a_far_one_is_100():
    train = scaled(2000)
    middle = train[np.argsort(distances(train, (1, 1)))[[1000]]]
    far, near = middle.copy(), middle.copy()
    far[:, :WIDTH], near[:, :WIDTH] = 5.0, 0.0

    percentiles = fitted(train)(np.concatenate([near, middle, far]))

    np.testing.assert_allclose(percentiles, [0.0, 50.0, 100.0], atol=0.1)


def test_one_training_track_in_a_thousand_is_beyond_the_level_of_the_notice():
    train = scaled(3000)

    percentiles = np.asarray(fitted(train)(train))

    assert np.sum(percentiles >= 99.9) == pytest.approx(3, abs=1)
    assert percentiles.max() == pytest.approx(100.0, abs=1e-4)
    np.testing.assert_allclose(np.percentile(percentiles, [10, 90]), [10, 90], atol=0.2)


def test_a_missing_half_neither_adds_to_the_distance_nor_divides_it():
    train = scaled(500)
    rows = scaled(20, 1)
    without_second = rows.copy()
    without_second[:, HALF:WIDTH] = without_second[:, WIDTH + 1] = 0.0
    layer = fitted(train)
    alone = Typicality(HALF, 1)  # the first half as a vector of one part
    alone.build((None, HALF + 1))
    columns = [*range(HALF), WIDTH]

    alone.adapt([train[:, columns]])

    assert not np.allclose(layer(without_second), layer(rows), atol=1.0)
    np.testing.assert_allclose(layer(without_second), alone(rows[:, columns]), atol=5e-3)


def test_halves_that_no_training_track_has_together_are_100_and_no_audio_is_0():
    layer = fitted(scaled(50, 0, (1, 0)))
    rows = np.concatenate([scaled(1, 1, flags) for flags in (*PATTERNS.values(), (0, 0))])
    rows[1:, :WIDTH] = 0.0  # also without any distance

    first, second, both, none = np.asarray(layer(rows))

    assert 0.0 < first < 100.0
    assert (second, both, none) == pytest.approx((100.0, 100.0, 0.0), abs=1e-4)


def test_equal_training_tracks_are_typical_and_what_is_farther_is_not():
    row = scaled(1)
    nearer, farther = row.copy(), row.copy()
    nearer[:, :WIDTH] *= 0.99
    farther[:, :WIDTH] *= 1.01

    percentiles = fitted(np.repeat(row, 40, axis=0))(np.concatenate([nearer, farther]))

    np.testing.assert_allclose(percentiles, [0.0, 100.0], atol=1e-4)


def test_batches_are_fitted_together():
    train = scaled(90)

    np.testing.assert_array_equal(fitted(train[:50], train[50:]).quantiles, fitted(train).quantiles)


def test_a_saved_layer_returns_the_same(tmp_path):
    model = keras.Sequential([keras.Input((WIDTH + 2,)), fitted(scaled(60))])
    rows = scaled(9, 1)

    model.save(tmp_path / "typicality.keras")
    loaded = keras.saving.load_model(tmp_path / "typicality.keras", safe_mode=True)

    np.testing.assert_array_equal(loaded(rows), model(rows))


def test_it_is_float32_and_not_trainable_whatever_is_asked_for():
    layer = Typicality(WIDTH, dtype="mixed_float16", trainable=True)

    assert layer(scaled(2)).dtype == "float32"
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    assert layer.trainable_variables == []
