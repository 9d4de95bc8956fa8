"""The typicality of a network: adapted with the scaling, saved with it, absent in older files."""

import keras
import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.zoo.layers.typicality import LEVELS


@pytest.fixture
def make_generative(make_gan, heavy):
    """The generator of a GAN that is adapted to `heavy`."""
    return lambda **settings: make_gan(**settings).generative


def distances(network, vectors):
    scaled = np.asarray(network.audio_encoder.scaling(vectors))[:, : vectors.shape[1]]
    return np.sqrt(np.mean(np.float64(scaled) ** 2, axis=1))


def test_typicality_is_the_percentile_among_the_training_tracks(make_generative, heavy):
    network, train, tracks = make_generative(), heavy(50), heavy(30, seed=1)

    percentiles = network.typicality(tracks)

    quantiles = np.percentile(distances(network, train), LEVELS)
    expected = np.interp(distances(network, tracks), quantiles, LEVELS)
    assert percentiles.dtype == "float32"
    np.testing.assert_allclose(percentiles, expected, atol=0.02)
    assert network.typicality(1e6 * tracks).numpy().min() == pytest.approx(100.0, abs=1e-4)


def test_feature_noise_of_training_is_no_part_of_it(make_generative, heavy):
    plain, noisy = make_generative(), make_generative(feature_noise=2.0)

    np.testing.assert_array_equal(noisy.typicality(heavy(9)), plain.typicality(heavy(9)))


def test_many_training_tracks_are_scaled_a_part_at_a_time(make_generative, heavy, monkeypatch):
    network, vectors = make_generative(), heavy(30, seed=2)
    network.adapt(vectors)
    whole = network.audio_encoder.typicality.quantiles.numpy()
    monkeypatch.setattr("coverzoo.zoo.networks.audio_encoder.ADAPT_ROWS", 7)

    network.adapt(vectors)

    np.testing.assert_allclose(network.audio_encoder.typicality.quantiles, whole, rtol=1e-6)


def test_a_saved_network_returns_the_same_typicality(make_generative, heavy, tmp_path):
    network, tracks = make_generative(), heavy(9, seed=1)

    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)

    assert np.ptp(network.typicality(tracks)) > 10.0
    np.testing.assert_array_equal(loaded.typicality(tracks), network.typicality(tracks))


def test_generators_measure_it_and_critics_do_not(make_gan):
    gan = make_gan(ema_decay=0.9)

    assert gan.critic.audio_encoder.typicality is None
    np.testing.assert_array_equal(
        gan.ema_generator.audio_encoder.typicality.quantiles,
        gan.generator.audio_encoder.typicality.quantiles,
    )


def test_without_scaled_features_there_is_none(make_generative, heavy):
    assert make_generative(scale_features=False, feature_noise=0.0).typicality(heavy(3)) is None


def test_a_network_of_an_earlier_version_loads_without_it(make_generator, heavy, tmp_path):
    network = make_generator()
    config = network.get_config()
    del config["audio_encoder"]["config"]["typicality"]  # as earlier versions wrote it

    again = type(network).from_config(config)
    again.build()
    again.set_weights(network.get_weights())

    assert again.typicality(heavy(3)) is None
    assert np.isfinite(again.generate(np.ones((3, 5)), heavy(3))).all()


def test_the_bundled_model_can_generate_whether_or_not_it_measures_it():
    model = zoo.load("demo")
    track = np.random.default_rng(0).lognormal(size=(1, model.audio_encoder.width))

    percentile = model.typicality(track)

    assert percentile is None or percentile.shape == (1,)
    assert model.generate(np.zeros((1, model.latent_dim)), track).shape[0] == 1


def test_audio_that_does_not_fit_is_refused(make_generative, make_gan, heavy):
    with pytest.raises(ValueError, match=r"audio must be \(B, 8\). Received: \(3, 7\)"):
        make_generative().typicality(heavy(3, width=7))
    with pytest.raises(ValueError, match="this model was trained without audio"):
        make_gan(audio=False).generative.typicality(heavy(3))
