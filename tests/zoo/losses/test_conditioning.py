import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.conditioning import contrastive, diversity_shortfall, mismatch_margin

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 5, 4, 4, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("matched", "mismatched", "valid", "expected"),
    [
        ([0.0], [0.0], [1], 1.0),  # equal scores cost the margin
        ([2.0], [0.5], [1], 0.0),  # a margin of more than 1 is enough
        ([1.0], [0.0], [1], 0.0),  # so is one of exactly 1
        ([0.0], [3.0], [1], 4.0),  # the wrong way round
        ([0.0, 5.0], [3.0, 5.0], [1, 0], 4.0),  # a mean over the valid rows alone
        ([0.0, 5.0], [3.0, 5.0], [1, 1], 2.5),
        ([0.0, 5.0], [3.0, 5.0], [0, 0], 0.0),  # no valid row
    ],
)
def test_mismatch_margin(matched, mismatched, valid, expected):
    loss = mismatch_margin(tf.constant(matched), tf.constant(mismatched), tf.constant(valid))

    assert float(loss) == pytest.approx(expected)


def test_a_wider_margin_costs_more():
    matched, mismatched, valid = (tf.constant([x]) for x in (2.0, 0.5, 1.0))

    assert float(mismatch_margin(matched, mismatched, valid, 1.5)) == 0.0
    assert float(mismatch_margin(matched, mismatched, valid, 5.0)) == pytest.approx(3.5)


def test_mismatch_margin_has_a_gradient_only_at_valid_rows_within_the_margin():
    matched, mismatched = tf.Variable([0.0, 0.0, 9.0]), tf.Variable([0.0, 0.0, 0.0])
    with tf.GradientTape() as tape:
        loss = mismatch_margin(matched, mismatched, tf.constant([True, False, True]))

    up, down = tape.gradient(loss, [matched, mismatched])
    np.testing.assert_allclose(up, [-0.5, 0.0, 0.0])
    np.testing.assert_allclose(down, [0.5, 0.0, 0.0])


@pytest.mark.parametrize("rows", [4, 5, 9])
def test_diversity_shortfall_compares_the_halves_of_the_batch_with_those_of_real_covers(rows):
    image, real = RNG.normal(size=(2, rows, 4, 4, 3)).astype(np.float32)
    image, half = 0.2 * image, rows // 2

    def distance(x):
        return np.mean([np.abs(x[i] - x[i + half]).mean() for i in range(half)])

    expected = 0.7 - distance(image) / distance(real)
    np.testing.assert_allclose(diversity_shortfall(image, real, 0.7), expected, rtol=1e-5)


def test_covers_as_far_apart_as_real_ones_cost_nothing_and_equal_ones_the_whole_target():
    same = np.tile(FAKE[:1], (4, 1, 1, 1))

    assert diversity_shortfall(REAL[:4], REAL[:4], 1.0) == 0.0
    np.testing.assert_allclose(diversity_shortfall(same, REAL[:4], 0.3), 0.3, rtol=1e-6)
    np.testing.assert_allclose(diversity_shortfall(same, same, 0.3), 0.3, rtol=1e-6)
    np.testing.assert_allclose(diversity_shortfall(REAL[:1], REAL[:1], 0.3), 0.3, rtol=1e-6)


def test_a_step_down_the_diversity_shortfall_moves_two_covers_of_a_track_apart():
    image = tf.Variable(FAKE[:2] * 0.1)
    with tf.GradientTape() as tape:
        value = diversity_shortfall(image, REAL[:2], 0.9)
    step = image - 0.5 * tape.gradient(value, image)

    assert diversity_shortfall(step, REAL[:2], 0.9) < value


def test_the_contrastive_loss_is_the_cross_entropy_of_the_own_cover():
    embedding, projection = RNG.normal(size=(2, 5, 9)).astype(np.float32)
    logits = embedding @ projection.T / 3.0
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    found = contrastive(tf.constant(embedding), tf.constant(projection))

    np.testing.assert_allclose(found, -np.log(np.diag(probability)).mean(), rtol=1e-5)
    some = contrastive(
        tf.constant(embedding), tf.constant(projection), tf.constant([1, 0, 0, 1, 0])
    )
    np.testing.assert_allclose(some, -np.log(np.diag(probability))[[0, 3]].mean(), rtol=1e-5)
    assert float(contrastive(tf.constant(embedding), tf.constant(projection), tf.zeros(5))) == 0.0
    nothing = contrastive(tf.zeros((5, 9)), tf.constant(projection))
    np.testing.assert_allclose(nothing, np.log(5), rtol=1e-6)
