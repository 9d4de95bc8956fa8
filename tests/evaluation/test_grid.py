"""The energy of a pixel grid and its shared part, and sharpness, against closed forms."""

import numpy as np
import pytest

from coverzoo.evaluation.metrics.grid import GridEnergy, grid_energy, sharpness
from coverzoo.evaluation.result import NotMeasurableError

SIDE = 16
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
PATTERNS = {
    "rows": (2, (-1.0) ** ROWS),
    "columns": (2, (-1.0) ** COLUMNS),
    "checker": (2, (-1.0) ** (ROWS + COLUMNS)),
    "four": (4, np.cos(np.pi / 2 * ROWS)),
}


def same(pattern, count=2):
    return np.tile(pattern[None, :, :, None], (count, 1, 1, 3))


def reference(images, period):
    """Energy and shared part from the whole DFT."""
    spectrum = np.fft.fft2(images, axes=(1, 2))
    side = images.shape[1]
    bins = sorted({side // period, side - side // period})

    def at(power):
        rows, columns = power[..., bins, :, :], power[..., bins, :]
        return (rows.mean((-3, -2)) + columns.mean((-3, -2))).sum(-1) / 2

    energy = at(np.abs(spectrum) ** 2).mean()
    share = at(np.abs(spectrum.mean(0)) ** 2) / energy
    return (len(images) * share - 1) / (len(images) - 1), energy


@pytest.mark.parametrize("name", PATTERNS)
def test_one_pattern_in_all_images_is_shared_wholly(name):
    period, pattern = PATTERNS[name]

    found = grid_energy(same(pattern), period)

    # Stripes of period 2 have one bin of 256² among the 16 of the lines of rows or of columns, a
    # checkerboard one on both; the cosine two bins of 128² among 32. Three channels.
    expected = {"checker": 2 * 256**2 / 16, "four": 128**2 / 16}.get(name, 256**2 / 16) / 2 * 3
    assert found.energy == pytest.approx(expected)
    assert found.shared == pytest.approx(1.0)


@pytest.mark.parametrize(("period", "other"), [(2, "four"), (4, "rows"), (4, "checker")])
def test_another_period_is_not_counted(period, other):
    found = grid_energy(same(PATTERNS[other][1]), period)

    assert found.energy == pytest.approx(0.0, abs=1e-9)
    assert found.shared == 0.0


@pytest.mark.parametrize("name", PATTERNS)
def test_the_share_of_a_pattern_in_noise_is_its_part_of_the_energy(name):
    period, pattern = PATTERNS[name]
    noise = np.random.default_rng(0).normal(scale=0.5, size=(400, SIDE, SIDE, 3))

    found = grid_energy(same(pattern, 400) * 0.2 + noise, period)

    # White noise of variance σ² has σ² S² in every bin, and three channels of it.
    shared = 0.2**2 * grid_energy(same(pattern), period).energy
    expected = shared / (shared + 3 * 0.25 * SIDE**2)
    assert 0.05 < expected < 0.8
    assert found.shared == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("period", [2, 4])
@pytest.mark.parametrize("count", [2, 10, 300])
def test_independent_noise_shares_nothing(period, count):
    drawn = [
        grid_energy(np.random.default_rng(seed).normal(size=(count, SIDE, SIDE, 3)), period)
        for seed in range(5)
    ]

    assert np.mean([found.shared for found in drawn]) < 0.05  # about 1/N without the correction
    assert np.mean([found.energy for found in drawn]) == pytest.approx(3 * SIDE**2, rel=0.1)


@pytest.mark.parametrize("period", [2, 4])
def test_it_is_computed_from_the_bins_of_the_whole_spectrum(period):
    images = np.random.default_rng(1).normal(size=(5, 8, 8, 3)) + np.arange(8)[:, None] / 8

    found = grid_energy(images, period)

    assert (found.shared, found.energy) == pytest.approx(reference(images, period))


def test_a_pattern_of_random_sign_shares_nothing():
    signs = np.resize([1.0, -1.0], 50)[:, None, None, None]

    found = grid_energy(same(PATTERNS["rows"][1], 50) * signs, 2)

    assert found.shared == 0.0
    assert found.energy == pytest.approx(3 * 256**2 / 32)


def test_images_of_one_colour_have_no_energy_to_share():
    found = grid_energy(np.full((3, SIDE, SIDE, 3), 0.3), 4)

    assert found.shared == 0.0
    assert found.energy < 1e-20


def test_one_image_has_no_share():
    with pytest.raises(NotMeasurableError, match="needs two images or more, found 1"):
        grid_energy(np.zeros((1, 8, 8, 3)), 2)


@pytest.mark.parametrize(
    ("shape", "period", "message"),
    [
        ((2, 6, 6, 3), 4, "divide the side 6"),
        ((2, 6, 6, 3), 1, "2 or more"),
        ((2, 6, 4, 3), 2, "shape"),
        ((6, 6, 3), 2, "shape"),
    ],
)
def test_what_has_no_such_frequency_is_refused(shape, period, message):
    with pytest.raises(ValueError, match=message):
        grid_energy(np.zeros(shape), period)


def test_a_result_is_reported_in_one_line():
    assert str(GridEnergy(0.25, 12.0)) == "Energy 12 at the period, of which 0.250 in all images"


def test_one_colour_is_not_sharp():
    assert sharpness(np.full((2, 8, 8, 3), -0.7)) == 0.0


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("side", [8, 16])
def test_the_sharpness_of_a_step(axis, side):
    images = np.where(np.indices((1, side, side, 3))[axis] < side // 2, -0.5, 0.7)

    # Averaged over two pixels, a step of 1.2 is two differences of 0.6 among side - 2, along one
    # of two directions.
    assert sharpness(images) == pytest.approx(2 * 0.6**2 / (side - 2) / 2)


@pytest.mark.parametrize("name", ["rows", "columns", "checker"])
def test_a_grid_of_period_two_adds_nothing_to_sharpness(name):
    images = np.random.default_rng(0).normal(size=(2, SIDE, SIDE, 3))

    assert sharpness(same(PATTERNS[name][1])) == 0.0
    assert sharpness(images + same(PATTERNS[name][1])) == pytest.approx(sharpness(images))


def test_a_wave_has_the_sharpness_of_its_filtered_gradient():
    # The phases are spread over a whole turn, so that every mean square of a cosine is ½.
    phase = 2 * np.pi * np.arange(16)[:, None, None, None] / 16
    images = np.cos(2 * np.pi * ROWS[None, :, :, None] / 8 + phase) * np.ones(3)

    gain = np.cos(np.pi / 8) ** 2 * 4 * np.sin(np.pi / 8) ** 2
    assert sharpness(images) == pytest.approx(gain / 2 / 2)


def test_a_blur_is_less_sharp():
    images = np.random.default_rng(0).normal(size=(4, SIDE, SIDE, 3))
    blurred = (images + np.roll(images, 1, 1) + np.roll(images, 1, 2)) / 3

    assert sharpness(blurred) < sharpness(images)


def test_the_smallest_side_of_sharpness():
    with pytest.raises(ValueError, match="side of 3"):
        sharpness(np.zeros((1, 2, 2, 3)))
