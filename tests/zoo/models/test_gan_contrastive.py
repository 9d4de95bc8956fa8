"""The contrastive losses of a GAN's updates."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.conditioning import contrastive
from coverzoo.zoo.models.batch_pairs import repeat_first_half
from coverzoo.zoo.models.stateless_rng import StatelessRNG


@pytest.mark.parametrize("target", [0.0, 0.5])
def test_the_generator_update_adds_the_contrastive_loss_of_the_batch(make_gan, make_batch, target):
    model = make_gan(contrastive_weight=2.0, diversity_target=target)
    batch = make_batch(4)
    embedding, _ = model.generator.audio_encoder.distribution(batch["audio"])
    projection = model.critic.image_features(batch["image"]).projection
    expected = contrastive(embedding, projection)

    logs = model._update_generator(batch)

    np.testing.assert_allclose(logs["contrastive_loss"], expected, rtol=1e-4)
    assert "contrastive_loss" not in make_gan()._update_generator(batch)


def test_training_lowers_the_contrastive_loss(make_gan, make_batch):
    # Weighted above the adversarial loss, which pulls the encoder elsewhere.
    model = make_gan(
        contrastive_weight=10.0, critic_learning_rate=0.0, generator_learning_rate=0.01
    )
    batch = make_batch(4)
    step = tf.function(model.train_step)

    found = [float(step(batch)["contrastive_loss"]) for _ in range(60)]

    assert found[-1] < found[0] - 0.1


def test_the_critic_update_adds_the_contrastive_loss_of_real_covers(make_gan, make_batch):
    batch, losses = make_batch(4), []
    for weight in (0.0, 2.0):
        model = make_gan(
            cover_contrastive_weight=weight, condition_dropout=0.0, critic_learning_rate=0.0
        )
        losses.append(float(model._update_critic(batch, 0)["critic_loss"]))
    projection = model.critic.image_features(batch["image"]).projection
    condition = model.critic.encode_audio(batch["audio"])

    np.testing.assert_allclose(
        losses[1] - losses[0], 2.0 * contrastive(projection, condition), rtol=1e-3
    )


@pytest.mark.parametrize("target", [0.0, 0.5])
def test_the_generator_update_adds_that_of_generated_covers_of_different_tracks(
    make_gan, make_batch, target
):
    batch, logs = make_batch(4), []
    for weight in (0.0, 2.0):
        model = make_gan(
            cover_contrastive_weight=weight,
            diversity_target=target,
            condition_dropout=0.0,
            generator_learning_rate=0.0,
        )
        logs.append(model._update_generator(batch))
    rows = 2 if target else 4
    rng = StatelessRNG(model.seed, 0, model.critic_steps)
    z = rng.normal("latent_noise", (4, model.generator.latent_dim))
    audio = repeat_first_half(batch["audio"]) if target else batch["audio"]
    fake = model.generator(z, audio, training=True)
    projection = model.critic.image_features(fake).projection[:rows]
    condition = model.critic.encode_audio(audio)[:rows]

    found = logs[1]["cover_contrastive_loss"]

    np.testing.assert_allclose(found, contrastive(projection, condition), rtol=1e-3)
    assert "cover_contrastive_loss" not in logs[0]
    assert float(logs[0]["generator_grad_norm"]) != float(logs[1]["generator_grad_norm"])


def test_samples_without_their_audio_are_left_out(make_gan, make_batch):
    model = make_gan(cover_contrastive_weight=2.0, condition_dropout=1.0)

    logs = model._update_generator(make_batch(4))

    assert float(logs["cover_contrastive_loss"]) == 0.0


def test_training_teaches_covers_to_find_their_audio(make_gan, make_batch):
    model = make_gan(
        cover_contrastive_weight=10.0, condition_dropout=0.0, generator_learning_rate=0.01
    )
    batch = make_batch(4)
    step = tf.function(model.train_step)

    found = [float(step(batch)["cover_contrastive_loss"]) for _ in range(60)]

    assert np.mean(found[-5:]) < 0.5 * np.log(4)
