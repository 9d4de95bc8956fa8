"""The losses of one critic and one generator update, by the formulas in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.penalties import GRADIENT_PENALTIES
from coverzoo.zoo.models.stateless_rng import StatelessRNG


def softplus(x):
    return np.log1p(np.exp(np.float64(x)))


CRITIC_LOSSES = {
    "gan": lambda real, fake, label: (
        np.mean(label * softplus(-real) + (1.0 - label) * softplus(real)) + softplus(fake).mean()
    ),
    "lsgan": lambda real, fake, label: 0.5 * np.mean((real - label) ** 2) + 0.5 * np.mean(fake**2),
    "wgan-gp": lambda real, fake, label: fake.mean() - real.mean(),
}
GENERATOR_LOSSES = {
    "gan": lambda fake: softplus(-fake).mean(),
    "lsgan": lambda fake: 0.5 * np.mean((fake - 1.0) ** 2),
    "wgan-gp": lambda fake: -fake.mean(),
}


def generate_and_score(model, batch, update):
    """The covers that the generator generates in an update, and the scores of real and fake."""
    z = StatelessRNG(model.seed, 0, update).normal("latent_noise", (4, 5))
    condition = model.generator.audio_encoder(batch["audio"])
    fake = model.generator.generate_from(z, condition, training=True)
    scores = (model.critic(image, batch["audio"]).numpy() for image in (batch["image"], fake))
    return fake, *scores


def squared_gradient_norms(model, batch, image):
    with tf.GradientTape() as tape:
        tape.watch(image)
        scores = model.critic(image, batch["audio"])
    return (tape.gradient(scores, image).numpy() ** 2).sum(axis=(1, 2, 3))


@pytest.mark.parametrize("label", [1.0, 0.8])
@pytest.mark.parametrize("name", CRITIC_LOSSES)
def test_a_critic_update_minimises_the_critic_loss_of_its_model(make_gan, make_batch, name, label):
    model = make_gan(model=name, gradient_penalty_weight=0.0, real_label=label, seed=3)
    batch = make_batch(4)
    _, real, fake = generate_and_score(model, batch, 0)

    logs = model._update_critic(batch, 0)

    expected = CRITIC_LOSSES[name](real, fake, label)
    np.testing.assert_allclose(logs["critic_loss"], expected, rtol=1e-3)
    np.testing.assert_allclose(logs["critic_score_gap"], real.mean() - fake.mean(), rtol=1e-3)
    assert float(logs["gradient_penalty_loss"]) == 0.0


@pytest.mark.parametrize("name", GENERATOR_LOSSES)
def test_a_generator_update_minimises_the_generator_loss_of_its_model(make_gan, make_batch, name):
    model, batch = make_gan(model=name, real_label=0.8, seed=3), make_batch(4)
    _, _, fake = generate_and_score(model, batch, model.critic_steps)

    logs = model._update_generator(batch)

    expected = GENERATOR_LOSSES[name](fake)
    np.testing.assert_allclose(logs["generator_loss"], expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", GRADIENT_PENALTIES)
def test_the_gradient_penalty_is_weighted_and_added(make_gan, make_batch, kind):
    model = make_gan(model="gan", gradient_penalty_weight=7.0, gradient_penalty=kind, seed=3)
    batch = make_batch(4)
    covers, real, fake = generate_and_score(model, batch, 0)
    mix = StatelessRNG(3, 0, 0).uniform("penalty_mix", (4, 1, 1, 1))
    if kind == "wgan-gp":
        slopes = squared_gradient_norms(model, batch, covers + mix * (batch["image"] - covers))
        penalty = np.mean((np.sqrt(slopes) - 1.0) ** 2)
    else:
        penalty = 0.5 * squared_gradient_norms(model, batch, batch["image"]).mean()

    logs = model._update_critic(batch, 0)

    np.testing.assert_allclose(logs["gradient_penalty_loss"], penalty, rtol=1e-3)
    expected = CRITIC_LOSSES["gan"](real, fake, 1.0) + 7.0 * penalty
    np.testing.assert_allclose(logs["critic_loss"], expected, rtol=1e-3)
