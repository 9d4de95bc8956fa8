"""The games a GAN can play: one update of each player, by the formulas, in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.penalties import GRADIENT_PENALTIES
from coverzoo.zoo.models.stateless_rng import StatelessRNG
from coverzoo.zoo.registry import MODELS

GANS = [name for name, entry in MODELS.items() if entry.loss]


def softplus(x):
    return np.log1p(np.exp(np.float64(x)))


CRITICS = {
    "gan": lambda real, fake, label: (
        np.mean(label * softplus(-real) + (1.0 - label) * softplus(real)) + softplus(fake).mean()
    ),
    "lsgan": lambda real, fake, label: 0.5 * np.mean((real - label) ** 2) + 0.5 * np.mean(fake**2),
    "wgan-gp": lambda real, fake, label: fake.mean() - real.mean(),
}
GENERATORS = {
    "gan": lambda fake: softplus(-fake).mean(),
    "lsgan": lambda fake: 0.5 * np.mean((fake - 1.0) ** 2),
    "wgan-gp": lambda fake: -fake.mean(),
}


def painted(model, batch, part):
    """What the generator paints in an update, and the scores of real and painted."""
    z = StatelessRNG(model.seed, 0, part).normal("noise", (4, 5))
    condition = model.generator.audio_encoder(batch["audio"])
    fake = model.generator.generate_from(z, condition, training=True)
    scores = (model.critic(image, batch["audio"]).numpy() for image in (batch["image"], fake))
    return fake, *scores


def squared_slopes(model, batch, image):
    with tf.GradientTape() as tape:
        tape.watch(image)
        scores = model.critic(image, batch["audio"])
    return (tape.gradient(scores, image).numpy() ** 2).sum(axis=(1, 2, 3))


@pytest.mark.parametrize("label", [1.0, 0.8])
@pytest.mark.parametrize("model_name", GANS)
def test_a_critic_plays_its_game(make_gan, make_batch, model_name, label):
    model, batch = (
        make_gan(model=model_name, gradient_penalty_weight=0.0, real_label=label, seed=3),
        make_batch(4),
    )
    _, real, fake = painted(model, batch, 0)

    logs = model._update_critic(batch, 0)

    np.testing.assert_allclose(
        logs["critic_loss"], CRITICS[model_name](real, fake, label), rtol=1e-3
    )
    np.testing.assert_allclose(logs["critic_score_gap"], real.mean() - fake.mean(), rtol=1e-3)
    assert float(logs["gradient_penalty_loss"]) == 0.0


@pytest.mark.parametrize("model_name", GANS)
def test_a_generator_plays_its_game(make_gan, make_batch, model_name):
    model, batch = make_gan(model=model_name, real_label=0.8, seed=3), make_batch(4)
    _, _, fake = painted(model, batch, model.critic_steps)

    logs = model._update_generator(batch)

    np.testing.assert_allclose(
        logs["generator_loss"], GENERATORS[model_name](fake), rtol=1e-3, atol=1e-6
    )


@pytest.mark.parametrize("kind", GRADIENT_PENALTIES)
def test_a_penalty_is_weighed_and_added(make_gan, make_batch, kind):
    model = make_gan(model="gan", gradient_penalty_weight=7.0, gradient_penalty=kind, seed=3)
    batch = make_batch(4)
    painting, real, fake = painted(model, batch, 0)
    mix = StatelessRNG(3, 0, 0).uniform("mix", (4, 1, 1, 1))
    if kind == "wgan-gp":
        slopes = squared_slopes(model, batch, painting + mix * (batch["image"] - painting))
        penalty = np.mean((np.sqrt(slopes) - 1.0) ** 2)
    else:
        penalty = 0.5 * squared_slopes(model, batch, batch["image"]).mean()

    logs = model._update_critic(batch, 0)

    np.testing.assert_allclose(logs["gradient_penalty_loss"], penalty, rtol=1e-3)
    expected = CRITICS["gan"](real, fake, 1.0) + 7.0 * penalty
    np.testing.assert_allclose(logs["critic_loss"], expected, rtol=1e-3)
