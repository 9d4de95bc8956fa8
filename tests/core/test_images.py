import numpy as np
import pytest
from PIL import ImageFont

from coverzoo.images import captioned, grid, interleave, printable, resized, to_bytes

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


def test_captions_stand_to_the_left_of_their_rows_and_leave_the_covers_alone():
    covers = np.full((4, 32, 32, 3), 0.5, np.float32)
    sheet = grid(covers, 2)

    wider = np.asarray(captioned(sheet, ["first", ""]))

    left = wider.shape[1] - sheet.width
    np.testing.assert_array_equal(wider[:, left:], np.asarray(sheet))
    upper, lower = wider[:35, :left], wider[35:, :left]
    assert (upper < 128).any()
    assert (lower == 255).all()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("full-track.vibe-ace", "full-track.vibe-ace"),
        ("Sigur Rós · Ágætis byrjun", "Sigur Ros · Ag?tis byrjun"),
        ("Bjo\u0308rk", "Bjork"),
        ("№ 5", "No 5"),
        ("曲", "?"),
    ],
)
def test_a_caption_has_only_letters_that_the_font_has(name, shown):
    assert printable(name, ImageFont.load_default(size=20)) == shown
    sheet = grid(COVERS[:1], 1)
    np.testing.assert_array_equal(captioned(sheet, [name]), captioned(sheet, [shown]))


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


def test_resized_covers_keep_flat_colours_and_their_own_size():
    flat = np.full((1, 16, 16, 3), -0.2, np.float32)

    assert resized(flat, 50).shape == (1, 50, 50, 3)
    np.testing.assert_array_equal(np.unique(to_bytes(resized(flat, 50))), np.unique(to_bytes(flat)))
    np.testing.assert_array_equal(to_bytes(resized(COVERS, COVERS.shape[1])), to_bytes(COVERS))
