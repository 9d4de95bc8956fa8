"""The norm, the activation and FiLM after a convolution, and their order."""

import numpy as np
import pytest

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 8, 8, 5)).astype(np.float32)


def leaky(x):
    return np.where(x > 0, x, 0.01 * x)


def normed(norm, x):
    gamma, beta, mean, variance = (weight.numpy() for weight in norm.weights)
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


@pytest.mark.parametrize("kind", ["autoencoder", "vae"])
def test_the_norm_precedes_the_activation_in_an_autoencoder_and_follows_it_in_a_vae(
    make_autoencoder, make_vae, kind
):
    network = make_autoencoder() if kind == "autoencoder" else make_vae(audio=False)
    stage = network.decoder.stages[0]

    norm_first, norm_last = leaky(normed(stage.norm, X)), normed(stage.norm, leaky(X))

    expected = norm_first if kind == "autoencoder" else norm_last
    assert np.abs(norm_first - norm_last).max() > 0.1
    np.testing.assert_allclose(stage(X), expected, rtol=1e-4, atol=1e-4)
    assert {each.order for each in (*network.encoder.stages, *network.decoder.stages)} == {
        "norm" if kind == "autoencoder" else "activation"
    }


def test_film_modulates_a_vae_s_decoder_before_the_activation_and_the_norm(make_vae, audio):
    network = make_vae()
    condition = network.audio_encoder(audio).numpy()
    stage = network.decoder.stages[0]
    kernel, bias = stage.film.modulation.get_weights()
    gain, shift = np.split((condition @ kernel + bias)[:, None, None], 2, axis=-1)

    modulated = stage(X, condition)

    expected = normed(stage.norm, leaky(X * (1.0 + gain) + shift))
    np.testing.assert_allclose(modulated, expected, rtol=1e-3, atol=1e-3)
    assert all(each.film is not None for each in network.decoder.stages)
    assert all(each.film is None for each in network.encoder.stages)
