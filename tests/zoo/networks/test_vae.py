"""The VAE: its conditioned prior and decoder, and that its methods agree."""

import numpy as np
import pytest

from coverzoo.zoo.networks.vae import VAE
from coverzoo.zoo.noise import normal

IMAGES = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32)
Z = normal(0, range(3), 5)
FORMS = [
    pytest.param({"audio": False, "method": "reflect"}, id="plain"),
    pytest.param({}, id="standard"),
    pytest.param({"prior": "audio"}, id="audio-prior"),
    pytest.param({"prior": "audio", "concat_condition": True}, id="latent"),
]


def prior(network, audio):
    """m(a) and s(a), from the condition and the prior's weights."""
    kernel, bias = network.prior.get_weights()
    mean, log_variance = np.split(network.audio_encoder(audio).numpy() @ kernel + bias, 2, axis=1)
    return mean, np.exp(0.5 * log_variance)


@pytest.mark.parametrize("concat_condition", [False, True])
def test_with_an_audio_prior_noise_is_painted_from_where_the_music_is(
    make_vae, audio, concat_condition
):
    network = make_vae(prior="audio", concat_condition=concat_condition)
    mean, deviation = prior(network, audio)
    assert mean.std(axis=0).max() > 0.1

    np.testing.assert_allclose(
        network.generate(np.zeros((3, 5)), audio), network.decode(mean, audio), atol=1e-4
    )
    np.testing.assert_allclose(
        network.generate(Z, audio), network.decode(mean + deviation * Z, audio), atol=1e-4
    )


def test_with_a_standard_prior_noise_is_the_code(make_vae, audio):
    network = make_vae()

    np.testing.assert_allclose(network.generate(Z, audio), network.decode(Z, audio), atol=1e-4)
    np.testing.assert_allclose(network.generate(Z), network.decode(Z), atol=1e-4)


def test_an_audio_prior_starts_as_the_standard_one(make_encoder, heavy, audio):
    network = VAE(32, 5, (4, 6, 5), 7, make_encoder(heavy(50)), prior="audio")
    network.build()

    np.testing.assert_allclose(network.generate(Z, audio), network.decode(Z, audio), atol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_covers_given_back_are_the_decoded_means_of_their_codes(make_vae, audio, form):
    network = make_vae(**form)
    given = () if form.get("audio") is False else (audio,)

    codes = network.encode(IMAGES)

    assert codes.shape == (3, 5)
    np.testing.assert_array_equal(codes, network.posterior(IMAGES)[0])
    np.testing.assert_allclose(
        network.reconstruct(IMAGES, *given), network.decode(codes, *given), atol=1e-4
    )


@pytest.mark.parametrize("form", FORMS[1:])
def test_the_music_changes_covers_painted_and_covers_given_back(make_vae, audio, form):
    network = make_vae(**form)
    same = np.repeat(Z[:1], 3, axis=0)

    for covers in (network.generate(same, audio), network.decode(same, audio)):
        assert np.std(covers[0] - covers[1]) > 1e-3
    image = np.repeat(IMAGES[:1], 3, axis=0)
    covers = network.reconstruct(image, audio)
    assert np.std(covers[0] - covers[1]) > 1e-3
    np.testing.assert_array_equal(network.encode(image)[0], network.encode(image)[1])


def test_strength_zero_is_no_audio_to_the_prior_too(make_vae, audio):
    network = make_vae(prior="audio")

    np.testing.assert_allclose(network.generate(Z, audio, 0.0), network.generate(Z), atol=1e-4)
    assert np.std(network.generate(Z, audio) - network.generate(Z)) > 1e-3


def test_the_posterior_s_spread_is_a_layer_of_its_own(make_vae):
    network = make_vae(audio=False)
    before = network.encode(IMAGES).numpy()

    network.log_variance.bias.assign(np.arange(5.0))

    mean, log_variance = network.posterior(IMAGES)
    np.testing.assert_array_equal(mean, before)
    kernel, bias = network.log_variance.get_weights()
    values = network.encoder(IMAGES)[0].numpy().reshape(3, -1)
    np.testing.assert_allclose(log_variance, values @ kernel + bias, rtol=1e-3, atol=1e-3)


def test_what_does_not_fit_is_refused(make_vae, audio):
    network, without_audio, without_null = make_vae(), make_vae(audio=False), make_vae(null=False)

    with pytest.raises(ValueError, match=r"image must be \(B, 32, 32, 3\)\. Received: \(3, 8"):
        network.encode(np.zeros((3, 8, 8, 3)))
    with pytest.raises(ValueError, match=r"audio must be \(B, 8\)\. Received: \(3, 7\)"):
        network.reconstruct(IMAGES, np.ones((3, 7)))
    with pytest.raises(ValueError, match=r"z has 3 rows and audio has 1"):
        network.decode(Z, audio[:1])
    for call in (
        lambda: without_audio.decode(Z, audio),
        lambda: without_audio.reconstruct(IMAGES, audio),
    ):
        with pytest.raises(ValueError, match="trained without audio; pass None"):
            call()
    with pytest.raises(ValueError, match="has no null condition, so it needs audio"):
        without_null.generate(Z)
    for call in (lambda: without_null.decode(Z), lambda: without_null.reconstruct(IMAGES)):
        with pytest.raises(ValueError, match="has no null condition, so it needs audio"):
            call()


def test_priors_that_cannot_be():
    with pytest.raises(ValueError, match=r"prior must be one of .* Received: 'uniform'"):
        VAE(32, 5, (4,), 7, prior="uniform")
    with pytest.raises(ValueError, match="an audio prior needs an audio encoder"):
        VAE(32, 5, (4,), 7, prior="audio")
