"""The training step: which weights each update moves, and by which loss."""

from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.penalties import gradient_penalty
from coverzoo.zoo.models.stateless_rng import StatelessRNG

ALL = ("color", "translation", "cutout")


def moved(variables, before):
    """The paths of the variables that differ from their snapshot."""
    pairs = zip(variables, before, strict=True)
    return {variable.path for variable, old in pairs if (variable.numpy() != old).any()}


def test_a_critic_update_moves_the_whole_critic_and_no_generator_weight(
    make_gan, make_batch, snapshot
):
    model = make_gan()
    critic, generator = model.critic.trainable_variables, model.generator.trainable_variables
    before = snapshot(critic), snapshot(generator)

    model._update_critic(make_batch(4), 0)

    # A bias common to all scores cancels in a difference of scores.
    expected = {variable.path for variable in critic} - {"critic/logit/bias"}
    assert moved(critic, before[0]) == expected
    assert moved(generator, before[1]) == set()


def test_a_generator_update_moves_no_critic_weight(make_gan, make_batch, snapshot):
    model = make_gan()
    critic, generator = model.critic.variables, model.generator.trainable_variables
    before = snapshot(critic), snapshot(generator)

    model._update_generator(make_batch(4))

    assert moved(critic, before[0]) == set()
    assert {"film_0", "up_0", "to_rgb", "audio"} <= {
        path.split("/")[-3 if "modulation" in path or "audio" in path else -2]
        for path in moved(generator, before[1])
    }


FORMS = [
    pytest.param({}, id="projection"),
    pytest.param({"critic_conditioning": "none"}, id="unconditional-critic"),
    pytest.param({"audio": False}, id="without-audio"),
    pytest.param({"concat_condition": False, "augment": ALL}, id="film-only"),
    pytest.param({"condition_dropout": 0.5, "feature_noise": 0.5}, id="dropout"),
    pytest.param({"conditioning_augmentation": True, "condition_kl_weight": 0.1}, id="augmented"),
    pytest.param({"diversity_target": 0.5}, id="diversity"),
    pytest.param({"mismatch_weight": 1.0, "critic_norm": "instance"}, id="mismatch"),
    pytest.param(
        {"film": "branched", "weight_init": "normal", "upsampling": "transpose"}, id="thesis"
    ),
]


@pytest.mark.parametrize("form", FORMS)
def test_two_steps_move_every_weight_and_keep_it_finite(make_gan, make_batch, snapshot, form):
    model = make_gan(**form, share_batch=True)
    trained = model.generator.trainable_variables + model.critic.trainable_variables
    before = snapshot(trained)

    for step in range(2):  # weights behind a layer that is initialised to zero move in the second
        logs = model.train_step(make_batch(8, seed=step))

    still = {v.path for v in trained} - moved(trained, before)
    # A norm removes what a bias before it adds, so the bias's gradient is rounding.
    assert {path for path in still if not path.endswith("bias")} == set()
    assert all(np.isfinite(variable.numpy()).all() for variable in model.variables)
    assert all(np.isfinite(value) for value in logs.values())
    assert {value.dtype for value in logs.values()} == {tf.float32}


def test_the_critic_s_loss_is_the_wasserstein_loss_plus_the_penalty(make_gan, make_batch):
    model, batch = make_gan(gradient_penalty_weight=7.0, seed=3), make_batch(4)
    rng = StatelessRNG(3, 0, 0)
    z = rng.normal("latent_noise", (4, 5))
    condition = model.generator.audio_encoder(batch["audio"])
    fake = model.generator.generate_from(z, condition, training=True)
    real_score = model.critic(batch["image"], batch["audio"]).numpy()
    fake_score = model.critic(fake, batch["audio"]).numpy()
    penalty = gradient_penalty(
        lambda x: model.critic(x, batch["audio"]),
        batch["image"],
        fake,
        rng.uniform("penalty_mix", (4, 1, 1, 1)),
    ).numpy()

    logs = model._update_critic(batch, 0)

    gap = real_score.mean() - fake_score.mean()
    np.testing.assert_allclose(logs["critic_score_gap"], gap, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(logs["gradient_penalty_loss"], penalty, rtol=1e-3)
    np.testing.assert_allclose(logs["critic_loss"], -gap + 7.0 * penalty, rtol=1e-3)


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(("fraction", "rows"), [(0.25, 2), (0.3, 3), (1e-9, 1), (1.0, 7)])
def test_the_penalty_of_a_fraction_is_that_of_the_first_rows_alone(
    make_gan, make_batch, fraction, rows, static
):
    model = make_gan(gradient_penalty_fraction=fraction, seed=3)
    batch, rng = make_batch(7), StatelessRNG(3, 0, 0)
    z, mix = rng.normal("latent_noise", (7, 5)), rng.uniform("penalty_mix", (7, 1, 1, 1))
    condition = model.generator.audio_encoder(batch["audio"])
    fake = model.generator.generate_from(z, condition, training=True)
    expected = gradient_penalty(
        lambda x: model.critic(x, batch["audio"][:rows]),
        batch["image"][:rows],
        fake[:rows],
        mix[:rows],
    ).numpy()

    update = partial(model._update_critic, update=0)
    if not static:
        specs = {name: tf.TensorSpec((None, *x.shape[1:]), x.dtype) for name, x in batch.items()}
        update = tf.function(update, input_signature=[specs], autograph=False)
    logs = update(batch)

    np.testing.assert_allclose(logs["gradient_penalty_loss"], expected, rtol=1e-3)


def test_the_generator_s_loss_is_minus_the_mean_score_of_its_covers(make_gan, make_batch):
    model, batch = make_gan(seed=3), make_batch(4)
    z = StatelessRNG(3, 0, model.critic_steps).normal("latent_noise", (4, 5))
    condition = model.generator.audio_encoder(batch["audio"])
    fake = model.generator.generate_from(z, condition, training=True)
    score = model.critic(fake, batch["audio"]).numpy()

    logs = model._update_generator(batch)

    np.testing.assert_allclose(logs["generator_loss"], -score.mean(), rtol=1e-3, atol=1e-5)


def test_each_update_lowers_its_own_loss(make_gan, make_batch):
    model, batch = make_gan(), make_batch(4)

    critic = [float(model._update_critic(batch, 0)["critic_loss"]) for _ in range(4)]
    generator = [float(model._update_generator(batch)["generator_loss"]) for _ in range(4)]

    assert critic[-1] < critic[0]
    assert generator[-1] < generator[0]
