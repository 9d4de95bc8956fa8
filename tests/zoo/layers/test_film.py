import numpy as np
import pytest

from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.film import BranchedFiLM, FiLM, modulate

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3, 4, 6)).astype(np.float32)
E = RNG.normal(size=(5, 7)).astype(np.float32)


def built(layer):
    layer.build(X.shape, E.shape)
    return layer


def test_an_untrained_film_is_exactly_the_identity():
    np.testing.assert_array_equal(built(FiLM(6))(X, E), X)


def test_film_scales_and_shifts_each_channel_by_the_condition(stir):
    layer = stir(built(FiLM(6)))

    kernel, bias = (weight.numpy() for weight in layer.weights)
    delta, beta = np.split(E @ kernel + bias, 2, axis=1)
    expected = X * (1.0 + delta)[:, None, None] + beta[:, None, None]
    np.testing.assert_allclose(layer(X, E), expected, rtol=1e-4, atol=1e-5)


def normalised(x, gamma, beta, mean, variance):
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


@pytest.mark.parametrize("training", [True, False])
def test_branched_film_computes_gamma_and_beta_by_one_branch_each(stir, training):
    layer = stir(built(BranchedFiLM(6, 7)))

    def branch(name):
        weights = {w.path.split("/", 1)[1]: w.numpy() for w in layer.weights if name in w.path}
        x = E
        for step in ("hidden", "out"):
            x = x @ weights[f"{name}_{step}/kernel"] + weights[f"{name}_{step}/bias"]
            norm = f"{name}_{step}_norm"
            moments = (
                (x.mean(axis=0), x.var(axis=0))
                if training
                else (weights[f"{norm}/moving_mean"], weights[f"{norm}/moving_variance"])
            )
            x = normalised(x, weights[f"{norm}/gamma"], weights[f"{norm}/beta"], *moments)
            if step == "hidden":
                x = np.where(x > 0, x, 0.2 * x)
        return x[:, None, None]

    expected = X * branch("gamma") + branch("beta")
    np.testing.assert_allclose(layer(X, E, training=training), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("channels", "dim"), [(6, 7), (16, 4), (3, 20)])
def test_branched_film_has_the_parameters_of_two_branches(channels, dim):
    layer = BranchedFiLM(channels, dim)
    layer.build((None, 3, 4, channels), (None, dim))

    hidden = (dim + channels) // 2
    branch = (dim + 1) * hidden + 2 * hidden + (hidden + 1) * channels + 2 * channels
    assert sum(int(np.prod(w.shape)) for w in layer.trainable_variables) == 2 * branch
    assert layer(np.zeros((2, 3, 4, channels)), np.zeros((2, dim))).shape == (2, 3, 4, channels)


def test_the_last_weights_of_branched_film_have_the_given_mean_and_deviation():
    layer = BranchedFiLM(64, 64, stddev=0.02, gamma_mean=1.0)
    layer.build((None, 3, 4, 64), (None, 64))

    gamma, beta = layer.gamma[3].kernel.numpy(), layer.beta[3].kernel.numpy()
    assert gamma.mean() == pytest.approx(1.0, abs=2e-3)
    assert beta.mean() == pytest.approx(0.0, abs=2e-3)
    assert gamma.std() == pytest.approx(0.02, rel=0.1)
    assert beta.std() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize(
    "layer", [FiLM(6, name="a"), BranchedFiLM(6, 7, 0.02, 1.0, name="a")], ids=["film", "branched"]
)
def test_from_config_makes_the_same_layer(layer):
    twin = type(layer).from_config(layer.get_config())

    assert twin.get_config() == layer.get_config()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("make", [lambda: FiLM(6), lambda: BranchedFiLM(6, 7)])
def test_modulate_is_film_after_the_norm(stir, make, training):
    norm, film = batch_norm("norm", "float32", affine=False), stir(built(make()))
    norm.build(X.shape)
    stir(norm)
    expected = film(norm(X, training=training), E, training=training)

    modulated = modulate(X, norm, film, E, training=training)

    np.testing.assert_allclose(modulated, expected, rtol=1e-3, atol=1e-4)
