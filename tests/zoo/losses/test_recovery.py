import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.losses.recovery import coarse_difference, latent_loss

RNG = np.random.default_rng(0)
Z, MEAN, LOG_VARIANCE = RNG.normal(size=(3, 6, 4)).astype(np.float32)


def test_the_latent_loss_is_the_negative_log_likelihood_without_its_constant():
    deviation = np.exp(0.5 * LOG_VARIANCE)
    density = np.exp(-0.5 * ((Z - MEAN) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    expected = -np.log(density).mean() - 0.5 * np.log(2 * np.pi)

    assert float(latent_loss(MEAN, LOG_VARIANCE, Z)) == pytest.approx(expected, rel=1e-5)


def test_knowing_nothing_of_a_standard_normal_z_costs_a_half():
    z = RNG.normal(size=(20_000, 2)).astype(np.float32)

    assert float(latent_loss(0 * z, 0 * z, z)) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("side", [8, 16, 32, 64])
def test_covers_are_compared_at_sixteen_pixels(side):
    image, real = RNG.uniform(-1, 1, (2, 3, side, side, 3)).astype(np.float32)
    window = max(1, side // 16)
    blocks = (image - real).reshape(3, side // window, window, side // window, window, 3)

    found = coarse_difference(tf.constant(image), tf.constant(real))

    assert float(found) == pytest.approx(np.abs(blocks.mean(axis=(2, 4))).mean(), rel=1e-4)


def test_detail_within_a_block_does_not_count():
    image = np.tile(
        np.array([[1.0, -1.0], [-1.0, 1.0]], np.float32)[None, :, :, None], (1, 16, 16, 3)
    )

    assert float(coarse_difference(tf.constant(image), tf.constant(0 * image))) == 0.0
