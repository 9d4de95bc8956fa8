import numpy as np
import tensorflow as tf

from coverzoo.zoo.losses.kl import gaussian_kl, gaussian_kl_between

RNG = np.random.default_rng(0)


def test_the_kl_of_the_prior_is_zero():
    assert float(gaussian_kl(tf.zeros((3, 4)), tf.zeros((3, 4)))) == 0.0


def test_the_kl_sums_over_values_and_averages_over_samples():
    mean = np.array([[1.0, 0.0], [0.0, -2.0]], np.float32)
    variance = np.array([[1.0, 4.0], [0.25, 1.0]], np.float32)

    first = 0.5 * 1.0 + (0.5 * (4.0 - 1.0) - np.log(2.0))
    second = (0.5 * (0.25 - 1.0) + np.log(2.0)) + 0.5 * 4.0
    np.testing.assert_allclose(
        gaussian_kl(mean, np.log(variance)), (first + second) / 2.0, rtol=1e-6
    )


def test_the_kl_is_the_expected_log_ratio_of_densities():
    mean, stddev = np.array([0.7, -0.3]), np.array([0.4, 1.5])
    draws = mean + stddev * RNG.normal(size=(400_000, 2))

    log_q = -0.5 * ((draws - mean) / stddev) ** 2 - np.log(stddev)
    log_p = -0.5 * draws**2
    monte_carlo = (log_q - log_p).sum(axis=1).mean()
    exact = gaussian_kl(mean[None].astype(np.float32), np.log(stddev**2)[None].astype(np.float32))
    np.testing.assert_allclose(exact, monte_carlo, atol=0.01)


def log_density(x, mean, stddev):
    return -0.5 * ((x - mean) / stddev) ** 2 - np.log(stddev)


def between(mean, stddev, prior_mean, prior_stddev):
    """The KL of two Gaussians (N, D) with these means and standard deviations."""
    values = (mean, 2 * np.log(stddev), prior_mean, 2 * np.log(prior_stddev))
    return float(gaussian_kl_between(*(np.float32(value) for value in values)))


def test_the_kl_of_two_gaussians_is_that_of_the_textbook():
    mean, prior_mean = RNG.normal(size=(2, 5, 3))
    stddev, prior_stddev = np.exp(RNG.normal(size=(2, 5, 3)))

    expected = (
        np.log(prior_stddev / stddev)
        + (stddev**2 + (mean - prior_mean) ** 2) / (2.0 * prior_stddev**2)
        - 0.5
    )
    got = between(mean, stddev, prior_mean, prior_stddev)
    np.testing.assert_allclose(got, expected.sum(axis=1).mean(), rtol=1e-5)


def test_the_kl_of_two_gaussians_is_the_expected_log_ratio_of_densities():
    mean, stddev = np.array([0.7, -0.3]), np.array([0.4, 1.5])
    prior_mean, prior_stddev = np.array([-0.2, 0.5]), np.array([0.8, 1.2])
    draws = mean + stddev * RNG.normal(size=(400_000, 2))

    ratio = log_density(draws, mean, stddev) - log_density(draws, prior_mean, prior_stddev)
    exact = between(mean[None], stddev[None], prior_mean[None], prior_stddev[None])
    np.testing.assert_allclose(exact, ratio.sum(axis=1).mean(), atol=0.02)


def test_the_kl_of_equal_gaussians_is_zero_and_with_a_standard_prior_that_of_gaussian_kl():
    mean, log_variance = RNG.normal(size=(2, 5, 3)).astype(np.float32)
    zeros = np.zeros_like(mean)

    same = gaussian_kl_between(mean, log_variance, mean, log_variance)
    np.testing.assert_allclose(same, 0.0, atol=1e-6)
    np.testing.assert_allclose(
        gaussian_kl_between(mean, log_variance, zeros, zeros),
        gaussian_kl(mean, log_variance),
        rtol=1e-6,
    )
