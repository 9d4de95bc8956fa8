"""`memorisation`: copies, new covers and covers unlike the data."""

import numpy as np
import pytest

from coverzoo.evaluation.metrics import memorisation as module
from coverzoo.evaluation.metrics.memorisation import memorisation, nearest
from coverzoo.evaluation.result import NotMeasurableError


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return rng.normal(size=(300, 4)), rng.normal(size=(100, 4)), rng


def test_new_covers_are_as_near_as_held_out_ones(sets):
    train, held_out, rng = sets

    found = memorisation(train, held_out, rng.normal(size=(400, 4)))

    assert found.nearer == pytest.approx(0.5, abs=0.08)
    assert found.generated == pytest.approx(found.held_out, rel=0.2)


def test_copies_are_nearer_however_faintly_they_are_changed(sets):
    train, held_out, rng = sets

    exact = memorisation(train, held_out, train[:50])
    faint = memorisation(train, held_out, train[:50] + 0.01 * rng.normal(size=(50, 4)))

    assert (exact.nearer, exact.generated) == (1.0, 0.0)
    assert faint.nearer > 0.98


def test_covers_unlike_the_data_are_further(sets):
    train, held_out, _ = sets

    assert memorisation(train, held_out, held_out + 50.0).nearer == 0.0


def test_equal_distances_count_half():
    train = np.zeros((1, 2))
    held_out = np.array([[1.0, 0.0], [2.0, 0.0]])

    found = memorisation(train, held_out, np.array([[0.0, 1.0]]))

    assert found.nearer == 0.75, "one is as far, one further"


@pytest.mark.parametrize("rows", [3, 1000])
def test_the_nearest_is_that_of_all_distances(sets, rows, monkeypatch):
    monkeypatch.setattr(module, "ROWS", rows)
    train, held_out, _ = sets
    all_distances = np.linalg.norm(held_out[:, None] - train[None], axis=2)

    distance, index = nearest(held_out, train)

    np.testing.assert_allclose(distance, all_distances.min(axis=1))
    np.testing.assert_array_equal(index, all_distances.argmin(axis=1))


def test_an_empty_set_is_an_error(sets):
    train, held_out, _ = sets

    with pytest.raises(NotMeasurableError, match="a training, a held-out and a generated cover"):
        memorisation(train, held_out, np.empty((0, 4)))
