import keras
import numpy as np
import pytest

from coverzoo.zoo.layers.scaling import FeatureScaling, statistics


def fitted(vectors, parts=2):
    layer = FeatureScaling(vectors.shape[1], parts)
    layer.build((None, vectors.shape[1]))
    layer.adapt(vectors)
    return layer


def reference(train, x, parts=2):
    """The layer's formula, one number after the other, in float64."""
    width = train.shape[1]
    size = width // parts
    out = np.zeros((len(x), width + parts))
    for column in range(width):
        part = column // size
        half = slice(part * size, (part + 1) * size)
        present = [row[column] for row in train if any(row[half] != 0.0)]
        median = np.median(present)
        deviations = [abs(value - median) for value in present]
        spread = np.median(deviations) or np.mean(deviations)
        if spread == 0.0:
            continue

        def squash(value, median=median, spread=spread):
            u = (value - median) / spread
            return np.sign(u) * np.log(1.0 + abs(u))

        squashed = [squash(value) for value in present]
        for index, row in enumerate(x):
            if any(row[half] != 0.0):
                y = (squash(row[column]) - np.mean(squashed)) / np.std(squashed)
                out[index, column] = min(max(y, -5.0), 5.0)
    for index, row in enumerate(x):
        for part in range(parts):
            out[index, width + part] = any(row[part * size : (part + 1) * size] != 0.0)
    return out


def test_scaling_is_its_formula_over_the_whole_range_of_the_features(heavy):
    train, x = heavy(60), heavy(20, seed=1)
    train[:7, :4] = 0.0
    train[5:15, 4:] = 0.0
    x[0, :4] = 0.0
    x[1, 4:] = 0.0
    x[2] *= 1e6  # clipped

    scaled = fitted(train)(x)

    np.testing.assert_allclose(scaled, reference(train, x), atol=2e-4)


def test_the_scaled_train_split_is_standardised(heavy):
    train = heavy(500)

    y = fitted(train)(train).numpy()[:, :8]

    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(y.std(axis=0), 1.0, atol=1e-3)


@pytest.mark.parametrize("unit", [1e-24, 1e-9, 1.0, 1e13])
def test_the_unit_of_a_feature_does_not_matter(unit):
    rng = np.random.default_rng(0)
    train, x = rng.normal(3.0, 1.0, (50, 4)), rng.normal(3.0, 1.0, (9, 4))

    np.testing.assert_allclose(
        fitted(train * unit)(x * unit), fitted(train)(x), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("value", [0.0, 1e-24, 0.1, -3.0, 1e13])
def test_a_constant_feature_is_scaled_to_zero(heavy, value):
    train, x = heavy(30), heavy(5, seed=1)
    train[:, 2] = value
    x[:, 2] = np.float32([value, 2.0 * value, -1e30, 1e-30, 1e30])

    np.testing.assert_array_equal(fitted(train)(x)[:, 2], np.zeros(5))


def test_a_feature_that_is_mostly_one_value_still_separates_the_other_values(heavy):
    train = heavy(30)
    train[:, 5] = 0.0
    train[::5, 5] = 7.0  # the median deviation is 0

    y = fitted(train)(train).numpy()[:, 5]

    np.testing.assert_allclose(y, reference(train, train)[:, 5], atol=1e-4)
    assert y[0] - y[1] > 1.0


def test_a_missing_half_is_masked_and_flagged(heavy):
    x = heavy(3)
    x[1, :4] = 0.0
    x[2, 4:] = 0.0

    y = fitted(heavy(40, seed=1))(x).numpy()

    np.testing.assert_array_equal(y[:, 8:], [[1, 1], [0, 1], [1, 0]])
    assert not y[1, :4].any()
    assert not y[2, 4:8].any()
    assert y[0, :8].all()
    assert y[1, 4:8].all()


def test_missing_halves_are_excluded_from_the_statistics(heavy):
    with_halves = heavy(30)
    without_first_half = heavy(20, seed=1)
    without_first_half[:, :4] = 0.0

    with_gaps = statistics(np.concatenate([with_halves, without_first_half]))
    alone = statistics(with_halves)

    for name, values in with_gaps.items():
        np.testing.assert_array_equal(values[:4], alone[name][:4])
        assert (values[4:] != alone[name][4:]).any()


def test_a_half_missing_from_the_whole_train_split_is_always_scaled_to_zero(heavy):
    train, x = heavy(10), heavy(4, seed=1)
    train[:, 4:] = 0.0

    y = fitted(train)(x).numpy()

    assert not y[:, 4:8].any()
    np.testing.assert_allclose(y[:, :4], reference(train[:, :4], x[:, :4], 1)[:, :4], atol=2e-4)


@pytest.mark.parametrize("seed", range(3))
def test_scaled_features_are_finite_and_within_five_for_any_input(heavy, seed):
    train = heavy(20, seed=seed)
    train[:, 1] = 1e-24
    train[:, 6] = [1e13] + [0.0] * 19
    extremes = np.float32([0.0, -0.0, 1e-45, 1e-38, -1e-24, 1.0, 1e13, -1e30, 3.4e38, -3.4e38])
    x = np.random.default_rng(seed).choice(extremes, (200, 8))

    y = fitted(train)(x).numpy()

    assert np.isfinite(y).all()
    assert np.abs(y).max() <= 5.0


def test_statistics_of_one_sample_scale_everything_to_zero(heavy):
    y = fitted(heavy(1))(heavy(3)).numpy()

    np.testing.assert_array_equal(y, [[0.0] * 8 + [1.0, 1.0]] * 3)


def test_scaling_is_float32_and_not_trainable_whatever_is_asked_for(heavy):
    layer = FeatureScaling(8, dtype="mixed_float16", trainable=True)

    assert layer(heavy(2)).dtype == "float32"
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    assert layer.trainable_variables == []


def test_a_saved_layer_scales_the_same(heavy, tmp_path):
    layer = fitted(heavy(30))
    model = keras.Sequential([keras.Input((8,)), layer])
    x = heavy(5, seed=1).astype(np.float32)

    model.save(tmp_path / "scaling.keras")
    loaded = keras.saving.load_model(tmp_path / "scaling.keras", safe_mode=True)

    np.testing.assert_array_equal(loaded(x), model(x))


def test_a_width_that_is_no_multiple_of_the_parts_is_refused():
    with pytest.raises(ValueError, match=r"multiple of parts=2. Received: width=7"):
        FeatureScaling(7)
