"""PNG files against Pillow, grids against the project's."""

import errno
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coverzoo import images as project
from coverzoo_device import UserError, images


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (33, 20)])
def test_pillow_reads_a_png_back(shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)

    with Image.open(io.BytesIO(images.png(pixels))) as image:
        image.load()
        assert (image.format, image.mode) == ("PNG", "RGB")
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_pillow_reads_the_text_of_a_png():
    text = {"coverzoo:model": "gan-audio", "coverzoo:track": "a.npy\n曲.ogg"}

    with Image.open(io.BytesIO(images.png(np.zeros((2, 2, 3), np.uint8), text))) as image:
        image.load()
        assert image.text == text


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8)],
    ids=["floats", "grey", "transparent"],
)
def test_other_pixels_are_refused(pixels):
    with pytest.raises(ValueError, match=r"expected uint8 \(H, W, 3\)"):
        images.png(pixels)


def test_bytes_are_rounded_as_the_project_rounds():
    values = np.linspace(-1.2, 1.2, 3 * 64).reshape(1, 8, 8, 3).astype(np.float32)

    np.testing.assert_array_equal(images.to_bytes(values), project.to_bytes(values))


@pytest.mark.parametrize(("count", "columns"), [(2, 2), (3, 2), (5, 3), (9, 3)])
def test_a_grid_is_the_project_s(count, columns):
    covers = np.random.default_rng(0).uniform(-1, 1, (count, 6, 6, 3))

    expected = np.asarray(project.grid(covers, columns))

    np.testing.assert_array_equal(images.grid(covers), expected)
    rows = np.asarray(project.grid(covers, count))
    np.testing.assert_array_equal(images.grid(covers, columns=count), rows)


def test_one_cover_is_the_picture():
    cover = np.random.default_rng(0).uniform(-1, 1, (1, 6, 6, 3))

    np.testing.assert_array_equal(images.grid(cover), project.to_bytes(cover)[0])


def test_a_picture_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    def full(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "a.png"
    file.write_bytes(b"mine")
    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(UserError, match="cannot be written: No space left on device"):
        images.save(np.zeros((1, 6, 6, 3)), file)

    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert file.read_bytes() == b"mine"
