"""Critics with batch norm, which scores real and fake apart; layers without norm or activation."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.networks.critic import Critic

RNG = np.random.default_rng(0)
REAL, FAKE, OTHER = RNG.uniform(-1, 1, (3, 4, 32, 32, 3)).astype(np.float32)


@pytest.fixture
def make_critic(stir):
    """A built unconditional critic of 32 px covers with random weights."""

    def make(norm="batch", **options):
        critic = Critic((4, 6, 8), norm=norm, **options)
        critic.build()
        return stir(critic)

    return make


def scored(critic, images, training):
    """Scores, and the batch mean and variance at each norm, in TensorFlow's own operations."""
    x, moments = tf.constant(images), []
    for index, (convolution, norm) in enumerate(
        zip(critic.convolutions, critic.norms, strict=True)
    ):
        x = tf.nn.conv2d(x, convolution.kernel.value, 2, "SAME")
        if convolution.use_bias:
            x += convolution.bias
        if norm is not None:
            batch_moments = tf.nn.moments(x, (0, 1, 2))
            moments.append([value.numpy() for value in batch_moments])
            moving = (norm.moving_mean.value, norm.moving_variance.value)
            statistics = batch_moments if training else moving
            x = tf.nn.batch_normalization(x, *statistics, norm.beta, norm.gamma, 1e-5)
        if index not in critic.linear_layers:
            x = tf.maximum(x, 0.2 * x)
    scores = tf.reshape(x, (len(images), -1)) @ critic.logit.kernel.value
    if critic.logit.use_bias:
        scores += critic.logit.bias
    return scores.numpy()[:, 0], moments


FORMS = [
    {},
    {"no_norm_layers": (0,)},
    {"linear_layers": (1,)},
    {"no_norm_layers": (0,), "linear_layers": (1,), "bias": "none"},  # the thesis's GAN
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("form", FORMS, ids=["all", "no-norm", "linear", "thesis"])
def test_a_score_is_the_composition_of_the_layers_without_the_ones_left_out(
    make_critic, form, training
):
    critic = make_critic(**form)
    expected, _ = scored(critic, REAL, training)

    scores = critic(REAL, training=training)

    no_norm_layers = form.get("no_norm_layers", ())
    assert [norm is None for norm in critic.norms] == [
        index in no_norm_layers for index in range(3)
    ]
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)


def test_only_training_updates_the_moving_statistics(make_critic, snapshot):
    critic = make_critic()
    _, moments = scored(critic, REAL, True)
    before = [snapshot([norm.moving_mean, norm.moving_variance]) for norm in critic.norms]

    critic(REAL)
    for norm, old in zip(critic.norms, before, strict=True):
        np.testing.assert_array_equal(norm.moving_mean, old[0])
    critic(REAL, training=True)

    for norm, old, new in zip(critic.norms, before, moments, strict=True):
        mean, variance = (0.9 * one + 0.1 * other for one, other in zip(old, new, strict=True))
        np.testing.assert_allclose(norm.moving_mean, mean, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(norm.moving_variance, variance, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(("norm", "mixes"), [("none", False), ("instance", False), ("batch", True)])
def test_only_with_batch_norm_a_score_depends_on_the_rest_of_the_batch(make_critic, norm, mixes):
    critic = make_critic(norm)

    with_fake, with_other = (
        critic(np.concatenate([REAL, fake]), training=True)[:4] for fake in (FAKE, OTHER * 0.1)
    )

    assert critic.mixes_samples is mixes
    assert bool(np.abs(with_fake - with_other).max() > 1e-2) == mixes


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_scores_of_real_covers_do_not_depend_on_the_fake_ones(make_gan, norm):
    model = make_gan(audio=False, critic_norm=norm, gradient_penalty_weight=0.0)

    features = [
        model.critic.features_of_both(tf.constant(REAL), tf.constant(fake), training=True)
        for fake in (FAKE, OTHER * 0.1)
    ]
    alone = model.critic(REAL, training=True)

    for real, _ in features:
        np.testing.assert_allclose(real.logit, alone, rtol=1e-4, atol=1e-5)
    assert np.abs(features[0][1].logit - features[1][1].logit).max() > 1e-3
    np.testing.assert_allclose(
        features[0][1].logit, model.critic(FAKE, training=True), rtol=1e-4, atol=1e-5
    )


def test_an_update_moves_the_statistics_by_the_real_and_then_by_the_generated_covers(
    make_gan, make_batch
):
    model, batch = (
        make_gan(audio=False, critic_norm="batch", gradient_penalty_weight=0.0),
        make_batch(4),
    )
    (norm, *_) = model.critic.norms
    first_moments, original = [], model.critic.image_features

    def image_features(image, training=False):
        _, moments = scored(model.critic, image.numpy(), True)
        first_moments.append(moments[0])
        return original(image, training=training)

    model.critic.image_features = image_features
    model._update_critic(batch, 0)

    assert len(first_moments) == 2
    (real, _), (fake, _) = first_moments
    expected = 0.9 * (0.1 * real) + 0.1 * fake
    np.testing.assert_allclose(norm.moving_mean, expected, rtol=1e-3, atol=1e-5)
    x = tf.nn.conv2d(batch["image"], model.critic.convolutions[0].kernel.value, 2, "SAME")
    np.testing.assert_allclose(real, tf.reduce_mean(x, (0, 1, 2)), atol=1.0)
