import numpy as np
import pytest
from PIL import Image

from coverzoo.images import grid, interleave, resized, to_bytes

COVERS = np.random.default_rng(0).uniform(-1, 1, (5, 4, 4, 3)).astype(np.float32)


def test_minus_one_is_black_one_is_white_and_between_is_rounded():
    values = np.float32([-1.0, 1.0, 0.0, -2.0, 2.0, 1.4 / 127.5 - 1.0, 1.6 / 127.5 - 1.0])

    assert to_bytes(values).tolist() == [0, 255, 128, 0, 255, 1, 2]
    assert to_bytes(values).dtype == np.uint8


def test_every_level_of_eight_bits_survives():
    levels = np.arange(256, dtype=np.uint8)

    np.testing.assert_array_equal(to_bytes(levels / np.float32(127.5) - 1.0), levels)


@pytest.mark.parametrize(("columns", "gap"), [(2, 2), (3, 1), (5, 0), (1, 3)])
def test_a_grid_shows_every_cover_row_by_row_on_white(columns, gap):
    sheet = np.asarray(grid(COVERS, columns, gap)).astype(int)

    rows = -(-5 // columns)
    assert sheet.shape == (rows * (4 + gap) + gap, columns * (4 + gap) + gap, 3)
    for index, cover in enumerate(to_bytes(COVERS)):
        top = gap + index // columns * (4 + gap)
        left = gap + index % columns * (4 + gap)
        np.testing.assert_array_equal(sheet[top : top + 4, left : left + 4], cover)
        sheet[top : top + 4, left : left + 4] = 255
    assert (sheet == 255).all()


@pytest.mark.parametrize(("columns", "rows"), [(5, 1), (2, 3), (8, 1)])
def test_rows_of_two_sets_alternate_and_the_last_ones_are_padded_with_white(columns, rows):
    above, below = COVERS, -COVERS

    mixed = interleave(above, below, columns)

    assert mixed.shape == (2 * rows * columns, 4, 4, 3)
    cells = mixed.reshape(rows, 2, columns, 4, 4, 3)
    for half, covers in enumerate((above, below)):
        shown = cells[:, half].reshape(rows * columns, 4, 4, 3)
        np.testing.assert_array_equal(shown[:5], covers)
        assert (shown[5:] == 1.0).all()


def test_a_resized_cover_is_what_lanczos_makes_of_its_pixels():
    pixels = to_bytes(COVERS[0])

    expected = Image.fromarray(pixels).resize((50, 50), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(resized(COVERS[0], 50), expected)
    for side in (None, 4):
        np.testing.assert_array_equal(resized(COVERS[0], side), pixels)


def test_a_grid_of_another_size_has_resized_covers():
    sheet = np.asarray(grid(COVERS, 3, side=9))

    assert sheet.shape == (2 + 2 * 11, 2 + 3 * 11, 3)
    np.testing.assert_array_equal(sheet[13:22, 2:11], resized(COVERS[3], 9))
