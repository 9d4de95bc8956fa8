"""Reconstruction quality: errors against NumPy, PSNR against TensorFlow's, SSIM in test_ssim."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import read_split
from coverzoo.evaluation.metrics import reconstruction
from coverzoo.evaluation.metrics.reconstruction import (
    ReconstructionQuality,
    reconstruction_quality,
    squared_errors,
)
from coverzoo.evaluation.metrics.ssim import ssim

RNG = np.random.default_rng(0)
ONE, OTHER = RNG.uniform(-1, 1, (2, 5, 8, 8, 3)).astype(np.float32)


class Reconstructor:
    """Reconstructs covers by a function of them and, with audio, of their audio."""

    image_size = 16

    def __init__(self, act, with_audio=False):
        self.act, self.audio_encoder = act, SimpleNamespace() if with_audio else None

    def reconstruct(self, image, *audio):
        return self.act(image, *audio)


@pytest.fixture(scope="module")
def covers(pairs):
    """Train's samples, and their pixels at 16 px."""
    samples = read_split(pairs, "train", audio=True).samples
    batches = ordered_batches(samples, (), image_size=16, batch_size=24, audio=False)
    return samples, next(iter(batches))["image"].numpy()


def test_errors_are_means_over_each_cover_of_values_from_zero_to_one():
    errors = squared_errors(ONE, tf.constant(OTHER))

    expected = [np.mean(((a + 1) / 2 - (b + 1) / 2) ** 2) for a, b in zip(ONE, OTHER, strict=True)]
    np.testing.assert_allclose(errors, expected, rtol=1e-5)
    np.testing.assert_array_equal(squared_errors(ONE, ONE), np.zeros(5))
    black, white = -np.ones((1, 4, 4, 3)), np.ones((1, 4, 4, 3))
    assert squared_errors(black, white) == [1.0]


def test_covers_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shapes differ\. Received: \(5, 8, 8, 3\) and \(1, 8"):
        squared_errors(ONE, OTHER[:1])


@pytest.mark.parametrize("batch", [64, 10])
def test_psnr_is_tensorflow_s_whatever_the_batch(covers, monkeypatch, batch):
    monkeypatch.setattr(reconstruction, "BATCH_SIZE", batch)
    samples, images = covers
    made = np.clip(0.8 * images + 0.05, -1, 1)

    found = reconstruction_quality(
        Reconstructor(lambda image: tf.clip_by_value(0.8 * image + 0.05, -1, 1)), samples, "t"
    )

    zero_to_one = (images + 1) / 2, (made + 1) / 2
    assert found.mse == pytest.approx(np.mean((zero_to_one[0] - zero_to_one[1]) ** 2), rel=1e-5)
    assert found.psnr == pytest.approx(np.mean(tf.image.psnr(*zero_to_one, max_val=1.0)), rel=1e-5)
    assert found.ssim == pytest.approx(np.mean(ssim(images, made)), rel=1e-6)
    assert (found.covers, found.split) == (24, "t")


def test_a_worse_copy_has_more_error_and_less_psnr_and_ssim(covers):
    samples, _ = covers
    near, far = (
        reconstruction_quality(
            Reconstructor(lambda image, share=share: share * image), samples, "test"
        )
        for share in (0.9, 0.5)
    )

    assert near.mse < far.mse
    assert near.psnr > far.psnr
    assert near.ssim > far.ssim


def test_an_exact_copy_has_no_error_and_a_finite_psnr(covers):
    found = reconstruction_quality(Reconstructor(lambda image: image), covers[0], "test")

    assert (found.mse, found.psnr, found.ssim) == (0.0, 100.0, 1.0)


def test_a_model_with_audio_gets_each_cover_s_own_audio(covers):
    samples, _ = covers
    received = []

    def act(image, audio):
        received.append(audio.numpy())
        return image

    reconstruction_quality(Reconstructor(act, with_audio=True), samples, "test")

    np.testing.assert_array_equal(np.concatenate(received), [np.load(s.audio) for s in samples])


def test_a_result_is_one_line_and_plain_data():
    found = ReconstructionQuality(0.012345, 19.0851, 0.71249, 360, "test")

    assert str(found) == ("Reconstruction, 360 test covers: MSE 0.01235, PSNR 19.09 dB, SSIM 0.712")
    assert ReconstructionQuality(**json.loads(json.dumps(found.to_json()))) == found
