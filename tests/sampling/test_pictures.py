"""The pictures that `zoo-sample` writes: sizes, names and texts, and those it refuses to write."""

import errno
import hashlib
import json
import os

import numpy as np
import pytest
from PIL import Image

from coverzoo.sampling import sampler
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.sampling.options import grid_shape


def test_a_single_cover_is_a_picture_without_a_frame(call, run, tracks, tmp_path):
    file, size = tmp_path / "cover.png", (32, 32)

    call(zoo_sample, run, "--audio", tracks[0], "--count", 1, "--out", file)
    alone = np.asarray(Image.open(file))
    call(zoo_sample, run, "--audio", tracks[0], "--count", 1, "--captions", "--out", file)
    captioned = np.asarray(Image.open(file))
    call(zoo_sample, run, "--audio", tracks[0], "--count", 1, "--out-dir", tmp_path / "single")

    assert alone.shape == (*size, 3)
    (single,) = (tmp_path / "single").iterdir()
    np.testing.assert_array_equal(alone, Image.open(single))
    np.testing.assert_array_equal(captioned[2:34, -34:-2], alone)


@pytest.mark.parametrize(
    ("count", "shape"),
    [(1, (1, 1)), (2, (1, 2)), (3, (2, 2)), (8, (2, 4)), (9, (3, 3)), (100, (10, 10))],
)
def test_the_grid_of_one_track_is_about_a_square(count, shape):
    options = {"count": count, "reconstruct": ()}

    assert grid_shape(options | {"audio": ["one"]}) == shape
    assert grid_shape(options | {"audio": []}) == shape
    assert grid_shape(options | {"audio": ["one", "two"]}) == (2, count)


def test_size_resizes_every_cover(call, run, tracks, tmp_path):
    options = (run, "--audio", tracks[0], "--count", 2)
    call(zoo_sample, *options, "--out-dir", tmp_path / "own")
    call(zoo_sample, *options, "--out-dir", tmp_path / "large", "--size", 96)
    call(zoo_sample, *options, "--out", tmp_path / "grid.png", "--size", 96)

    grid = np.asarray(Image.open(tmp_path / "grid.png"))
    assert grid.shape == (2 + 98, 2 + 2 * 98, 3)
    for index, file in enumerate(sorted((tmp_path / "own").iterdir())):
        with Image.open(file) as own:
            expected = own.resize((96, 96), Image.Resampling.LANCZOS)
        with Image.open(tmp_path / "large" / file.name) as large:
            np.testing.assert_array_equal(large, expected)
        left = 2 + 98 * index
        np.testing.assert_array_equal(grid[2:98, left : left + 96], expected)


@pytest.mark.parametrize(
    ("count", "size", "name", "line"),
    [
        (256, 3000, "a.png", "16 by 16 covers would have 48000 by 48000 pixels, of at most 30000"),
        (36, 3000, "a.png", "6 by 6 covers would have 18000 by 18000 pixels, of at most 30000"),
        (64, 2048, "a.webp", "8 by 8 covers would have 16384 by 16384 pixels, of at most 16383"),
    ],
)
def test_a_grid_that_is_too_large_is_refused_before_anything_is_generated(
    refused, run, tracks, monkeypatch, count, size, name, line
):
    for function in ("generate_covers", "read_tracks"):
        monkeypatch.setattr(sampler, function, None)  # a call would be a TypeError

    message = refused(run, "--audio", tracks[0], "--count", count, "--size", size, "--out", name)

    assert f"--out {name}: a grid of {line}" in message
    assert "250 million in all. Give fewer covers, a smaller --size, or --out-dir" in message


def test_a_png_names_model_seed_strength_and_tracks(call, run, tracks, tmp_path):
    def text(file):
        with Image.open(tmp_path / file) as image:
            return image.text

    digest = hashlib.sha256((run / "model.keras").read_bytes()).hexdigest()
    common = {
        "coverzoo:model": "run",
        "coverzoo:sha256": digest,
        "coverzoo:seed": "5",
        "coverzoo:strength": "1.5",
    }
    chinese = tracks[0].rename(tmp_path / "曲.npy")
    options = (run, "--audio", chinese, tracks[1], "--count", 2, "--seed", 5, "--strength", 1.5)

    call(zoo_sample, *options, "--out", tmp_path / "grid.png")
    call(zoo_sample, *options, "--out-dir", tmp_path / "single")
    call(zoo_sample, run, "--count", 1, "--out", tmp_path / "plain.PNG")
    call(zoo_sample, run, "--count", 1, "--out", tmp_path / "plain.jpg")

    assert text("grid.png") == common | {"coverzoo:track": "曲.npy\nb.npy"}
    assert sorted(file.name for file in (tmp_path / "single").iterdir()) == [
        *("b-5-0.png", "b-5-1.png", "曲-5-0.png", "曲-5-1.png")
    ]
    single = {"coverzoo:index": "1", "coverzoo:track": "曲.npy"}
    assert text("single/曲-5-1.png") == common | single
    assert text("plain.PNG") == {
        "coverzoo:model": "run",
        "coverzoo:sha256": digest,
        "coverzoo:seed": "0",
    }


@pytest.mark.parametrize(
    ("data", "genres", "words"),
    [
        (None, 10, "the built-in corpus (generated covers, 10 genres)"),
        ("my/covers", 3, "24 covers of my/covers (3 genres)"),
        ("flat", 0, "24 covers of flat"),
    ],
)
def test_what_the_model_was_trained_on_is_one_line_of_notice(
    call, run, tmp_path, data, genres, words
):
    made = tmp_path / "mine"
    made.mkdir()
    (made / "model.keras").write_bytes((run / "model.keras").read_bytes())
    corpus = {"train_samples": 24, "genres": [f"genre {number}" for number in range(genres)]}
    (made / "config.json").write_text(json.dumps({"data": data, "corpus": corpus}))

    result = call(zoo_sample, made, "--count", 1, "--out", tmp_path / "a.png")

    assert result.stderr == (
        f"mine was trained on {words}: it generates only that kind of picture.\n"
    )


def test_single_files_hold_the_covers_of_the_grid(sample, call, run, tracks, tmp_path):
    grid = sample(run, "--audio", *tracks, "--count", 2)
    one = call(zoo_sample, run, "--audio", tracks[0], "--count", 1, "--out", tmp_path / "one.png")
    assert one.stdout == f"{tmp_path}/one.png: 1 cover\n"

    result = call(
        zoo_sample, run, "--audio", *tracks, "--count", 2, "--out-dir", tmp_path / "new" / "out"
    )

    assert result.stdout == f"{tmp_path}/new/out: 6 covers, a-1-0-0.png the first\n"
    names = [f"{track}-0-{index}" for track in ("a-1", "b-2", "a-3") for index in range(2)]
    assert sorted(path.stem for path in (tmp_path / "new" / "out").iterdir()) == sorted(names)
    for name, cell in zip(names, grid.reshape(6, 32, 32, 3), strict=True):
        with Image.open(tmp_path / "new" / "out" / f"{name}.png") as image:
            np.testing.assert_array_equal(image, cell)


def test_a_full_disk_leaves_an_earlier_picture_unchanged(refused, run, tmp_path, monkeypatch):
    def full(self, file, **_):
        file.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "a.png").write_bytes(b"mine")
    (tmp_path / "d").mkdir()
    monkeypatch.setattr(Image.Image, "save", full)

    grid = refused(run, "--count", 1, "--out", "a.png")
    single = refused(run, "--count", 1, "--out-dir", "d")

    assert "a.png: cannot be written: No space left on device" in grid
    assert "cover-0-0.png: cannot be written: No space left on device" in single
    assert (tmp_path / "a.png").read_bytes() == b"mine"


def test_an_impossible_out_is_refused_before_anything_is_generated(refused, run, tmp_path):
    (tmp_path / "folder.png").mkdir()

    for name, line in {
        "a.xyz": "--out a.xyz: not the name of a picture. End it in one of .png, .jpg, .webp",
        "a": "--out a: not the name of a picture",
        "folder.png": "--out folder.png: is a folder",
        "no/a.png": "--out no/a.png: no folder no. Make it first",
    }.items():
        assert line in refused(run, "--out", name)


def test_a_folder_that_cannot_be_made_is_refused(refused, run, tmp_path):
    (tmp_path / "file").touch()

    assert "file/b: cannot be made: Not a directory" in refused(run, "--out-dir", "file/b")
