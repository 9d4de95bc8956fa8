import keras
import numpy as np
import pytest

from coverzoo.zoo.networks.audio_encoder import AudioEncoder

WIDTH = 8


@pytest.fixture
def encoder(make_encoder, stir, heavy):
    """An encoder whose weights, the null condition among them, are random; fitted to `heavy`."""
    encoder = stir(make_encoder())
    encoder.scaling.adapt(heavy(50))
    return encoder


def rows(*values):
    return np.array(values, np.float32)


def test_the_condition_is_a_perceptron_of_the_scaled_features(encoder, heavy):
    audio = heavy(6, seed=1)
    first, second = (encoder.stack[index] for index in (0, 2))

    hidden = encoder.scaling(audio).numpy() @ first.kernel.numpy() + first.bias.numpy()
    hidden = np.where(hidden > 0.0, hidden, 0.2 * hidden)
    expected = hidden @ second.kernel.numpy() + second.bias.numpy()
    np.testing.assert_allclose(encoder(audio), expected, rtol=1e-4, atol=1e-5)


def test_noise_is_added_to_the_scaled_features_but_not_to_the_flags_of_present_parts(
    encoder, heavy
):
    audio = heavy(6, seed=1)
    noise = np.random.default_rng(0).normal(size=(6, WIDTH)).astype(np.float32)
    first, second = (encoder.stack[index] for index in (0, 2))

    scaled = encoder.scaling(audio).numpy()
    scaled[:, :WIDTH] += noise
    hidden = scaled @ first.kernel.numpy() + first.bias.numpy()
    hidden = np.where(hidden > 0.0, hidden, 0.2 * hidden)
    expected = hidden @ second.kernel.numpy() + second.bias.numpy()
    np.testing.assert_allclose(encoder(audio, noise=noise), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(encoder(audio, noise=0.0 * noise), encoder(audio))


@pytest.mark.parametrize("strength", [-1.0, 0.0, 0.5, 1.0, 3.0])
def test_strength_interpolates_from_the_null_condition_to_the_audio_and_beyond(
    encoder, heavy, strength
):
    audio = heavy(3, seed=1)
    condition, null = encoder(audio).numpy(), encoder.null_condition.numpy()

    interpolated = encoder(audio, strength=np.full(3, strength, np.float32))

    np.testing.assert_allclose(
        interpolated, null + strength * (condition - null), rtol=1e-4, atol=1e-4
    )


def test_strength_and_keep_apply_per_sample(encoder, heavy):
    audio = heavy(4, seed=1)
    condition, null = encoder(audio).numpy(), encoder.null_condition.numpy()

    interpolated = encoder(audio, strength=rows(1.0, 1.0, 2.0, 2.0), keep=rows(1, 0, 1, 0)).numpy()

    np.testing.assert_allclose(interpolated[0], condition[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        interpolated[2], null + 2.0 * (condition[2] - null), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(interpolated[[1, 3]], [null, null])


def test_null_conditions_repeat_the_null_condition(encoder):
    null = encoder.null_condition.numpy()

    np.testing.assert_array_equal(encoder.null_conditions(3), [null, null, null])


def test_samples_that_are_not_kept_get_the_null_condition(encoder, heavy):
    np.testing.assert_array_equal(encoder(heavy(2), keep=rows(0, 0)), encoder.null_conditions(2))


def test_an_encoder_without_a_null_condition_refuses_strength_and_keep(make_encoder, heavy):
    encoder = make_encoder(null=False)

    assert encoder(heavy(2)).shape == (2, 4)
    assert not hasattr(encoder, "null_condition")
    for given in ({"strength": rows(1, 1)}, {"keep": rows(1, 0)}):
        with pytest.raises(
            ValueError, match="strength must be 1: this model has no null condition"
        ):
            encoder(heavy(2), **given)
    with pytest.raises(ValueError, match="has no null condition, so it needs audio"):
        encoder.null_conditions(2)


def test_augmentation_starts_with_a_small_variance_and_does_not_change_the_mean(
    make_encoder, heavy
):
    encoder = make_encoder(heavy(50), augmented=True)
    audio = heavy(3, seed=1)

    mean, log_variance = encoder.distribution(audio)

    np.testing.assert_array_equal(log_variance, np.full((3, 4), -4.0))
    np.testing.assert_array_equal(encoder(audio), mean)


def test_mean_and_variance_are_computed_from_the_same_hidden_layer(make_encoder, stir, heavy):
    encoder = stir(make_encoder(augmented=True))
    encoder.scaling.adapt(heavy(50))
    audio = heavy(3, seed=1)
    first = encoder.stack[0]

    hidden = encoder.scaling(audio).numpy() @ first.kernel.numpy() + first.bias.numpy()
    hidden = np.where(hidden > 0.0, hidden, 0.2 * hidden)
    expected = hidden @ encoder.log_variance.kernel.numpy() + encoder.log_variance.bias.numpy()
    np.testing.assert_allclose(encoder.distribution(audio)[1], expected, rtol=1e-4, atol=1e-4)


def test_the_thesis_encoder_has_batch_norm_after_every_dense(make_encoder):
    encoder = make_encoder(scale_features=False, batch_norm_layers=True, null=False)

    layer_types = [type(layer).__name__ for layer in encoder.stack]
    assert layer_types == [
        "Dense",
        "BatchNormalization",
        "LeakyReLU",
        "Dense",
        "BatchNormalization",
    ]
    assert encoder.stack[0].kernel.shape == (WIDTH, 6)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_features_of_1e13_stay_finite_under_every_policy(make_encoder, heavy, policy, batch_norm):
    encoder = make_encoder(heavy(50), dtype=policy, batch_norm_layers=batch_norm, augmented=True)
    audio = np.full((3, WIDTH), 1e13, np.float32)
    audio[1] *= -1.0

    condition = encoder(audio, strength=rows(1, 2, 3), keep=rows(1, 1, 0), training=True)

    assert condition.dtype == "float32"
    assert encoder.null_conditions(1).dtype == "float32"
    assert np.isfinite(condition.numpy()).all()
    assert encoder.scaling(audio).dtype == "float32"


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_unscaled_features_of_1e13_stay_finite_under_every_policy(make_encoder, policy):
    encoder = make_encoder(scale_features=False, batch_norm_layers=True, null=False, dtype=policy)
    audio = 1e13 * np.random.default_rng(0).normal(size=(4, WIDTH)).astype(np.float32)

    assert np.isfinite(encoder(audio, training=True).numpy()).all()


def test_whole_half_and_empty_features_and_the_null_condition_all_differ(encoder, heavy):
    whole, half, empty = heavy(3, seed=1), heavy(3, seed=1), np.zeros((3, WIDTH))
    half[:, :4] = 0.0

    conditions = [encoder(x).numpy() for x in (whole, half, empty)] + [encoder.null_conditions(3)]

    for index, first in enumerate(conditions):
        for second in conditions[index + 1 :]:
            assert np.abs(first - second).max() > 1e-3


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"hidden_units": ()},
        {"scale_features": False, "batch_norm_layers": True, "null": False},
        {"augmented": True, "parts": 4, "dtype": "mixed_float16"},
    ],
)
def test_a_saved_encoder_returns_the_same_conditions(make_encoder, stir, heavy, tmp_path, options):
    encoder = stir(make_encoder(**options))
    twin = AudioEncoder.from_config(encoder.get_config())
    assert twin.get_config() == encoder.get_config()

    model = keras.Sequential([encoder])
    audio = heavy(3)
    if not encoder.scale_features:
        audio = audio / np.geomspace(1e-24, 1e13, WIDTH)
    expected = model(audio)
    model.save(tmp_path / "encoder.keras")
    loaded = keras.saving.load_model(tmp_path / "encoder.keras", safe_mode=True)

    np.testing.assert_array_equal(loaded(audio), expected)
