"""What `coverzoo-device` refuses, on one line."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from coverzoo import backend
from coverzoo_device.metadata import metadata_file
from coverzoo_device.shared.music import SUFFIXES


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
