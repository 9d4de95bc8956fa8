"""`coverzoo-device`: the pictures it writes, and the errors it reports on one line."""

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coverzoo import images
from coverzoo.sampling.sampler import generate_covers
from coverzoo_device import Sampler, load_track, to_bytes
from coverzoo_device.cli import main


def pixels(file):
    with Image.open(file) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        return np.asarray(image).astype(int)


@pytest.fixture
def generate(tmp_path, capsys):
    """Run the command in this process, and return the picture, integers (H, W, 3)."""

    def generate(*arguments):
        main([str(argument) for argument in (*arguments, "--out", tmp_path / "cover.png")])
        # A drawn track need not be like the training data.
        assert all(": less typical of " in line for line in capsys.readouterr().err.splitlines())
        return pixels(tmp_path / "cover.png")

    return generate


def test_a_cover_is_that_of_the_keras_model(command, file, model, track, tmp_path):
    out = tmp_path / "cover.png"

    done = command(file, "--audio", track, "--seed", 7, "--strength", 1.5, "--out", out)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{out}: 1 cover\n"
    vector = load_track(track)[None]
    expected = generate_covers(model, vector, count=1, seed=7, strength=1.5)
    # A value between two bytes may be rounded to either.
    assert np.abs(pixels(out) - images.to_bytes(expected)[0]).max() <= 1


def test_several_covers_are_a_grid(generate, file, tracks, track):
    sheet = generate(file, "--audio", track, "--seed", 7, "--count", 5)

    covers = Sampler(file).sample(tracks[0], seed=7, count=5)
    np.testing.assert_array_equal(sheet, np.asarray(images.grid(covers, columns=3)))


@pytest.fixture
def songs(tracks, tmp_path):
    """A folder of two tracks and a document that is none."""
    folder = tmp_path / "songs"
    (folder / "a").mkdir(parents=True)
    np.save(folder / "a" / "a.npy", tracks[0])
    np.save(folder / "b.npy", tracks[1])
    (folder / "c.json").write_text("{}")
    return folder


def test_each_of_several_tracks_is_a_row(file, tracks, songs, tmp_path, capsys, caplog):
    main([str(file), "--audio", str(songs), "--count", "2", "--out", str(tmp_path / "c.png")])

    assert capsys.readouterr().out == f"{tmp_path}/c.png: 4 covers\n"
    (message,) = caplog.messages
    assert message.startswith(f"{songs}/c.json: no section 'lowlevel'")
    covers = np.concatenate([Sampler(file).sample(each, count=2) for each in tracks])
    np.testing.assert_array_equal(pixels(tmp_path / "c.png"), np.asarray(images.grid(covers, 2)))


def test_a_warning_is_one_line_on_standard_error(command, file, songs, tmp_path):
    done = command(file, "--audio", songs, "--out", tmp_path / "c.png")

    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/c.png: 2 covers\n")
    line, *notices = done.stderr.splitlines()
    assert line.startswith(f"{songs}/c.json: no section 'lowlevel'")
    assert all(": less typical of the training data" in notice for notice in notices)


def test_each_cover_can_be_a_file_that_says_how_it_was_generated(
    file, tracks, songs, tmp_path, capsys
):
    out = tmp_path / "new" / "out"
    options = ("--audio", songs / "a" / "a.npy", songs / "b.npy", "--seed", 7, "--count", 2)

    main([str(each) for each in (file, *options, "--out-dir", out)])

    names = ["a-7-0.png", "a-7-1.png", "b-7-0.png", "b-7-1.png"]
    assert capsys.readouterr().out == f"{out}: 4 covers, a-7-0.png the first\n"
    assert sorted(each.name for each in out.iterdir()) == names
    covers = np.concatenate([Sampler(file).sample(each, seed=7, count=2) for each in tracks])
    for name, cover in zip(names, covers, strict=True):
        np.testing.assert_array_equal(pixels(out / name), to_bytes(cover))
    with Image.open(out / "b-7-1.png") as image:
        assert image.text == {
            "coverzoo:model": "gan-audio",
            "coverzoo:sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "coverzoo:seed": "7",
            "coverzoo:index": "1",
            "coverzoo:strength": "1.0",
            "coverzoo:track": "b.npy",
        }


def test_equal_seeds_give_equal_covers_and_options_change_them(generate, file, track):
    calls = [
        ("--audio", track),
        (),
        ("--seed", 1),
        ("--seed", -1),
        ("--audio", track, "--strength", -1e-3),
        ("--audio", track, "--truncation", 0.1),
    ]

    seen = [generate(file, *call).tobytes() for call in calls]

    assert len(set(seen)) == len(calls)
    assert [generate(file, *call).tobytes() for call in calls] == seen


def test_a_model_without_audio_generates(generate, file_without_audio):
    cover = generate(file_without_audio)

    np.testing.assert_array_equal(cover, to_bytes(Sampler(file_without_audio).sample())[0])


def test_a_track_may_be_a_document(generate, file, document, tmp_path):
    (tmp_path / "track.json").write_text(json.dumps(document))
    np.save(tmp_path / "same.npy", np.concatenate([np.arange(1.0, 581.0), np.zeros(580)]))

    cover = generate(file, "--audio", tmp_path / "track.json")

    np.testing.assert_array_equal(cover, generate(file, "--audio", tmp_path / "same.npy"))


def test_a_track_may_be_music(generate, file, essentia, tmp_path):
    sound = np.random.default_rng(0).normal(scale=0.1, size=4 * 44_100).astype(np.float32)
    song = tmp_path / "song.wav"
    essentia.MonoWriter(filename=str(song), format="wav")(sound)

    cover = generate(file, "--audio", song)

    expected = to_bytes(Sampler(file).sample(load_track(song)))[0]
    np.testing.assert_array_equal(cover, expected)


WITHOUT_ESSENTIA = """
import sys
sys.modules["essentia"] = None  # as if it were not installed
from coverzoo_device.cli import main
from coverzoo_device.metadata import metadata_file
main()
"""


def test_music_without_essentia_is_refused(python, file, tmp_path):
    (tmp_path / "song.mp3").write_bytes(b"music")

    done = python(
        WITHOUT_ESSENTIA, file, "--audio", tmp_path / "song.mp3", "--out", tmp_path / "c.png"
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "song.mp3: measuring music needs Essentia" in done.stderr
    assert done.stderr.endswith("pip install 'coverzoo-device[audio]'\n")


def test_a_model_that_needs_audio_generates_for_a_track(generate, file_that_needs_audio, track):
    assert generate(file_that_needs_audio, "--audio", track).shape == (32, 32, 3)


def test_an_error_is_one_line_and_status_1(command, tmp_path):
    done = command("gone.tflite", "--out", tmp_path / "c.png")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: gone.tflite: No such file or directory; give one that zoo-export wrote\n"
    )


def test_help_lists_every_option(command):
    done = command("--help")

    assert (done.returncode, done.stderr) == (0, "")
    for option in (
        "--audio",
        "--out",
        "--seed",
        "--count",
        "--strength",
        "--truncation",
        "--out-dir",
    ):
        assert option in done.stdout


def test_the_tests_import_the_distribution_of_this_folder():
    """Not one that happens to be installed."""
    found = Path(importlib.util.find_spec("coverzoo_device").origin)

    assert found.parents[2] == Path(__file__).resolve().parents[2]
