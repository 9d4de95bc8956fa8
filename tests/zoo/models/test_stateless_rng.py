import itertools

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.models.augment import augment
from coverzoo.zoo.models.stateless_rng import PURPOSES, StatelessRNG

POSITION = (7, 3, 1)  # seed, step, update


def test_equal_seed_step_and_update_draw_equal_numbers():
    first, second = (
        StatelessRNG(*POSITION),
        StatelessRNG(7, tf.Variable(3, dtype=tf.int64), tf.constant(1)),
    )

    for purpose in PURPOSES:
        np.testing.assert_array_equal(first.seed(purpose), second.seed(purpose))
        np.testing.assert_array_equal(first.normal(purpose, (4,)), second.normal(purpose, (4,)))
        np.testing.assert_array_equal(first.uniform(purpose, (4,)), second.uniform(purpose, (4,)))


def test_a_graph_draws_what_eager_code_draws():
    drawn = tf.function(lambda step: StatelessRNG(7, step, 1).normal("latent_noise", (5,)))(
        tf.constant(3)
    )

    np.testing.assert_array_equal(drawn, StatelessRNG(*POSITION).normal("latent_noise", (5,)))


def test_no_two_purposes_seeds_steps_or_updates_draw_alike():
    positions = itertools.product((7, 8, -7), (0, 3, 4), (0, 1, 2), PURPOSES)
    drawn = [
        tuple(StatelessRNG(*position).uniform(purpose, (6,)).numpy())
        for *position, purpose in positions
    ]

    assert len(set(drawn)) == 27 * len(PURPOSES)


def test_the_numbers_of_the_purposes_never_change():
    assert PURPOSES == {
        "latent_noise": 0,
        "conditioning_augmentation": 1,
        "condition_dropout": 2,
        "real_augmentation": 3,
        "fake_augmentation": 4,
        "penalty_mix": 5,
        "mismatch_distance": 6,
        "feature_noise": 7,
        "critic_feature_noise": 8,
    }


def test_no_version_may_change_the_numbers_drawn():
    # Recorded before the algorithm was named, when TensorFlow chose it.
    rng = StatelessRNG(*POSITION)
    noise = [-0.23898187, -1.0855331, 0.7165531]
    uniform = [0.39895105, 0.14348972, 0.29732883]

    np.testing.assert_array_equal(rng.key, [8300880858537896868, 1])
    np.testing.assert_array_equal(rng.seed("critic_feature_noise"), [-6047539737907553067, 8])
    np.testing.assert_allclose(rng.normal("latent_noise", (3,)), noise, rtol=1e-6)
    np.testing.assert_array_equal(
        rng.uniform("critic_feature_noise", (3,)), np.array(uniform, np.float32)
    )
    assert int(rng.integer("mismatch_distance", 1, 1000)) == 855


@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="needs a CPU alone")
def test_the_named_algorithm_is_the_one_that_tensorflow_chooses_on_a_cpu():
    key = tf.random.fold_in(tf.constant([7, 3], tf.int64), tf.constant(1, tf.int64))
    rng, image = StatelessRNG(*POSITION), tf.ones((2, 16, 16, 3))

    np.testing.assert_array_equal(rng.key, key)
    for purpose, number in PURPOSES.items():
        seed = tf.random.fold_in(key, tf.constant(number, tf.int64))
        np.testing.assert_array_equal(rng.seed(purpose), seed)
        np.testing.assert_array_equal(
            rng.normal(purpose, (9,)), tf.random.stateless_normal((9,), seed)
        )
        np.testing.assert_array_equal(
            rng.uniform(purpose, (9,)), tf.random.stateless_uniform((9,), seed)
        )
    # Of all-equal covers, brightness leaves one number each: the first of the three draws.
    seed = tf.random.split(tf.random.fold_in(key, 0), 3)[0]
    brightness = tf.random.stateless_uniform((2, 1, 1, 1), seed, -0.5, 0.5)
    np.testing.assert_allclose(
        augment(image, key, ["color"]), tf.broadcast_to(1.0 + brightness, image.shape), rtol=1e-5
    )


def test_steps_draw_independent_standard_normal_noise():
    z = np.array([StatelessRNG(0, step, 0).normal("latent_noise", (1000,)) for step in range(50)])

    assert z.mean() == pytest.approx(0.0, abs=0.02)
    assert z.std() == pytest.approx(1.0, abs=0.02)
    assert np.abs(np.corrcoef(z) - np.eye(50)).max() < 4.5 / np.sqrt(1000)


def test_uniform_numbers_fill_the_unit_interval():
    u = StatelessRNG(*POSITION).uniform("penalty_mix", (10_000,)).numpy()

    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert u.mean() == pytest.approx(0.5, abs=0.015)
    assert u.var() == pytest.approx(1.0 / 12.0, abs=0.004)


def test_integers_take_every_value_from_low_to_below_high():
    drawn = {int(StatelessRNG(0, step, 0).integer("mismatch_distance", 1, 4)) for step in range(60)}

    assert drawn == {1, 2, 3}
