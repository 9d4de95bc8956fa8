"""Comparison of drawn with measured vectors: each number moves in the direction it must."""

import numpy as np
import pytest

from coverzoo.evaluation.metrics import realism


def correlated(count, width, gap, seed):
    """Columns that share one factor; `gap` is how far they differ from it."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, 1)) + gap * rng.standard_normal((count, width))


def test_percentiles_are_those_of_numpy():
    rng = np.random.default_rng(0)
    drawn, measured = rng.normal(size=999), rng.normal(size=50)

    expected = [100 * np.mean(drawn < number) for number in measured]

    np.testing.assert_allclose(realism.percentiles(drawn, measured), expected)


def test_vectors_of_one_distribution_cannot_be_separated():
    vectors = correlated(200, 6, 0.3, seed=1)

    auc = realism.two_sample_auc(vectors[:100], [f"{n // 2}" for n in range(100)], vectors[100:])

    assert 0.35 < auc < 0.65


@pytest.mark.parametrize("change", ["moved", "independent", "wider"])
def test_vectors_of_two_distributions_can_be_separated(change):
    measured, drawn = correlated(100, 6, 0.2, seed=2), correlated(100, 6, 0.2, seed=3)
    if change == "moved":
        drawn = drawn + 2.0
    elif change == "wider":
        drawn = correlated(100, 6, 1.5, seed=3)
    else:
        drawn = realism.independent_values(drawn)

    assert realism.two_sample_auc(measured, [str(n) for n in range(100)], drawn) > 0.75


def test_windows_of_a_recording_are_not_both_trained_on_and_classified():
    # Recordings whose windows are the same: seen in training, they would be known by heart.
    rng = np.random.default_rng(4)
    measured = np.repeat(rng.normal(size=(40, 8)), 5, axis=0)
    recordings = np.repeat([f"{n}" for n in range(40)], 5)

    apart = realism.two_sample_auc(measured, recordings, rng.normal(size=(200, 8)))
    mixed = realism.two_sample_auc(
        measured, [str(n) for n in range(200)], rng.normal(size=(200, 8))
    )

    assert apart < 0.7
    assert mixed > apart + 0.15


def test_independent_values_keep_each_column():
    drawn = correlated(300, 4, 0.1, seed=5)

    found = realism.independent_values(drawn)

    np.testing.assert_array_equal(np.sort(found, axis=0), np.sort(drawn, axis=0))
    assert np.abs(np.corrcoef(found.T)[0, 1]) < 0.2


def test_the_gap_is_the_ratio_of_the_differences():
    measured, drawn = correlated(4000, 5, 0.2, seed=6), correlated(4000, 5, 0.5, seed=7)

    assert realism.strong_correlation_gap(measured, measured) == pytest.approx(1.0)
    assert realism.strong_correlation_gap(measured, drawn) == pytest.approx(2.5, rel=0.06)
