"""`manifold_figures` against distances pair by pair, and what each figure is for."""

import numpy as np
import pytest

from coverzoo.evaluation.metrics import manifold
from coverzoo.evaluation.metrics.manifold import manifold_figures
from coverzoo.evaluation.result import NotMeasurableError


def by_definition(real, generated, k):
    """The four figures, pair by pair."""

    def radius(each, place):
        return sorted(np.linalg.norm(each - each[place], axis=1))[k]

    real_balls = [(x, radius(real, i)) for i, x in enumerate(real)]
    generated_balls = [(y, radius(generated, i)) for i, y in enumerate(generated)]

    def within(sample, balls):
        return sum(np.linalg.norm(sample - centre) <= size for centre, size in balls)

    return {
        "precision": np.mean([within(y, real_balls) > 0 for y in generated]),
        "recall": np.mean([within(x, generated_balls) > 0 for x in real]),
        "density": np.mean([within(y, real_balls) for y in generated]) / k,
        "coverage": np.mean([any(within(y, [ball]) for y in generated) for ball in real_balls]),
    }


@pytest.mark.parametrize("rows", [7, 1000])
def test_figures_are_those_of_the_definition_however_many_rows_at_once(rows, monkeypatch):
    monkeypatch.setattr(manifold, "ROWS", rows)
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(40, 3)), rng.normal(0.7, size=(30, 3))

    found = manifold_figures(real, generated, 3).to_json()

    assert found.pop("neighbours") == 3
    assert found == pytest.approx(by_definition(real, generated, 3))


def test_equal_sets_have_ones():
    real = np.random.default_rng(1).normal(size=(60, 4))

    found = manifold_figures(real, real)

    assert (found.precision, found.recall, found.coverage) == (1.0, 1.0, 1.0)


def test_one_cover_for_all_is_precise_and_recalls_little():
    real = np.random.default_rng(2).normal(size=(100, 4))
    generated = np.repeat(real[:1], 100, axis=0)

    found = manifold_figures(real, generated)

    assert found.precision == 1.0
    assert found.recall == 0.01
    assert found.coverage < 0.3


def test_samples_far_away_have_zeros():
    real = np.random.default_rng(3).normal(size=(50, 4))

    found = manifold_figures(real, real + 100.0)

    assert (found.precision, found.recall, found.density, found.coverage) == (0, 0, 0, 0)


def test_a_far_outlier_does_not_raise_the_density():
    # A generated cluster that one real outlier's ball holds: precise, but not dense.
    rng = np.random.default_rng(4)
    real = np.concatenate([rng.normal(size=(99, 2)), [[60.0, 0.0]]])
    generated = rng.normal(size=(50, 2)) + np.array([30.0, 0.0])

    found = manifold_figures(real, generated)

    assert found.precision == 1.0
    assert found.density == pytest.approx(1 / 5)


def test_too_few_samples_are_an_error():
    with pytest.raises(NotMeasurableError, match="needs 6 samples or more of each kind, found 5"):
        manifold_figures(np.ones((5, 2)), np.ones((9, 2)))
