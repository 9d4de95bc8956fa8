"""SSIM against scikit-image's, and its direction."""

import numpy as np
import pytest
import tensorflow as tf
from skimage.metrics import structural_similarity

from coverzoo.evaluation.metrics import ssim as module
from coverzoo.evaluation.metrics.ssim import ssim

RNG = np.random.default_rng(0)


def covers(count, side):
    """Smooth covers with edges, in [-1, 1]."""
    coarse = RNG.uniform(-1.0, 1.0, (count, 8, 8, 3))
    smooth = np.array(tf.image.resize(coarse, (side, side), "bicubic"))
    smooth[:, : side // 3] = RNG.uniform(-1.0, 1.0, (count, 1, 1, 3))  # of one colour
    return np.clip(smooth, -1.0, 1.0).astype(np.float32)


def expected(originals, reconstructed):
    """scikit-image crops the borders that its window exceeds, and so has the same windows."""
    return [
        structural_similarity(
            *pair,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1.0,
        )
        for pair in zip(
            (originals.astype(float) + 1) / 2, (reconstructed.astype(float) + 1) / 2, strict=True
        )
    ]


@pytest.mark.parametrize("side", [11, 32, 64])
@pytest.mark.parametrize("noise", [0.02, 0.5])
def test_it_is_scikit_image_s(side, noise):
    originals = covers(5, side)
    changed = np.clip(originals + RNG.normal(0.0, noise, originals.shape), -1, 1).astype(np.float32)

    found = ssim(tf.constant(originals), changed)

    # float32 against float64: rounding of variances, which are differences of squares, about 1e-7,
    # is divided by c2 = 9e-4 where a cover is of one colour.
    np.testing.assert_allclose(found, expected(originals, changed), atol=1e-4)
    assert found.dtype == np.float64


def test_it_is_that_of_each_cover_whatever_is_computed_at_once(monkeypatch):
    originals, changed = covers(2 * 5, 16).reshape(2, 5, 16, 16, 3)
    whole = ssim(originals, changed)

    monkeypatch.setattr(module, "AT_ONCE", 2)

    np.testing.assert_allclose(ssim(originals, changed), whole, atol=1e-6)
    assert len(set(whole)) == 5


def test_two_covers_of_one_colour_differ_by_their_luminance_alone():
    one, other = np.full((1, 16, 16, 3), -0.5), np.full((1, 16, 16, 3), 0.5)

    # (2 · ¼ · ¾ + 10⁻⁴) / (¼² + ¾² + 10⁻⁴)
    np.testing.assert_allclose(ssim(one, other), [0.3751 / 0.6251], atol=1e-4)


def test_blur_lowers_it_more_than_a_shift_of_brightness_with_the_same_error():
    originals = (0.5 * covers(4, 32)).astype(np.float32)
    kernel = np.zeros((5, 5, 3, 1), np.float32) + 1 / 25
    padded = np.pad(originals, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="edge")
    blurred = np.array(tf.nn.depthwise_conv2d(padded, kernel, (1, 1, 1, 1), "VALID"))
    shift = np.sqrt(np.mean((blurred - originals) ** 2))

    assert np.all(ssim(originals, blurred) < ssim(originals, originals + shift))
    np.testing.assert_array_equal(ssim(originals, originals), np.ones(4))


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((2, 16, 16, 3), (1, 16, 16, 3)), r"shapes differ\. Received: \(2, 16"),
        (((2, 8, 8, 3), (2, 8, 8, 3)), r"covers of 11 pixels a side or more\. Received: \(2, 8"),
    ],
)
def test_what_has_no_ssim_is_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        ssim(*map(np.zeros, shapes))
