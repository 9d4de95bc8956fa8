"""Audio in training: dropout, mismatched pairs, conditioning augmentation, no audio at all."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.kl import gaussian_kl
from coverzoo.zoo.models.batch_pairs import repeat_first_half
from coverzoo.zoo.models.condition_noise import feature_noise, keep_mask
from coverzoo.zoo.models.conditioning import Conditioning
from coverzoo.zoo.models.stateless_rng import StatelessRNG
from coverzoo.zoo.networks.critic import score


@pytest.fixture
def mismatch_loss(make_gan):
    """What the mismatch term of weight 3 adds to the critic's loss on a batch."""
    model = make_gan(critic_learning_rate=0.0, condition_dropout=1.0)

    def measure(batch, seed=0, dropout=1e-9):
        model.seed, model.condition_dropout, losses = seed, dropout, []
        for weight in (0.0, 3.0):
            model.conditioning = Conditioning(mismatch_weight=weight, mismatch_margin=1.5)
            losses.append(float(model._update_critic(batch, 0)["critic_loss"]))
        return losses[1] - losses[0]

    measure.critic = model.critic
    return measure


@pytest.mark.parametrize("groups", [[0, 1, 2, 3], [0, 0, 1, 2], [0, 1, 0, 1]])
@pytest.mark.parametrize("seed", [0, 1])
def test_mismatched_pairs_cost_their_margin_and_never_come_from_one_group(
    mismatch_loss, make_batch, groups, seed
):
    batch = {**make_batch(4), "group": tf.constant(groups, tf.int64)}
    # Row i, column j: the score of cover i with the audio of j.
    images, audio = np.repeat(batch["image"], 4, axis=0), np.tile(batch["audio"], (4, 1))
    scores = mismatch_loss.critic(images, audio).numpy().reshape(4, 4)
    distance = int(StatelessRNG(seed, 0, 0).integer("mismatch_distance", 1, 4))

    margins = [
        max(0.0, 1.5 - scores[one, one] + scores[one, one - distance])
        for one in range(4)
        if groups[one] != groups[one - distance]
    ]

    expected = 3.0 * np.mean(margins) if margins else 0.0
    assert mismatch_loss(batch, seed) == pytest.approx(expected, abs=1e-3)


def test_mismatched_pairs_cost_nothing_where_there_are_none(mismatch_loss, make_batch):
    batch = make_batch(4)

    assert mismatch_loss(batch) > 0.1
    assert mismatch_loss({**batch, "group": tf.zeros(4, tf.int64)}) == 0.0
    assert mismatch_loss({**batch, "audio": tf.repeat(batch["audio"][:1], 4, axis=0)}) == 0.0
    assert mismatch_loss({name: value[:1] for name, value in batch.items()}) == 0.0


def test_samples_without_audio_are_never_half_of_a_mismatched_pair(mismatch_loss, make_batch):
    assert mismatch_loss(make_batch(4), dropout=1.0) == 0.0


@pytest.mark.parametrize("dropout", [0.1, 0.5])
def test_condition_dropout_drops_the_audio_of_its_fraction_of_samples(dropout):
    keep = keep_mask(dropout, StatelessRNG(0, 0, 0), 10_000).numpy()

    assert set(keep) == {0.0, 1.0}
    assert keep.mean() == pytest.approx(1.0 - dropout, abs=0.02)


def test_without_dropout_or_audio_nothing_is_dropped(make_gan):
    assert keep_mask(0.0, StatelessRNG(0, 0, 0), 4) is None
    assert make_gan(audio=False, condition_dropout=0.5).condition_dropout == 0.0


def test_the_null_conditions_learn_where_audio_is_dropped(make_gan, make_batch):
    model = make_gan(condition_dropout=0.5)

    for step in range(2):
        model.train_step(make_batch(8, seed=step))

    for network in (model.generator, model.critic):
        assert network.audio_encoder.null_condition.numpy().all()


@pytest.mark.parametrize(("size", "expected"), [(4, [0, 1, 0, 1]), (5, [0, 1, 0, 1, 0]), (1, [0])])
def test_the_first_half_of_a_batch_is_repeated(size, expected):
    assert list(repeat_first_half(tf.range(size)).numpy()) == expected


def test_a_generator_update_with_a_diversity_target_uses_the_first_half_of_the_tracks(
    make_gan, make_batch
):
    batch, other = make_batch(4), make_batch(4, seed=9)
    second_half = {**batch, "audio": tf.concat([batch["audio"][:2], other["audio"][2:]], 0)}
    settings = {"diversity_target": 0.5, "diversity_weight": 2.0, "condition_dropout": 0.5}
    first, second = make_gan(**settings), make_gan(**settings)

    for model, given in ((first, batch), (second, second_half)):
        model._update_generator(given)

    weights = first.generator.variables, second.generator.variables
    for one, two in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=one.path)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"feature_noise": 0.5},
        {"conditioning_augmentation": True},
        {"condition_dropout": 0.1},
    ],
)
def test_two_covers_of_a_track_differ_by_z_alone(make_gan, make_batch, settings, monkeypatch):
    model, generated = make_gan(diversity_target=0.5, **settings), []
    generate_from = model.generator.generate_from

    def generate_without_noise(z, condition, training=False):
        generated.append(generate_from(tf.zeros_like(z), condition, training=training))
        return generated[-1]

    monkeypatch.setattr(model.generator, "generate_from", generate_without_noise)
    model._update_generator(make_batch(4))

    first, second = generated[0].numpy()[:2], generated[0].numpy()[2:]
    np.testing.assert_array_equal(first, second)
    assert np.abs(first[0] - first[1]).max() > 1e-3


def test_a_diversity_target_has_a_gradient_only_until_it_is_reached(make_gan, make_batch):
    batch, found = make_batch(4), []

    for settings in ({"diversity_weight": 0.0}, {"diversity_weight": 5.0}):
        for target in (1e-6, 1.0):
            model = make_gan(diversity_target=target, **settings)
            model._update_generator(batch)
            found.append(np.concatenate([v.numpy().ravel() for v in model.generator.variables]))

    unweighted, unweighted_too, reached, lacking = found
    np.testing.assert_array_equal(unweighted, unweighted_too)
    np.testing.assert_array_equal(unweighted, reached)
    assert (unweighted != lacking).any()


def test_training_with_all_audio_dropped_does_not_depend_on_it(make_gan, make_batch):
    batch, other = make_batch(4), make_batch(4, seed=9)
    first, second = (make_gan(condition_dropout=1.0) for _ in range(2))

    first.train_step(batch)
    second.train_step({**batch, "audio": other["audio"]})

    for one, two in zip(first.trainable_variables, second.trainable_variables, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=one.path)


def test_an_unconditional_critic_trains_the_same_with_any_audio(make_gan, make_batch):
    batch, other = make_batch(4), make_batch(4, seed=9)
    settings = {
        "critic_conditioning": "none",
        "concat_condition": False,  # and FiLM is initialised to the identity
    }
    first, second = make_gan(**settings), make_gan(**settings)
    assert first.critic.audio_encoder is None

    first._update_critic(batch, 0)
    second._update_critic({**batch, "audio": other["audio"]}, 0)

    for one, two in zip(first.critic.variables, second.critic.variables, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=one.path)


def test_a_projection_critic_depends_on_the_audio(make_gan, make_batch):
    batch, other = make_batch(4), make_batch(4, seed=9)
    model = make_gan(concat_condition=False, critic_learning_rate=0.0)

    losses = [
        float(model._update_critic({**batch, "audio": audio}, 0)["critic_loss"])
        for audio in (batch["audio"], other["audio"])
    ]

    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


def test_a_model_without_audio_trains_on_covers_alone(make_gan, make_batch):
    model = make_gan(audio=False, ema_decay=0.9)
    batch = {name: value for name, value in make_batch(4).items() if name in ("image", "genre")}

    model.train_step(batch)

    assert model.generative.generate(np.zeros((2, 5))).shape == (2, 32, 32, 3)


def test_the_kl_term_moves_the_conditions_towards_the_prior(make_gan, make_batch):
    model = make_gan(
        conditioning_augmentation=True, condition_kl_weight=1e4, generator_learning_rate=1e-2
    )
    batch = make_batch(8)

    def kl():
        return float(gaussian_kl(*model.generator.audio_encoder.distribution(batch["audio"])))

    before = kl()
    for _ in range(5):
        model._update_generator(batch)

    assert kl() < 0.8 * before
    assert not model.critic.audio_encoder.augmented


def test_generator_and_critic_have_independent_feature_noise_of_the_given_deviation(make_batch):
    audio, rng = make_batch(2000)["audio"], StatelessRNG(0, 0, 0)

    generator, critic = (
        feature_noise(audio, 0.3, rng, purpose).numpy()
        for purpose in ("feature_noise", "critic_feature_noise")
    )

    assert generator.shape == critic.shape == (2000, 8)
    assert generator.std() == pytest.approx(0.3, rel=0.03)
    assert abs(np.corrcoef(generator.ravel(), critic.ravel())[0, 1]) < 0.04
    assert feature_noise(audio, 0.0, rng, "feature_noise") is None


def test_adapting_fits_the_scaling_of_every_network(make_gan, heavy):
    model = make_gan(ema_decay=0.9)
    vectors = heavy(40, seed=5)

    model.adapt(vectors)

    for network in (model.generator, model.critic, model.ema_generator):
        np.testing.assert_array_equal(
            network.audio_encoder.scaling.median, np.median(vectors, axis=0).astype(np.float32)
        )


def test_calling_a_gan_generates_with_its_ema_generator(make_gan, make_batch):
    model = make_gan(ema_decay=0.9)
    model.train_step(make_batch(4))
    batch = {**make_batch(4), "z": np.ones((4, 5), np.float32)}

    np.testing.assert_allclose(
        model(batch), model.ema_generator.generate(batch["z"], batch["audio"]), atol=1e-5
    )


def test_the_critic_sees_some_real_covers_with_the_audio_of_the_most_similar_other_track(
    make_gan, make_batch
):
    model, batch = make_gan(), make_batch(5)
    condition = tf.constant(np.arange(10.0, dtype=np.float32).reshape(5, 2))
    encoder = model.generator.audio_encoder
    rows = encoder.distribution(batch["audio"])[0].numpy()
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    near = [max(set(range(5)) - {one}, key=lambda other: rows[one] @ rows[other]) for one in (0, 1)]

    batch["epoch"] = tf.constant([7, 6, 7, 7, 7], tf.int64)

    always = Conditioning(vicinal_fraction=0.4).vicinal(condition, encoder, batch)
    later = Conditioning(vicinal_fraction=0.4, vicinal_epoch=7).vicinal(condition, encoder, batch)

    np.testing.assert_array_equal(always, condition.numpy()[[*near, 2, 3, 4]])
    np.testing.assert_array_equal(later, condition.numpy()[[near[0], 1, 2, 3, 4]])


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_only_the_adversarial_score_of_real_covers_is_vicinal(make_gan, make_batch, fraction):
    batch = make_batch(4)
    model = make_gan(
        vicinal_fraction=fraction,
        gradient_penalty_weight=0.0,
        condition_dropout=0.0,
        critic_learning_rate=0.0,
    )
    z = StatelessRNG(model.seed, 0, 0).normal("latent_noise", (4, model.generator.latent_dim))
    fake = model.generator(z, batch["audio"], training=True)
    own = model.critic.encode_audio(batch["audio"])
    shown = model.conditioning.vicinal(own, model.generator.audio_encoder, batch)
    real_features, fake_features = model.critic.features_of_both(batch["image"], fake)
    expected = model.adversarial_loss.critic(score(real_features, shown), score(fake_features, own))

    logs = model._update_critic(batch, 0)

    np.testing.assert_allclose(logs["critic_loss"], expected, rtol=1e-4)
    gap = tf.reduce_mean(score(real_features, own) - score(fake_features, own))
    np.testing.assert_allclose(logs["critic_score_gap"], gap, rtol=1e-4)
    assert (np.abs(shown - own).max() > 1e-3) == bool(fraction)
