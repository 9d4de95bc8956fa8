"""`kid` against the definition, its expectation, and the deviation over fresh draws."""

import numpy as np
import pytest

from coverzoo.evaluation.metrics.kid import kid
from coverzoo.evaluation.result import NotMeasurableError


def by_definition(real, generated):
    """The three means, pair by pair."""

    def k(x, y):
        return (np.dot(x, y) / len(x) + 1) ** 3

    def within(each):
        return np.mean([k(x, y) for i, x in enumerate(each) for j, y in enumerate(each) if i != j])

    between = np.mean([k(x, y) for x in real for y in generated])
    return within(real) + within(generated) - 2 * between


@pytest.mark.parametrize("counts", [(3, 5), (30, 41)])
def test_it_is_the_mean_over_pairs_of_different_samples(counts):
    rng = np.random.default_rng(0)
    real, generated = (rng.normal(size=(count, 4)) for count in counts)

    assert kid(real, generated).value == pytest.approx(by_definition(real, generated), rel=1e-9)


def test_it_is_the_mean_over_all_subsets():
    from itertools import combinations

    rng = np.random.default_rng(1)
    real, generated = rng.normal(size=(5, 3)), rng.normal(1.0, size=(5, 3))

    found = [
        by_definition(real[list(a)], generated[list(b)])
        for a in combinations(range(5), 3)
        for b in combinations(range(5), 3)
    ]

    assert kid(real, generated).value == pytest.approx(np.mean(found), rel=1e-9)


def test_equal_distributions_have_zero_on_average_and_the_error_of_fresh_draws():
    rng = np.random.default_rng(2)
    found = [kid(rng.normal(size=(80, 6)), rng.normal(size=(80, 6))) for _ in range(200)]
    values = np.array([each.value for each in found])

    assert abs(values.mean()) < 3 * values.std() / np.sqrt(200)
    assert np.median([each.standard_error for each in found]) == pytest.approx(
        values.std(), rel=0.35
    )


def test_pairs_of_one_track_are_left_out_so_that_equal_distributions_have_zero():
    rng = np.random.default_rng(5)

    def draws():
        tracks = rng.normal(size=(60, 6))  # what both samples of a track share
        return [tracks + 0.5 * rng.normal(size=(60, 6)) for _ in range(2)]

    pairs = [draws() for _ in range(200)]
    paired = [kid(*each, paired=True) for each in pairs]
    values = np.array([each.value for each in paired])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(200)
    assert np.median([each.standard_error for each in paired]) == pytest.approx(
        values.std(), rel=0.35
    )
    all_pairs = np.array([kid(*each).value for each in pairs])
    assert all_pairs.mean() < -10 * all_pairs.std() / np.sqrt(200)


def test_paired_it_is_the_mean_over_the_pairs_of_other_tracks():
    rng = np.random.default_rng(6)
    real, generated = rng.normal(size=(7, 3)), rng.normal(0.3, size=(7, 3))

    def mean(a, b):
        others = [(i, j) for i in range(7) for j in range(7) if i != j]
        return np.mean([(np.dot(a[i], b[j]) / 3 + 1) ** 3 for i, j in others])

    expected = mean(real, real) + mean(generated, generated) - 2 * mean(real, generated)
    assert kid(real, generated, paired=True).value == pytest.approx(expected, rel=1e-9)


def test_unlike_distributions_have_more_the_further_they_are_apart():
    rng = np.random.default_rng(3)
    real = rng.normal(size=(200, 6))
    near, far = (kid(real, rng.normal(shift, size=(200, 6))) for shift in (0.3, 1.0))

    assert 0 < near.value < far.value
    assert far.value > 5 * far.standard_error


def test_it_does_not_depend_on_the_number_of_samples():
    rng = np.random.default_rng(4)

    def mean(count):
        pairs = [(rng.normal(size=(count, 5)), rng.normal(0.5, size=(count, 5))) for _ in range(60)]
        values = [kid(*pair).value for pair in pairs]
        return np.mean(values), np.std(values) / np.sqrt(60)

    (few, few_error), (many, many_error) = mean(12), mean(120)
    assert abs(few - many) < 3 * np.hypot(few_error, many_error)


def test_too_few_samples_and_other_shapes_are_errors():
    with pytest.raises(NotMeasurableError, match="three samples or more of each kind, found 2"):
        kid(np.ones((2, 3)), np.ones((9, 3)))
    with pytest.raises(ValueError, match=r"Received: \(4, 3\) and \(4, 2\)"):
        kid(np.ones((4, 3)), np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"pairs need one length\. Received: 4 and 5"):
        kid(np.ones((4, 3)), np.ones((5, 3)), paired=True)
    with pytest.raises(ValueError, match="features must be finite"):
        kid(np.ones((4, 3)), np.full((4, 3), np.nan))
