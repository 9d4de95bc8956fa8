"""Degradations of the covers that the genre classifier is trained on."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from coverzoo.evaluation.networks import degradation
from coverzoo.evaluation.networks.degradation import BLUR_SIGMA, BLURS, NOISE_STDDEV, degraded

SEED = tf.constant((3, 4), tf.int64)


def test_blurs_are_gaussian_with_repeated_edges_and_each_number_of_them_is_drawn(monkeypatch):
    monkeypatch.setattr(degradation, "NOISE_STDDEV", 0.0)
    cover = np.random.default_rng(0).uniform(-1, 1, (128, 128, 3)).astype(np.float32)

    found = degraded(np.repeat(cover[None], 40, axis=0), SEED).numpy()

    sigma, expected = 128 * BLUR_SIGMA, [cover]
    for _ in range(BLURS):
        blurred = gaussian_filter(expected[-1], (sigma, sigma, 0), mode="nearest", truncate=3.0)
        expected.append(blurred)
    errors = np.abs(found[:, None] - np.array(expected)).max(axis=(2, 3, 4))
    assert errors.min(axis=1).max() < 1e-5
    assert set(errors.argmin(axis=1)) == {0, 1, 2, 3}


def test_noise_is_as_strong_as_drawn_for_each_cover():
    covers = np.full((64, 32, 32, 3), 0.25, np.float32)  # a blur leaves it as it is

    noise = degraded(covers, SEED).numpy() - 0.25

    stddev = noise.std(axis=(1, 2, 3))
    assert 0.0 <= stddev.min() < 0.05 < 0.35 < stddev.max() < 1.05 * NOISE_STDDEV
    assert stddev.mean() == pytest.approx(NOISE_STDDEV / 2, rel=0.2)
    assert np.abs(noise.mean(axis=(1, 2, 3)) / stddev).max() < 5 / np.sqrt(32 * 32 * 3)


def test_equal_seeds_give_equal_covers():
    covers = np.random.default_rng(1).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)

    one, same, other = (degraded(covers, seed).numpy() for seed in (SEED, SEED, SEED + 1))

    np.testing.assert_array_equal(one, same)
    assert (one != other).any(axis=(1, 2, 3)).all()
