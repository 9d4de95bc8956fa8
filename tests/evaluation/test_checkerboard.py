"""Energy at the highest frequencies, against patterns whose spectrum is known."""

import numpy as np
import pytest
from PIL import Image

from coverzoo.corpus.layout import read_split
from coverzoo.evaluation.checkerboard import Checkerboard, checkerboard, energies

ROWS, COLUMNS = np.mgrid[:16, :16]


def images(pattern):
    return np.tile(pattern[None, :, :, None], (2, 1, 1, 3))


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ((-1.0) ** ROWS, 1),
        ((-1.0) ** COLUMNS, 1),
        ((-1.0) ** (ROWS + COLUMNS), 2),
        (0.0 * ROWS, 0),
        (1.0 + 0.0 * ROWS, 0),
    ],
)
def test_a_pattern_of_period_two_is_all_at_the_nyquist_frequency(pattern, lines):
    nyquist, below = energies(images(pattern))

    # One bin of 256² on each line of 16 it lies on; the mean of rows' and columns' lines.
    assert nyquist == pytest.approx(lines * 256**2 / 16 / 2)
    assert below == pytest.approx(0.0, abs=1e-9)


def test_the_next_frequency_is_below_it():
    nyquist, below = energies(images(np.cos(2 * np.pi * 7 / 16 * ROWS)))

    assert nyquist == pytest.approx(0.0, abs=1e-9)
    assert below == pytest.approx(2 * 128**2 / 32 / 2)  # two bins of ½ each, on two lines of 16


def test_white_noise_has_as_much_at_both():
    nyquist, below = energies(np.random.default_rng(0).normal(size=(64, 32, 32, 3)))

    assert nyquist == pytest.approx(32 * 32, rel=0.03)
    assert below == pytest.approx(32 * 32, rel=0.03)


class Reconstructor:
    image_size, audio_encoder = 32, None

    def __init__(self, act):
        self.reconstruct = act


@pytest.mark.parametrize(
    ("act", "nyquist", "peak"),
    [
        (lambda image: image, 1.0, 1.0),
        (lambda image: 0.5 * image, 0.25, 1.0),
    ],
)
def test_energy_is_relative_to_the_originals(pairs, act, nyquist, peak):
    samples = read_split(pairs, "train", audio=True).samples

    found = checkerboard(Reconstructor(act), samples, "train")

    assert found.nyquist == pytest.approx(nyquist, rel=1e-4)
    assert found.peak == pytest.approx(peak, rel=1e-4)
    assert (found.covers, found.split) == (24, "train")


def test_a_checkerboard_raises_the_ratio_and_a_blur_does_not(pairs):
    samples = read_split(pairs, "train", audio=True).samples
    uneven = 1.0 + 0.1 * ((-1.0) ** (np.arange(32)[:, None] + np.arange(32)))[..., None]
    squares = checkerboard(Reconstructor(lambda image: image.numpy() * uneven), samples, "train")

    def blurred(image):
        image = image.numpy()
        return sum(np.roll(image, (i, j), (1, 2)) for i in (0, 1) for j in (0, 1)) / 4

    blur = checkerboard(Reconstructor(blurred), samples, "train")

    assert squares.peak > 1.5 > 1.0 > blur.peak
    assert blur.nyquist < 0.1


def test_a_cover_of_one_colour_has_no_checkerboard(pairs):
    samples = read_split(pairs, "train", audio=True).samples

    found = checkerboard(Reconstructor(lambda image: 0.0 * image - 1.0), samples, "train")

    assert (found.nyquist, found.below, found.peak) == (0.0, 0.0, 1.0)
    assert "ratio 1.00 " in str(found)


def test_originals_of_one_colour_cannot_be_measured(tmp_path):
    folder = tmp_path / "cover_dataset" / "train" / "pop"
    folder.mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (32, 32), "grey").save(folder / f"{number}.jpg")
    samples = read_split(tmp_path, "train", audio=False).samples

    with pytest.raises(ValueError, match="no energy at the highest frequencies"):
        checkerboard(Reconstructor(lambda image: image), samples, "train")


def test_a_result_is_reported_in_one_line():
    line = str(Checkerboard(0.42, 0.21, 360, "test"))

    assert "0.420 at the Nyquist frequency, 0.210 next to it, ratio 2.00" in line
    assert "\n" not in line
