import itertools

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.models.stateless_rng import PURPOSES, StatelessRNG

AT = (7, 3, 1)  # seed, step, part


def test_equal_seed_step_and_part_draw_equal_numbers():
    first, second = (
        StatelessRNG(*AT),
        StatelessRNG(7, tf.Variable(3, dtype=tf.int64), tf.constant(1)),
    )

    for purpose in PURPOSES:
        np.testing.assert_array_equal(first.seed(purpose), second.seed(purpose))
        np.testing.assert_array_equal(first.normal(purpose, (4,)), second.normal(purpose, (4,)))
        np.testing.assert_array_equal(first.uniform(purpose, (4,)), second.uniform(purpose, (4,)))


def test_a_graph_draws_what_eager_code_draws():
    drawn = tf.function(lambda step: StatelessRNG(7, step, 1).normal("noise", (5,)))(tf.constant(3))

    np.testing.assert_array_equal(drawn, StatelessRNG(*AT).normal("noise", (5,)))


def test_no_two_purposes_seeds_steps_or_parts_draw_alike():
    places = itertools.product((7, 8, -7), (0, 3, 4), (0, 1, 2), PURPOSES)
    drawn = [tuple(StatelessRNG(*at).uniform(purpose, (6,)).numpy()) for *at, purpose in places]

    assert len(set(drawn)) == 27 * len(PURPOSES)


def test_the_numbers_of_the_purposes_stay():
    assert PURPOSES == {
        "noise": 0,
        "augmented": 1,
        "keep": 2,
        "real_view": 3,
        "fake_view": 4,
        "mix": 5,
        "mismatch": 6,
        "felt": 7,
        "heard": 8,
    }


def test_steps_draw_independent_standard_normal_noise():
    z = np.array([StatelessRNG(0, step, 0).normal("noise", (1000,)) for step in range(50)])

    assert z.mean() == pytest.approx(0.0, abs=0.02)
    assert z.std() == pytest.approx(1.0, abs=0.02)
    assert np.abs(np.corrcoef(z) - np.eye(50)).max() < 4.5 / np.sqrt(1000)


def test_uniform_numbers_fill_the_unit_interval():
    u = StatelessRNG(*AT).uniform("mix", (10_000,)).numpy()

    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert u.mean() == pytest.approx(0.5, abs=0.015)
    assert u.var() == pytest.approx(1.0 / 12.0, abs=0.004)


def test_integers_take_every_value_from_low_to_below_high():
    drawn = {int(StatelessRNG(0, step, 0).integer("mismatch", 1, 4)) for step in range(60)}

    assert drawn == {1, 2, 3}
