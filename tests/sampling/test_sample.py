"""`zoo-sample`: covers from a run, as a grid or one by one."""

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
from coverzoo.training.run import Run


@pytest.fixture(scope="module")
def run(trained, tmp_path_factory):
    """A run without checkpoints whose data is gone: all that zoo-sample needs."""
    folder = tmp_path_factory.mktemp("used") / "run"
    folder.mkdir()
    (folder / "model.keras").write_bytes((trained / "model.keras").read_bytes())
    config = json.loads((trained / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"data": "/gone"}))
    return folder


@pytest.fixture(scope="module")
def run_without_audio(train, pairs, tmp_path_factory):
    """A run trained without audio."""
    out = tmp_path_factory.mktemp("plain") / "run"
    assert train("--data", pairs, "--steps", 0, "--out", out).exit_code == 0
    return out


@pytest.fixture(scope="module")
def run_without_null(train, pairs, tmp_path_factory):
    """A run conditioned on audio, without a null condition."""
    out = tmp_path_factory.mktemp("without-null") / "run"
    options = ("--set", "condition_dropout=0", "--no-evaluate")
    assert train("--data", pairs, "--audio", *options, "--steps", 0, "--out", out).exit_code == 0
    return out


def assert_alike(first, second):
    """Equal but for rounding, which can differ between batch sizes."""
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 1


def test_a_row_is_a_track_and_a_column_is_a_noise(sample, run, tracks):
    grid = sample(run, "--audio", *tracks, "--count", 2, "--seed", 3)

    assert grid.shape == (3, 2, 32, 32, 3)
    assert len({cell.tobytes() for row in grid for cell in row}) == 6
    repeated = [part for track in tracks for part in ("--audio", track)]
    np.testing.assert_array_equal(sample(run, *repeated, "--count", 2, "--seed", 3), grid)
    alone = sample("--audio", tracks[1], "--count", 1, "--seed", 3, run)
    assert_alike(alone[0, 0], grid[1, 0])
    assert (sample(run, "--audio", *tracks, "--count", 2, "--seed", 4) != grid).any()


def test_a_track_can_be_a_document(sample, run, tracks, document, tmp_path):
    vector = np.concatenate([np.arange(1.0, 581.0), np.zeros(580)])
    np.save(tmp_path / "same.npy", vector)
    (tmp_path / "track.json").write_text(json.dumps(document))

    grid = sample(run, "--audio", "track.json", "same.npy", tracks[0], "--count", 2)

    np.testing.assert_array_equal(grid[0], grid[1])
    assert (grid[0] != grid[2]).any()


def test_a_track_can_be_music(sample, run, tracks, essentia, tmp_path):
    sound = np.random.default_rng(0).normal(scale=0.1, size=4 * 44_100).astype(np.float32)
    essentia.MonoWriter(filename=str(tmp_path / "song.wav"), format="wav")(sound)

    grid = sample(run, "--audio", "song.wav", tracks[0], "--count", 1)

    assert grid.shape[:2] == (2, 1)
    assert_alike(sample(run, "--audio", "song.wav", "--count", 1)[0], grid[0])


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


def test_a_folder_is_a_row_for_each_of_its_tracks(sample, call, run, tracks, tmp_path):
    folder = tracks[0].parent / "songs"
    folder.mkdir()
    for number, track in enumerate(tracks[:2]):
        track.rename(folder / f"{number}.npy")
    files = (folder / "0.npy", folder / "1.npy")

    grid = sample(run, "--audio", tracks[2], folder, "--count", 2)
    (folder / "2.npy").write_text("not a vector")
    result = call(
        zoo_sample, run, "--audio", tracks[2], folder, "--count", 2, "--out", tmp_path / "b.png"
    )

    np.testing.assert_array_equal(sample(run, "--audio", tracks[2], *files, "--count", 2), grid)
    assert result.stderr.splitlines()[0] == (
        f"{folder}/2.npy: not a .npy file; an audio vector is a .npy file of 1160 float32 or "
        "float64. This file is left out."
    )
    assert result.stdout == f"{tmp_path}/b.png: 6 covers\n"


def test_a_folder_without_tracks_is_refused(refused, run, tmp_path):
    (tmp_path / "empty").mkdir()

    assert "empty: no track in this folder. Give one with .npy, .json or music" in refused(
        run, "--audio", "empty", "--out", "a.png"
    )


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
        (None, 12, "the built-in corpus (generated covers, 12 genres)"),
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


def test_strength_scales_the_audio_and_truncation_bounds_the_noise(sample, run, tracks):
    without_audio = sample(run, "--count", 1)
    with_audio = sample(run, "--audio", tracks[0], "--count", 1)

    assert (with_audio != without_audio).any()
    np.testing.assert_array_equal(
        sample(run, "--audio", tracks[0], "--count", 1, "--strength", 0), without_audio
    )
    assert (sample(run, "--audio", tracks[0], "--count", 1, "--strength", 2.5) != with_audio).any()
    assert (sample(run, "--count", 1, "--truncation", 0.1) != without_audio).any()
    np.testing.assert_array_equal(sample(run, "--count", 1, "--truncation", 9), without_audio)


def test_runs_without_audio_or_without_a_null_condition_generate(
    sample, run_without_audio, run_without_null, tracks
):
    assert sample(run_without_audio, "--count", 9).shape == (3, 3, 32, 32, 3)
    assert sample(run_without_null, "--audio", tracks[0]).shape == (2, 4, 32, 32, 3)


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


def test_a_missing_run_is_reported_before_music_is_read(refused, tracks, tmp_path):
    options = ("--audio", "nothing.ogg", "--out", "a.png")

    assert f"{tracks[0]}: a file, not a run" in refused(tracks[0], *options)
    assert "nowhere: no run there" in refused("nowhere", *options)


def test_covers_that_are_not_finite_are_refused(refused, run, tracks, monkeypatch):
    monkeypatch.setattr(sampler, "BATCH_SIZE", 2)
    model = Run(run).model()
    monkeypatch.setattr(Run, "model", lambda self: model)
    monkeypatch.setattr(model, "generate", lambda z, *_: np.full((len(z), 32, 32, 3), np.nan))

    assert "covers are not finite numbers" in refused(run, "--audio", tracks[0], "--out", "a.png")


def test_options_out_of_range_are_refused(refused, run, tracks):
    one = "give one of --out GRID.png and --out-dir DIR"
    assert one in refused(run)
    assert one in refused(run, "--out", "a.png", "--out-dir", "b")
    for value in (0, -1, "nan"):
        assert "expected a number above 0" in refused(run, "--out", "a.png", "--truncation", value)
    finite = refused(run, "--audio", tracks[0], "--strength", "nan", "--out", "a.png")
    assert "--strength nan: expected a number from -100 to 100" in finite
    assert "give --audio too" in refused(run, "--strength", 2, "--out", "a.png")
    for count in (0, 4097, 10_000_000_000):
        assert "--count" in refused(run, "--count", count, "--out", "a.png")
    for seed in (1 << 64, -(1 << 63) - 1):
        assert "--seed" in refused(run, "--seed", seed, "--out", "a.png")
    for strength in (101, -1e12, "inf"):
        assert "--strength" in refused(
            run, "--audio", tracks[0], "--strength", strength, "--out", "a.png"
        )


def test_what_a_model_cannot_do_is_refused(refused, run_without_audio, run_without_null, tracks):
    options = ("--audio", tracks[0], "--out", "a.png")

    assert "trained without audio. Leave --audio out" in refused(run_without_audio, *options)
    assert "cannot generate without audio. Give" in refused(run_without_null, "--out", "a.png")
    assert "--strength: this run has no null" in refused(
        run_without_null, *options, "--strength", 2
    )


def test_folders_that_are_no_run_are_refused(refused, run, tmp_path):
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "config.json").write_text("{}")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    (tmp_path / "broken" / "model.keras").write_bytes((run / "model.keras").read_bytes()[:999])

    assert "nothing: no run there" in refused("nothing", "--out", "a.png")
    assert "early/model.keras: not there yet" in refused("early", "--out", "a.png")
    assert "broken/model.keras: cannot be read" in refused("broken", "--out", "a.png")


def test_files_that_are_no_track_are_refused(refused, run, tracks, tmp_path):
    np.save(tmp_path / "short.npy", np.ones(1159))
    np.save(tmp_path / "nan.npy", np.full(1160, np.nan))
    np.save(tmp_path / "object.npy", np.array([{}] * 1160, dtype=object))
    (tmp_path / "text.npy").write_text("a vector")
    (tmp_path / "song.txt").write_text("la la la")

    for name, reason in {
        "short.npy": "has shape (1159,), expected (1160,)",
        "nan.npy": "not a finite number",
        "object.npy": "holds Python objects",
        "text.npy": "not a .npy file",
        "song.txt": "a track is a .npy file of 1160 numbers, a .json document of",
        "none.npy": "No such file",
    }.items():
        line = refused(run, "--audio", tracks[0], name, "--out", "a.png")
        assert f"{name}: " in line
        assert reason in line


def test_a_folder_that_cannot_be_made_is_refused(refused, run, tmp_path):
    (tmp_path / "file").touch()

    assert "file/b: cannot be made: Not a directory" in refused(run, "--out-dir", "file/b")
