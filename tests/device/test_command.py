"""`coverzoo-device`: the pictures it writes, and the errors it reports on one line."""

import hashlib
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from coverzoo import backend, images
from coverzoo.sampling.sampler import generate_covers
from coverzoo_device import Sampler, load_track, to_bytes
from coverzoo_device.cli import main
from coverzoo_device.metadata import metadata_file
from coverzoo_device.shared.music import SUFFIXES


def pixels(file):
    with Image.open(file) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        return np.asarray(image).astype(int)


@pytest.fixture
def generate(tmp_path, capsys):
    """Run the command in this process, and return the picture, integers (H, W, 3)."""

    def generate(*arguments):
        main([str(argument) for argument in (*arguments, "--out", tmp_path / "cover.png")])
        assert capsys.readouterr().err == ""
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
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{songs}/c.json: no section 'lowlevel'")


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


@pytest.mark.parametrize(
    ("vector", "reason"),
    [
        (np.zeros(580), "has shape (580,), expected (1160,)"),
        (np.zeros(1160, int), "holds int64, expected float32 or float64"),
        (np.r_[0.0, np.nan, np.zeros(1158)], "value 1 is nan, not a finite number"),
        (np.r_[0.0, np.inf, np.zeros(1158)], "value 1 is inf, not a finite number"),
        (np.r_[1e300, np.zeros(1159)], "value 0 is 1e+300, beyond float32"),
    ],
    ids=["short", "integers", "nan", "inf", "huge"],
)
def test_invalid_vectors_are_refused(refused, file, tmp_path, vector, reason):
    np.save(tmp_path / "t.npy", vector)

    line = refused(file, "--audio", "t.npy", "--out", "c.png")

    assert line == (
        f"Error: t.npy: {reason}; an audio vector is a .npy file of 1160 float32 or float64"
    )


def test_files_that_are_not_tracks_are_refused(refused, file, tmp_path):
    (tmp_path / "t.txt").write_text("0")
    (tmp_path / "t.json").write_text("{}")
    (tmp_path / "t.npy").write_text("0")
    lines = [
        refused(file, "--audio", f"t.{suffix}", "--out", "c.png")
        for suffix in ("txt", "json", "npy")
    ]
    lines.append(refused(file, "--audio", "gone.npy", "--out", "c.png"))

    assert lines == [
        "Error: t.txt: a track is a .npy file of 1160 numbers, a .json document of AcousticBrainz, "
        f"or music ({' '.join(SUFFIXES)})",
        "Error: t.json: no section 'lowlevel'; give a low-level document of AcousticBrainz as it "
        "was downloaded",
        "Error: t.npy: not a .npy file; an audio vector is a .npy file of 1160 float32 or float64",
        "Error: gone.npy: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--count", 0), "--count 0: expected 1 to 64"),
        (("--count", 65), "--count 65: expected 1 to 64"),
        (("--seed", 1 << 64), f"--seed {1 << 64}: expected a whole number of 64 bits"),
        (("--truncation", 0), "--truncation 0.0: expected a number above 0"),
        (("--truncation", "nan"), "--truncation nan: expected a number above 0"),
        (
            ("--audio", "t.npy", "--strength", "nan"),
            "--strength nan: expected a number from -100 to 100",
        ),
        (
            ("--strength", 2),
            "--strength: it scales the effect of the audio; give --audio too",
        ),
        (("--out-dir", "d"), "give one of --out COVER.png and --out-dir DIR"),
        (
            ("--out", "cover.jpg"),
            "--out cover.jpg: covers are PNG files; give a name that ends in .png",
        ),
        (("--out", "gone/c.png"), "--out gone/c.png: no folder gone; make it first"),
        (
            ("--seed", "x"),
            "argument --seed: invalid int value: 'x'; see coverzoo-device --help",
        ),
        (
            ("--stren", "2"),
            "unrecognized arguments: --stren 2; see coverzoo-device --help",
        ),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_options_out_of_their_range_are_refused(refused, file, arguments, line):
    assert refused(file, "--out", "c.png", *arguments) == f"Error: {line}"


def test_too_many_covers_for_one_picture_are_refused(refused, file, track):
    assert refused(file, "--audio", track, track, "--count", 33, "--out", "c.png") == (
        "Error: --out c.png: 2 tracks of --count 33 are more than 64 covers; give fewer, or "
        "--out-dir"
    )


def test_a_picture_that_cannot_be_written_is_refused(refused, file, tmp_path):
    (tmp_path / "folder.png").mkdir()

    assert refused(file, "--out", "folder.png") == (
        "Error: folder.png: cannot be written: Is a directory; give another --out"
    )


def test_conditions_that_a_model_does_not_have_are_refused(
    refused, file_without_audio, file_that_needs_audio, track
):
    assert refused(file_without_audio, "--audio", track, "--out", "c.png") == (
        "Error: --audio: gan was trained without audio; leave it out"
    )
    assert refused(file_that_needs_audio, "--out", "c.png") == (
        "Error: --audio: gan-audio cannot generate without audio; give a track"
    )
    assert refused(file_that_needs_audio, "--audio", track, "--strength", 2, "--out", "c.png") == (
        "Error: --strength: gan-audio has no null condition; leave the strength at 1"
    )


def test_a_model_that_needs_audio_generates_for_a_track(generate, file_that_needs_audio, track):
    assert generate(file_that_needs_audio, "--audio", track).shape == (32, 32, 3)


def test_files_that_are_not_models_are_refused(refused, file, tmp_path):
    remedy = "give one that zoo-export wrote"
    (tmp_path / "empty.tflite").touch()
    (tmp_path / "text.tflite").write_text("not a model")
    for name in ("empty.tflite", "text.tflite"):
        assert refused(name, "--out", "c.png") == f"Error: {name}: not a TFLite file; {remedy}"
    gone = refused("gone.tflite", "--out", "c.png")
    assert gone == f"Error: gone.tflite: No such file or directory; {remedy}"
    assert refused(tmp_path, "--out", "c.png").endswith(
        "a folder; give a .tflite file that zoo-export wrote"
    )


@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_a_truncated_file_is_refused(refused, file, tmp_path, share):
    content = file.read_bytes()
    truncated = tmp_path / file.name
    truncated.write_bytes(content[: max(8, int(share * len(content)))])
    shutil.copy(metadata_file(file), tmp_path)

    line = refused(truncated.name, "--out", "c.png")

    assert line.startswith("Error: gan-audio-float32.tflite: damaged: LiteRT reports: ")
    assert line.endswith("; copy it again")


def test_a_file_without_its_metadata_is_refused(refused, file, tmp_path):
    shutil.copy(file, tmp_path)

    assert refused(file.name, "--out", "c.png") == (
        "Error: gan-audio.json: the metadata of gan-audio-float32.tflite is missing; copy it "
        "again from where zoo-export wrote it, together with the TFLite file"
    )


class NeedsTensorFlow(tf.Module):
    """A function with an operation that LiteRT does not have."""

    @tf.function(input_signature=[tf.TensorSpec((1, 5), name="z")])
    def sample(self, z):
        noise = tf.random.stateless_normal((1, 32, 32, 3), seed=(0, 1))
        return {"image": noise + tf.reduce_sum(z)}


def test_a_file_that_needs_tensorflow_is_refused(refused, tmp_path):
    module = NeedsTensorFlow()
    tf.saved_model.save(module, tmp_path / "saved", signatures={"sample_1": module.sample})
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(tmp_path / "saved"), signature_keys=["sample_1"]
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.SELECT_TF_OPS]
    with backend.quiet():
        (tmp_path / "flex.tflite").write_bytes(converter.convert())
    shapes = {"inputs": {"z": {"shape": [1, 5]}}, "outputs": {"image": {"shape": [1, 32, 32, 3]}}}
    metadata = {
        "name": "flex",
        "image_size": 32,
        "latent_dim": 5,
        "signatures": {"sample_1": shapes},
    }
    (tmp_path / "flex.json").write_text(json.dumps(metadata))

    line = refused("flex.tflite", "--out", "c.png")

    assert line.startswith("Error: flex.tflite: its operation Flex")
    assert line.endswith(" needs TensorFlow; give one that zoo-export wrote")


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
