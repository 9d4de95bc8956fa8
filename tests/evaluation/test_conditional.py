"""Diversity given the audio: closed forms, and models that ignore the noise or the audio."""

import numpy as np
import pytest

from coverzoo.evaluation.metrics.conditional import energy_coefficient, relative_diversity
from coverzoo.evaluation.result import NotMeasurableError

TRACKS, NOISES, DIM = 40, 8, 5
RNG = np.random.default_rng(0)
GENRES = np.arange(TRACKS) % 2
REAL = RNG.normal(size=(400, DIM)) + 9.0 * (np.arange(400) % 2)[:, None]
OF_REAL = np.arange(400) % 2


def covers(spread, tracks=TRACKS):
    """Covers of each track around a place of the track; the genre's spread is 1."""
    centres = RNG.normal(size=(tracks, 1, DIM)) * np.sqrt(max(0.0, 1.0 - spread**2))
    noise = spread * RNG.normal(size=(tracks, NOISES, DIM))
    return centres + noise + 9.0 * (np.arange(tracks) % 2)[:, None, None]


@pytest.mark.parametrize("spread", [0.0, 0.3, 1.0, 2.0])
def test_relative_diversity_is_the_spread_over_that_of_the_genre(spread):
    found = relative_diversity(covers(spread), GENRES, REAL, OF_REAL)

    assert found.value == pytest.approx(spread, abs=0.05 + 0.05 * spread)
    assert found.standard_error < 0.1


def test_other_genres_do_not_count():
    one = covers(0.5)
    with_third = np.concatenate([REAL, 100.0 * RNG.normal(size=(50, DIM))])

    assert relative_diversity(
        one, GENRES, with_third, np.concatenate([OF_REAL, np.full(50, 2)])
    ) == relative_diversity(one, GENRES, REAL, OF_REAL)


def test_a_genre_without_two_real_covers_is_left_out():
    few = (np.concatenate([REAL[OF_REAL == 0], REAL[1:2]]), np.array([0] * 200 + [1]))

    found = relative_diversity(covers(0.5), GENRES, *few)

    assert found.value == pytest.approx(0.5, abs=0.1)
    with pytest.raises(NotMeasurableError, match="two different real covers"):
        relative_diversity(covers(0.5), GENRES + 7, *few)


def test_the_energy_coefficient_is_zero_for_equal_distributions_and_one_for_two_points():
    truth = RNG.normal(size=(300, 8, DIM))
    same = energy_coefficient(RNG.normal(size=(300, 8, DIM)), truth)

    assert abs(same.value) < 3.0 * same.standard_error
    points = np.ones((3, 4, DIM))
    assert energy_coefficient(points, 2.0 * points).value == pytest.approx(1.0)
    assert energy_coefficient(points, points).value == 0.0


def test_it_is_the_energy_distance_of_scipy():
    """In one dimension, of large sets, where the difference of both estimates vanishes."""
    from scipy.stats import energy_distance

    made, true = RNG.normal(size=(2, 1, 1500, 1)) + np.array([0.0, 1.0])[:, None, None, None]
    between = 2.0 * np.abs(made[0] - true[0].T).mean()

    found = energy_coefficient(made, true).value

    expected = energy_distance(made.ravel(), true.ravel()) ** 2 / between  # SciPy's is the root
    assert found == pytest.approx(expected, rel=0.02)


def test_covers_that_ignore_noise_or_audio_are_far_from_the_truth():
    truth = covers(0.5)
    centre = truth.mean(axis=1, keepdims=True)
    without_noise = np.repeat(centre, NOISES, axis=1)
    without_audio = RNG.permutation(truth)

    good = energy_coefficient(centre + 0.5 * RNG.normal(size=truth.shape), truth).value
    assert good < 0.1
    assert energy_coefficient(without_noise, truth).value > good + 0.1
    assert energy_coefficient(without_audio, truth).value > good + 0.1


@pytest.mark.parametrize(
    "call",
    [
        lambda: relative_diversity(np.zeros((2, 1, 3)), np.zeros(2), REAL, OF_REAL),
        lambda: relative_diversity(covers(0.5), GENRES[1:], REAL, OF_REAL),
        lambda: energy_coefficient(np.zeros((2, 3, 4)), np.zeros((3, 3, 4))),
    ],
)
def test_shapes_that_do_not_agree_are_refused(call):
    with pytest.raises(ValueError, match="Received"):
        call()
