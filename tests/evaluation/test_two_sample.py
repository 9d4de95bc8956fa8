"""The classifier two-sample test on covers whose difference is known."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from coverzoo.evaluation.networks.two_sample import auc, two_sample
from coverzoo.evaluation.result import NotMeasurableError


def blobs(count, seed, side=32):
    """Smooth covers: a coloured disc on a ground."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    centre = rng.uniform(0.3, 0.7, (2, count, 1, 1))
    disc = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2 < 0.05)[..., None]
    colours = rng.uniform(-0.8, 0.8, (2, count, 1, 1, 3))
    return np.where(disc, *colours).astype(np.float32)


def test_covers_of_one_distribution_cannot_be_separated():
    found = two_sample(blobs(120, 0), blobs(120, 1), 16, steps=40)

    assert abs(found.auc - 0.5) < 3.0 * found.standard_error + 0.02
    assert 0.02 < found.standard_error < 0.06
    assert (found.size, found.covers) == (16, 120)


def test_noise_is_separated_from_covers():
    noise = np.random.default_rng(2).uniform(-1.0, 1.0, (80, 32, 32, 3)).astype(np.float32)

    assert two_sample(blobs(80, 0), noise, 16, steps=40).auc > 0.98


def test_a_grid_of_single_pixels_shows_at_full_size_and_not_where_areas_are_averaged():
    grid = 0.15 * (-1.0) ** np.add.outer(np.arange(32), np.arange(32))[..., None]
    gridded = blobs(120, 1) + grid.astype(np.float32)

    assert two_sample(blobs(120, 0), gridded, 32, steps=60).auc > 0.9
    assert abs(two_sample(blobs(120, 0), gridded, 8, steps=60).auc - 0.5) < 0.12


def test_covers_of_one_track_are_in_one_fold():
    rng = np.random.default_rng(0)
    tracks = rng.uniform(-0.8, 0.8, (64, 1, 1, 3))
    sets = [(tracks + 0.05 * rng.normal(size=(64, 8, 8, 3))).astype(np.float32) for _ in range(2)]

    apart, together = (two_sample(*sets, 8, paired=each, steps=100).auc for each in (False, True))

    assert abs(together - 0.5) < 0.12
    assert apart < together - 0.1
    with pytest.raises(ValueError, match=r"pairs need one length\. Received: 64 and 63"):
        two_sample(sets[0], sets[1][1:], 8, paired=True)


def test_equal_arguments_give_equal_figures():
    one, other = (two_sample(blobs(16, 0), blobs(20, 1), 8, seed=3, steps=3) for _ in range(2))

    assert one == other
    assert one.covers == 16


def test_the_area_under_the_curve_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    negative, positive = rng.integers(0, 12, 40), rng.integers(3, 15, 60)  # with equal scores

    value, _ = auc(negative, positive)

    labels = [0] * 40 + [1] * 60
    assert value == pytest.approx(roc_auc_score(labels, np.concatenate([negative, positive])))


def test_its_standard_error_is_the_deviation_over_draws():
    rng = np.random.default_rng(0)
    draws = [auc(rng.normal(size=60), rng.normal(1.0, 1.0, 80)) for _ in range(400)]

    values, variances = np.transpose(draws)
    assert np.mean(np.sqrt(variances)) == pytest.approx(np.std(values), rel=0.1)


@pytest.mark.parametrize(
    ("generated", "size", "kind", "message"),
    [
        (blobs(9, 0, 16), 8, ValueError, "covers must have one shape"),
        (blobs(9, 0), 12, ValueError, "S a multiple of 12"),
        (blobs(7, 0), 8, NotMeasurableError, "needs 8 covers or more of each kind, found 7"),
    ],
)
def test_what_cannot_be_compared_is_refused(generated, size, kind, message):
    with pytest.raises(kind, match=message):
        two_sample(blobs(9, 1), generated, size)
