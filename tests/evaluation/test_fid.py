"""`fid` against closed forms, SciPy's matrix root, and distances of large sets."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from coverzoo.evaluation.metrics.fid import fid, frechet_distance
from coverzoo.evaluation.result import NotMeasurableError


def test_it_is_the_formula_with_the_root_of_the_product():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5))
    generated = rng.normal(1.0, size=(50, 5)) @ rng.normal(size=(5, 5))
    first, second = (np.cov(each, rowvar=False) for each in (real, generated))

    expected = np.sum((real.mean(0) - generated.mean(0)) ** 2)
    expected += np.trace(first + second - 2 * sqrtm(first @ second).real)

    assert frechet_distance(real, generated) == pytest.approx(expected, rel=1e-9)


def test_a_set_moved_and_scaled_has_the_closed_form():
    rng = np.random.default_rng(1)
    real = rng.normal(size=(40, 3))

    moved = frechet_distance(real, real + np.array([3.0, 0.0, 4.0]))
    scaled = frechet_distance(real - real.mean(0), 2.0 * (real - real.mean(0)))

    assert moved == pytest.approx(25.0, rel=1e-9)
    assert scaled == pytest.approx(np.trace(np.cov(real, rowvar=False)), rel=1e-9)


def test_equal_sets_have_zero_even_with_more_values_than_samples():
    real = np.random.default_rng(2).normal(size=(10, 30))

    assert frechet_distance(real, real[::-1]) == pytest.approx(0.0, abs=1e-9)


def test_the_extrapolation_removes_most_of_the_bias():
    rng = np.random.default_rng(3)
    found = [fid(rng.normal(size=(150, 8)), rng.normal(size=(150, 8))) for _ in range(20)]

    value, extrapolated = (
        np.mean([getattr(f, n) for f in found]) for n in ("value", "extrapolated")
    )
    assert value > 0.2, "the bias of 150 samples, for a distance of 0"
    assert abs(extrapolated) < 0.25 * value


def test_it_grows_with_the_distance():
    rng = np.random.default_rng(4)
    real = rng.normal(size=(200, 4))
    near, far = (fid(real, rng.normal(shift, size=(200, 4))) for shift in (0.5, 2.0))

    assert near.value < far.value
    assert near.extrapolated < far.extrapolated


def test_too_few_samples_are_an_error():
    with pytest.raises(NotMeasurableError, match="four samples or more of each kind, found 3"):
        fid(np.ones((3, 2)), np.ones((9, 2)))
