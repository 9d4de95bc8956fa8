"""Recovering z from covers: in the losses of both updates, and as the z of real covers."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.recovery import coarse_difference, latent_loss
from coverzoo.zoo.models.latent_recovery import LatentRecovery
from coverzoo.zoo.models.stateless_rng import StatelessRNG
from coverzoo.zoo.networks.critic import MAX_LOG_PRECISION, CriticFeatures


def recovered_from(model, batch, update, z):
    condition = model.generator.audio_encoder(batch["audio"])
    fake = model.generator.generate_from(z, condition, training=True)
    return fake, model.critic.image_features(fake).latent


def test_a_critic_recovers_a_gaussian_of_bounded_width(make_gan, make_batch):
    mean, log_variance = (
        make_gan(recovery_weight=0.5).critic.image_features(1e3 * make_batch(4)["image"]).latent
    )

    assert mean.shape == log_variance.shape == (4, 5)
    assert (np.abs(log_variance.numpy() + MAX_LOG_PRECISION / 2) <= MAX_LOG_PRECISION / 2).all()
    assert make_gan().critic.image_features(make_batch(4)["image"]).latent == ()


def test_both_updates_minimise_the_weighted_recovery(make_gan, make_batch):
    batch = make_batch(4)
    losses = {}
    for weight in (0.25, 0.75):
        model = make_gan(recovery_weight=weight, gradient_penalty_weight=0.0, seed=3)
        z = StatelessRNG(model.seed, 0, 0).normal("latent_noise", (4, 5))
        _, latent = recovered_from(model, batch, 0, z)
        losses[weight] = float(model._update_critic(batch, 0)["critic_loss"])
        recovery = float(latent_loss(*latent, z))

    assert losses[0.75] - losses[0.25] == pytest.approx(0.5 * recovery, rel=1e-3)


def test_half_of_the_generated_covers_come_from_the_z_of_real_ones(make_gan, make_batch):
    model = make_gan(recovery_weight=0.5, reconstruction_weight=2.0, seed=3)
    batch = make_batch(4)
    z = StatelessRNG(model.seed, 0, model.critic_steps).normal("latent_noise", (4, 5)).numpy()
    mean, log_variance = model.critic.image_features(batch["image"][:2]).latent
    first = mean + np.exp(0.5 * log_variance) * z[:2]
    expected = tf.concat([first, z[2:]], axis=0)
    np.testing.assert_allclose(
        model.recovery.with_recovered(model.critic.image_features(batch["image"]), tf.constant(z)),
        expected,
        rtol=1e-5,
    )
    fake, latent = recovered_from(model, batch, 1, expected)

    logs = model._update_generator(batch)

    difference = coarse_difference(fake[:2], batch["image"][:2])
    np.testing.assert_allclose(logs["coarse_reconstruction_loss"], difference, rtol=1e-3)
    np.testing.assert_allclose(
        logs["latent_recovery_loss"], latent_loss(*latent, expected), rtol=1e-3
    )


def test_without_the_comparison_every_z_is_new(make_gan, make_batch):
    model, batch = make_gan(recovery_weight=0.5), make_batch(4)
    z, features = tf.ones((4, 5)), model.critic.image_features(batch["image"])

    assert model.recovery.with_recovered(features, z) is z
    assert "coarse_reconstruction_loss" not in model._update_generator(batch)


def test_a_critic_learns_to_recover_z_of_a_generator_that_stays(make_gan, make_batch):
    model = make_gan(recovery_weight=10.0, generator_learning_rate=0.0, critic_learning_rate=0.003)
    batch, step = make_batch(4), tf.function(model.train_step)

    found = [float(step(batch)["latent_recovery_loss"]) for _ in range(200)]

    assert np.mean(found[-40:]) < np.mean(found[:40]) - 0.05


def test_the_weights_multiply_their_terms(make_batch):
    real, z = make_batch(4)["image"], tf.ones((4, 2))
    features = CriticFeatures(tf.zeros(4), None, (tf.zeros((4, 2)), tf.zeros((4, 2))))

    loss, metrics = LatentRecovery(0.5, 3.0).generator_loss(features, z, 0 * real, real)

    difference = coarse_difference(0 * real[:2], real[:2])
    assert float(metrics["latent_recovery_loss"]) == pytest.approx(0.5)
    assert float(loss) == pytest.approx(0.25 + 3.0 * float(difference), rel=1e-5)
