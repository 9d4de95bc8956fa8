"""The VAE: its conditional prior and decoder, and how its methods agree."""

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
    pytest.param({"prior": "audio", "concat_condition": True}, id="concat-condition"),
]


def prior(network, audio):
    """m(a) and s(a), from the condition and the prior's weights."""
    kernel, bias = network.prior.get_weights()
    mean, log_variance = np.split(network.audio_encoder(audio).numpy() @ kernel + bias, 2, axis=1)
    return mean, np.exp(0.5 * log_variance)


@pytest.mark.parametrize("concat_condition", [False, True])
def test_an_audio_prior_shifts_and_scales_the_noise(make_vae, audio, concat_condition):
    network = make_vae(prior="audio", concat_condition=concat_condition)
    mean, deviation = prior(network, audio)
    assert mean.std(axis=0).max() > 0.1

    np.testing.assert_allclose(
        network.generate(np.zeros((3, 5)), audio), network.decode(mean, audio), atol=1e-4
    )
    np.testing.assert_allclose(
        network.generate(Z, audio), network.decode(mean + deviation * Z, audio), atol=1e-4
    )


def test_with_a_standard_prior_generate_decodes_the_noise(make_vae, audio):
    network = make_vae()

    np.testing.assert_allclose(network.generate(Z, audio), network.decode(Z, audio), atol=1e-4)
    np.testing.assert_allclose(network.generate(Z), network.decode(Z), atol=1e-4)


def test_an_audio_prior_is_initialised_to_the_standard_one(make_encoder, heavy, audio):
    network = VAE(32, 5, (4, 6, 5), 7, make_encoder(heavy(50)), prior="audio")
    network.build()

    np.testing.assert_allclose(network.generate(Z, audio), network.decode(Z, audio), atol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_a_reconstruction_is_the_decoded_posterior_mean(make_vae, audio, form):
    network = make_vae(**form)
    condition = () if form.get("audio") is False else (audio,)

    codes = network.encode(IMAGES)

    assert codes.shape == (3, 5)
    np.testing.assert_array_equal(codes, network.posterior(IMAGES)[0])
    np.testing.assert_allclose(
        network.reconstruct(IMAGES, *condition), network.decode(codes, *condition), atol=1e-4
    )


@pytest.mark.parametrize("form", FORMS[1:])
def test_the_audio_changes_generated_and_reconstructed_covers(make_vae, audio, form):
    network = make_vae(**form)
    same_noise = np.repeat(Z[:1], 3, axis=0)

    for covers in (network.generate(same_noise, audio), network.decode(same_noise, audio)):
        assert np.std(covers[0] - covers[1]) > 1e-3
    image = np.repeat(IMAGES[:1], 3, axis=0)
    covers = network.reconstruct(image, audio)
    assert np.std(covers[0] - covers[1]) > 1e-3
    np.testing.assert_array_equal(network.encode(image)[0], network.encode(image)[1])


def test_strength_zero_uses_the_null_condition_in_the_prior_too(make_vae, audio):
    network = make_vae(prior="audio")

    np.testing.assert_allclose(network.generate(Z, audio, 0.0), network.generate(Z), atol=1e-4)
    assert np.std(network.generate(Z, audio) - network.generate(Z)) > 1e-3


def test_the_log_variance_of_the_posterior_has_a_layer_of_its_own(make_vae):
    network = make_vae(audio=False)
    before = network.encode(IMAGES).numpy()

    network.log_variance.bias.assign(np.arange(5.0))

    mean, log_variance = network.posterior(IMAGES)
    np.testing.assert_array_equal(mean, before)
    kernel, bias = network.log_variance.get_weights()
    values = network.encoder(IMAGES)[0].numpy().reshape(3, -1)
    np.testing.assert_allclose(log_variance, values @ kernel + bias, rtol=1e-3, atol=1e-3)


def test_arguments_that_do_not_fit_are_refused(make_vae, audio):
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


def test_an_unknown_prior_and_an_audio_prior_without_audio_are_refused():
    with pytest.raises(ValueError, match=r"prior must be one of .* Received: 'uniform'"):
        VAE(32, 5, (4,), 7, prior="uniform")
    with pytest.raises(ValueError, match="an audio prior needs an audio encoder"):
        VAE(32, 5, (4,), 7, prior="audio")
