import math

import numpy as np
import pytest

from coverzoo.zoo.noise import MAX_ATTEMPTS, normal

MASK = 0xFFFFFFFF


def mix(x):
    """The finalizer of the docstring, on Python's own integers."""
    x = (x + 0x9E3779B9) & MASK
    x ^= x >> 16
    x = x * 0x7FEB352D & MASK
    x ^= x >> 15
    x = x * 0x846CA68B & MASK
    return x ^ x >> 16


def uniform(seed, index, k):
    low, high = seed & MASK, seed >> 32 & MASK
    base = mix(mix(mix(low) + high) + index)
    return ((mix(mix(k) + base) >> 9) + 0.5) / 2**23


def value(seed, index, column, truncation=math.inf):
    """z of (seed, index) at a column, by the formula of the docstring."""
    for attempt in range(64):
        k = column + attempt * 2**16
        radius = math.sqrt(-2.0 * math.log(uniform(seed, index, 2 * k)))
        z = radius * math.cos(2.0 * math.pi * uniform(seed, index, 2 * k + 1))
        if abs(z) <= truncation:
            return z
    return math.copysign(truncation, z)


SEEDS = [0, 1, 42, -1, 2**31, 2**32 + 5, 2**63 - 1, 2**64 - 1, -(2**63)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("truncation", [None, 0.7])
def test_noise_is_the_documented_function(seed, truncation):
    indices = [0, 3, 2**32 - 1]

    z = normal(seed, indices, 5, truncation)

    expected = [[value(seed, i, c, truncation or math.inf) for c in range(5)] for i in indices]
    assert z.dtype == np.float32
    np.testing.assert_allclose(z, expected, rtol=1e-6)


def test_the_last_columns_follow_the_formula_too():
    z = normal(7, [2], 65_535, truncation=0.5)

    for column in (1, 40_000, 65_534):
        assert z[0, column] == pytest.approx(value(7, 2, column, 0.5), rel=1e-6)


def test_no_version_may_change_these_numbers():
    np.testing.assert_allclose(
        normal(0, [0], 4), [[-1.543598629, -0.123501197, 0.761455558, 1.515388242]], rtol=1e-6
    )
    np.testing.assert_allclose(
        normal(-1, [5], 4), [[-1.190272342, 0.054475284, 3.231882869, -0.308964329]], rtol=1e-6
    )
    np.testing.assert_allclose(
        normal(2**40, [1], 4, truncation=0.5),
        [[0.344423721, -0.390549932, 0.396438820, 0.013158178]],
        rtol=1e-6,
    )


@pytest.fixture(scope="module")
def z():
    return normal(0, range(4000), 100).astype(np.float64)


def test_noise_is_standard_normal(z):
    # 400,000 values: the standard errors are 0.0016, 0.0011, 0.004 and 0.008.
    assert z.mean() == pytest.approx(0.0, abs=0.006)
    assert z.std() == pytest.approx(1.0, abs=0.005)
    assert (z**3).mean() == pytest.approx(0.0, abs=0.02)
    assert (z**4).mean() == pytest.approx(3.0, abs=0.04)


@pytest.mark.parametrize("quantile", [-3.0, -1.0, 0.0, 0.5, 2.0])
def test_noise_has_the_quantiles_of_the_normal_distribution(z, quantile):
    expected = 0.5 * (1.0 + math.erf(quantile / math.sqrt(2.0)))

    error = math.sqrt(expected * (1.0 - expected) / z.size)
    assert (z < quantile).mean() == pytest.approx(expected, abs=4.0 * error)


def test_columns_indices_and_seeds_are_independent(z):
    by_column = np.corrcoef(z.T) - np.eye(100)
    by_index = np.corrcoef(z[:100]) - np.eye(100)
    by_seed = np.array([normal(seed, range(40), 100).ravel() for seed in range(-8, 8)])

    # The standard error of a correlation is 1/√n; the largest of some thousand stays below 4.5.
    assert np.abs(by_column).max() < 4.5 / math.sqrt(4000)
    assert np.abs(by_index).max() < 4.5 / math.sqrt(100)
    assert np.abs(np.corrcoef(by_seed) - np.eye(16)).max() < 4.5 / math.sqrt(4000)


def test_a_code_depends_only_on_its_seed_and_index():
    whole = normal(3, range(10), 20)

    np.testing.assert_array_equal(normal(3, [7, 2], 20), whole[[7, 2]])
    np.testing.assert_array_equal(normal(3, range(10), 5), whole[:, :5])
    np.testing.assert_array_equal(normal(3, np.arange(10, dtype=np.int64), 20), whole)


def test_negative_seeds_are_the_upper_half_of_64_bits():
    np.testing.assert_array_equal(normal(-1, [0], 9), normal(2**64 - 1, [0], 9))
    np.testing.assert_array_equal(normal(-(2**63), [0], 9), normal(2**63, [0], 9))


@pytest.mark.parametrize("other", [1, -1, 2**32, 2**63, 2**32 + 1])
def test_every_bit_of_the_seed_matters(other):
    assert np.abs(normal(0, [0], 50) - normal(other, [0], 50)).max() > 1.0


@pytest.mark.parametrize("truncation", [0.3, 1.0, 2.5])
def test_truncation_redraws_values_outside_its_bound_and_no_others(z, truncation):
    cut = normal(0, range(4000), 100, truncation)
    inside = np.abs(z) <= truncation

    assert np.abs(cut).max() <= truncation
    np.testing.assert_array_equal(cut[inside], z[inside].astype(np.float32))
    assert (np.abs(cut[~inside]) < 0.99 * truncation).mean() > 0.9  # redrawn, not clipped


@pytest.mark.parametrize("truncation", [0.5, 1.0, 2.0])
def test_truncated_noise_has_the_deviation_of_the_truncated_normal(truncation):
    cut = normal(1, range(2000), 100, truncation).astype(np.float64)

    density = math.exp(-0.5 * truncation**2) / math.sqrt(2.0 * math.pi)
    mass = math.erf(truncation / math.sqrt(2.0))
    expected = math.sqrt(1.0 - 2.0 * truncation * density / mass)
    assert cut.std() == pytest.approx(expected, rel=0.01)
    assert cut.mean() == pytest.approx(0.0, abs=0.01)


def test_values_that_no_attempt_brings_within_the_truncation_are_clipped():
    cut = normal(0, range(5), 20, truncation=1e-6)

    assert MAX_ATTEMPTS == 64
    np.testing.assert_array_equal(np.abs(cut), np.full((5, 20), np.float32(1e-6)))
    np.testing.assert_array_equal(
        np.sign(cut),
        [[math.copysign(1.0, value(0, i, c, 1e-6)) for c in range(20)] for i in range(5)],
    )


def test_a_wide_truncation_changes_nothing():
    np.testing.assert_array_equal(normal(0, range(9), 50, 100.0), normal(0, range(9), 50))


def test_no_indices_return_no_codes():
    assert normal(0, [], 7).shape == (0, 7)


@pytest.mark.parametrize("dim", [0, -1, 65_536])
def test_dimensions_out_of_range_are_refused(dim):
    with pytest.raises(ValueError, match=f"dim must lie in 1 … 65535. Received: {dim}"):
        normal(0, [0], dim)


@pytest.mark.parametrize("truncation", [0.0, -1.0, math.nan])
def test_truncations_out_of_range_are_refused(truncation):
    with pytest.raises(ValueError, match=f"truncation must be above 0. Received: {truncation}"):
        normal(0, [0], 3, truncation)


@pytest.mark.parametrize("index", [-1, 2**32, 0.5])
def test_indices_out_of_range_are_refused(index):
    with pytest.raises(ValueError, match="indices"):
        normal(0, [index], 3)
