"""Monotone maps between values and normal scores."""

import numpy as np

from coverzoo.corpus.audio_model import marginals


def test_quantiles_of_equal_weights_are_those_of_numpy():
    values = np.random.default_rng(0).lognormal(size=(999, 3))

    found = marginals.quantiles(values, np.ones(999))

    expected = np.quantile(values, marginals.LEVELS, axis=0, method="hazen").T
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_a_heavier_row_counts_as_that_many_rows():
    values = np.random.default_rng(0).normal(size=(300, 1))
    repeats = np.random.default_rng(1).integers(1, 4, 300)

    weighted = marginals.quantiles(values, repeats.astype(float))
    repeated = marginals.quantiles(np.repeat(values, repeats, axis=0), np.ones(repeats.sum()))

    # Both interpolate between the middles of steps, which differ by less than a row's weight.
    middle = (marginals.LEVELS > 0.05) & (marginals.LEVELS < 0.95)
    np.testing.assert_allclose(weighted[0, middle], repeated[0, middle], atol=0.05)


def test_normal_values_are_their_own_scores():
    knots = (2.0 + 3.0 * marginals.SCORES)[None]
    values = np.linspace(-8.0, 12.0, 41)[:, None]

    scores = marginals.to_scores(values, knots)

    np.testing.assert_allclose(scores, (values - 2.0) / 3.0, atol=1e-9)
    np.testing.assert_allclose(marginals.to_values(scores, knots), values, atol=1e-9)


def test_positive_values_stay_positive_beyond_the_quantiles():
    knots = np.exp(5.0 * marginals.SCORES)[None]

    values = marginals.to_values(np.array([[-4.5], [0.0], [4.5]]), knots)

    np.testing.assert_allclose(values[:, 0], np.exp([-22.5, 0.0, 22.5]), rtol=1e-9)


def test_a_value_that_many_have_gets_the_middle_of_their_scores():
    knots = np.where(marginals.LEVELS < 0.3, 0.0, marginals.LEVELS)[None]

    score = marginals.to_scores(np.array([[0.0]]), knots)

    below = marginals.SCORES[marginals.LEVELS < 0.3]
    np.testing.assert_allclose(score, below.mean())
    assert marginals.to_values(score, knots) == 0.0


def test_a_constant_has_the_score_0_and_comes_out_unchanged():
    knots = np.full((1, len(marginals.LEVELS)), 7.0)

    assert marginals.to_scores(np.array([[7.0], [9.0]]), knots).tolist() == [[0.0], [0.0]]
    np.testing.assert_allclose(marginals.to_values(np.array([[-3.0], [3.0]]), knots), 7.0)


def test_a_missing_value_has_the_score_0_and_no_weight():
    values = np.array([[1.0], [2.0], [np.nan], [3.0]])

    knots = marginals.quantiles(values, np.array([1.0, 1.0, 97.0, 1.0]))

    np.testing.assert_allclose(knots, marginals.quantiles(values[[0, 1, 3]], np.ones(3)))
    assert marginals.to_scores(np.array([[np.nan]]), knots) == 0.0
