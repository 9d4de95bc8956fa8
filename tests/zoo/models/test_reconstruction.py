"""Training steps of autoencoders and the VAE: losses, random numbers and the L2 term."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.models.optimizers import adam
from coverzoo.zoo.models.reconstruction import AutoencoderModel, VAEModel
from coverzoo.zoo.models.stateless_rng import StatelessRNG

RATE, BETAS = 0.01, (0.9, 0.999)


@pytest.fixture
def compiled():
    """Compile the model that trains a network."""

    def compiled(network, precision="float32", **options):
        kind = VAEModel if hasattr(network, "posterior") else AutoencoderModel
        model = kind(network, **options)
        model.compile(adam(RATE, *BETAS, precision))
        return model

    return compiled


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.float64(x)))


def first_rng(seed=0):
    """The random numbers of the first update."""
    return StatelessRNG(seed, 0, 0)


@pytest.mark.parametrize("method", ["resize", "unpool"])
@pytest.mark.parametrize("training", [False, True])
def test_the_loss_of_an_autoencoder_is_the_mean_squared_error_on_zero_to_one(
    make_autoencoder, compiled, make_batch, method, training
):
    model, batch = compiled(make_autoencoder(method)), make_batch(4)
    reconstructed = sigmoid(model.network.logits(batch["image"], training=training))

    losses = model.losses(batch, first_rng(), training)

    expected = np.mean((reconstructed - (batch["image"].numpy() + 1.0) / 2.0) ** 2)
    assert losses.keys() == {"loss"}
    np.testing.assert_allclose(losses["loss"], expected, rtol=1e-4)


def with_small_weights(network):
    """Shrink the weights that determine the densities, so that none is a spike."""
    for weight in (*network.log_variance.weights, network.decoder.to_rgb.kernel):
        weight.assign(0.1 * weight)
    if network.prior is not None:
        network.prior.kernel.assign(0.1 * network.prior.kernel)
    return network


def expected_terms(network, batch, rng, condition):
    """The cross-entropy and the KL term of the VAE in float64, from its outputs."""
    mean, log_variance = (np.float64(value) for value in network.posterior(batch["image"]))
    noise = rng.normal("latent_noise", mean.shape).numpy()
    z = mean + np.exp(0.5 * log_variance) * noise
    p = sigmoid(network.logits_from(tf.constant(z, tf.float32), condition))
    target = (np.float64(batch["image"]) + 1.0) / 2.0
    cross_entropy = -(target * np.log(p) + (1.0 - target) * np.log(1.0 - p))
    prior_mean, prior_log = (np.float64(v) for v in network.prior_parameters(condition, len(mean)))
    variance, prior_variance = np.exp(log_variance), np.exp(prior_log)
    kl = 0.5 * (
        ((mean - prior_mean) ** 2 + variance) / prior_variance
        - np.log(variance / prior_variance)
        - 1.0
    )
    return cross_entropy.sum(axis=(1, 2, 3)).mean(), kl.sum(axis=1).mean()


@pytest.mark.parametrize(
    "form", [{"audio": False}, {}, {"prior": "audio"}], ids=["plain", "audio", "audio-prior"]
)
def test_the_loss_of_a_vae_is_cross_entropy_plus_beta_times_the_kl_term(
    make_vae, compiled, make_batch, form
):
    network, batch = with_small_weights(make_vae(**form)), make_batch(4)
    condition = network.audio_encoder and network.audio_encoder(batch["audio"])
    cross_entropy, kl = expected_terms(network, batch, first_rng(3), condition)

    losses = compiled(network, beta=0.3, seed=3).losses(batch, first_rng(3), False)

    assert kl > 0.1
    np.testing.assert_allclose(losses["reconstruction_loss"], cross_entropy, rtol=1e-3)
    np.testing.assert_allclose(losses["kl_loss"], kl, rtol=1e-3)
    np.testing.assert_allclose(losses["loss"], cross_entropy + 0.3 * kl, rtol=1e-3)


@pytest.mark.parametrize(("step", "share"), [(0, 0.0), (5, 0.25), (20, 1.0), (99, 1.0)])
def test_beta_rises_in_training_and_has_its_full_value_in_validation(
    make_vae, compiled, make_batch, step, share
):
    model = compiled(make_vae(audio=False), beta=0.5, kl_warmup_steps=20)
    model.steps.assign(step)

    for training, beta in ((True, 0.5 * share), (False, 0.5)):
        losses = model.losses(make_batch(4), first_rng(), training)
        expected = losses["reconstruction_loss"] + beta * losses["kl_loss"]
        np.testing.assert_allclose(losses["loss"], expected, rtol=1e-5)


def test_samples_whose_audio_is_dropped_are_trained_with_the_null_condition(
    make_vae, compiled, make_batch
):
    model, batch = compiled(make_vae(prior="audio"), condition_dropout=0.5, seed=3), make_batch(8)
    keep = first_rng(3).uniform("condition_dropout", (8,)).numpy() >= 0.5
    assert 0 < keep.sum() < 8

    condition = model._condition(batch, first_rng(3), True).numpy()

    encoder = model.network.audio_encoder
    expected = np.where(keep[:, None], encoder(batch["audio"]), encoder.null_conditions(8))
    np.testing.assert_allclose(condition, expected, rtol=1e-4, atol=1e-5)
    in_validation = model._condition(batch, first_rng(3), False)
    np.testing.assert_array_equal(in_validation, encoder(batch["audio"]))


def test_feature_noise_is_added_in_training_only(make_vae, compiled, make_batch):
    model, batch = compiled(make_vae(), feature_noise=0.5, seed=2), make_batch(4)
    encoder = model.network.audio_encoder
    noise = 0.5 * first_rng(2).normal("feature_noise", (4, 8))

    noisy, clean = (model._condition(batch, first_rng(2), training) for training in (True, False))

    np.testing.assert_array_equal(clean, encoder(batch["audio"]))
    np.testing.assert_array_equal(noisy, encoder(batch["audio"], noise=noise))
    assert np.abs(noisy - clean).max() > 0.1


def test_validation_draws_the_same_at_every_step_and_nothing_that_training_draws(
    make_vae, compiled, make_batch
):
    model, batch = compiled(make_vae(concat_condition=True), condition_dropout=0.5), make_batch(4)
    first = model.test_step(batch)

    model.steps.assign(7)
    again = model.test_step(batch)

    assert {name: float(value) for name, value in again.items()} == {
        name: float(value) for name, value in first.items()
    }
    for step in range(8):
        drawn = model.losses(batch, StatelessRNG(0, step, 0), False)
        assert float(drawn["loss"]) != float(first["loss"])


def test_validation_changes_no_variable(make_vae, compiled, make_batch, snapshot):
    model = compiled(make_vae())
    before = snapshot(model.variables)

    model.test_step(make_batch(4))

    for one, other in zip(snapshot(model.variables), before, strict=True):
        np.testing.assert_array_equal(one, other)


def gradients_of(model, batch):
    """The gradients of the next update."""
    with tf.GradientTape() as tape:
        rng = StatelessRNG(model.seed, model.steps, 0)
        loss = model.losses(batch, rng, True)["loss"]
    return [np.float64(g) for g in tape.gradient(loss, model.network.trainable_variables)]


@pytest.mark.parametrize("l2_weight", [0.0, 0.3])
def test_steps_are_adam_s_on_the_gradient_plus_the_l2_term(
    make_autoencoder, compiled, make_batch, l2_weight
):
    model = compiled(make_autoencoder(), l2_weight=l2_weight)
    weights = model.network.trainable_variables
    not_biases = {i for i, w in enumerate(weights) if not w.path.endswith("bias")}
    mean, square = ([np.zeros(w.shape) for w in weights] for _ in range(2))
    for step in (1, 2, 3):
        batch = make_batch(4, seed=step)
        before = [np.float64(w.numpy()) for w in weights]
        gradients = gradients_of(model, batch)

        norm = model.train_step(batch)["grad_norm"]

        expected = np.sqrt(sum((g**2).sum() for g in gradients))
        np.testing.assert_allclose(norm, expected, rtol=1e-3)
        for i, old in enumerate(before):
            slope = gradients[i] + l2_weight * old
            mean[i] = BETAS[0] * mean[i] + (1.0 - BETAS[0]) * slope
            square[i] = BETAS[1] * square[i] + (1.0 - BETAS[1]) * slope**2
            # arXiv:1412.6980 at the end of its section 2, where ε joins the uncorrected root.
            rate = RATE * np.sqrt(1.0 - BETAS[1] ** step) / (1.0 - BETAS[0] ** step)
            change = -rate * mean[i] / (np.sqrt(square[i]) + 1e-8)
            # The gradient of a bias before a norm is rounding alone, of which Adam makes a step.
            if l2_weight or i in not_biases:
                np.testing.assert_allclose(weights[i].numpy() - old, change, atol=2e-4)


def test_loss_scaling_does_not_change_the_step(make_autoencoder, compiled, make_batch):
    plain, scaled = (
        compiled(make_autoencoder(), precision, l2_weight=0.3)
        for precision in ("float32", "mixed_float16")
    )

    norms = [float(model.train_step(make_batch(4))["grad_norm"]) for model in (plain, scaled)]

    assert norms[1] == pytest.approx(norms[0], rel=1e-3)
    pairs = zip(plain.network.weights, scaled.network.weights, strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(other, one, atol=1e-4, err_msg=one.path)


@pytest.mark.parametrize("form", ["autoencoder", "vae"])
def test_a_few_steps_on_one_batch_lower_the_loss(
    make_autoencoder, make_vae, compiled, make_batch, form
):
    vae = with_small_weights(make_vae(prior="audio", null=False))
    model = compiled(make_autoencoder() if form == "autoencoder" else vae)
    batch = make_batch(4)

    losses = [float(model.train_step(batch)["loss"]) for _ in range(6)]

    assert losses[-1] < losses[0]
    assert int(model.steps) == 6


def test_a_call_reconstructs_covers_with_their_own_audio(make_vae, compiled, make_batch):
    batch = make_batch(3)
    for network, audio in ((make_vae(), (batch["audio"],)), (make_vae(audio=False), ())):
        expected = network.reconstruct(batch["image"], *audio)
        np.testing.assert_array_equal(compiled(network)(batch), expected)


def test_a_model_has_best_weights_once_a_validation_has_run(make_autoencoder, compiled):
    model = compiled(make_autoencoder())

    assert not model.has_best_weights
    model.best.assign(0.5)
    assert model.has_best_weights
    assert model.generative is model.network
    assert model.generative_networks == (model.network,)


def test_an_overflow_skips_the_step_and_halves_the_loss_scale(
    make_vae, compiled, make_batch, snapshot
):
    network = make_vae(dtype="mixed_float16")
    model = compiled(network, "mixed_float16")
    model.network_optimizer.dynamic_scale.assign(2.0**126)
    before = snapshot(network.trainable_variables)

    model.train_step(make_batch(4))

    for old, new in zip(before, snapshot(network.trainable_variables), strict=True):
        np.testing.assert_array_equal(new, old)
    assert float(model.network_optimizer.dynamic_scale) == 2.0**125
