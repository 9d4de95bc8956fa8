"""`zoo-sample --reconstruct`: covers from files and their reconstructions."""

import numpy as np
import pytest
from PIL import Image

from coverzoo import zoo
from coverzoo.corpus.layout import read_split
from coverzoo.images import to_bytes
from coverzoo.sampling.cli import main as zoo_sample


def assert_alike(first, second):
    """Equal but for rounding, which can differ between batch sizes."""
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 1


@pytest.fixture(scope="module")
def covers(pairs):
    """Ten cover files of 32 px, and their pixels."""
    files = [sample.image for sample in read_split(pairs, "train", audio=False).samples[:10]]
    return files, np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files])


@pytest.mark.parametrize("kind", ["autoencoder", "audio_vae", "vae"])
def test_originals_are_above_their_reconstructions(sample, request, covers, kind):
    run = request.getfixturevalue(kind)
    files, pixels = covers

    sheet = sample(run, "--reconstruct", *files)

    made = to_bytes(zoo.load(run).reconstruct(pixels / np.float32(127.5) - 1.0))
    assert sheet.shape[:2] == (4, 8)
    np.testing.assert_array_equal(sheet[0], pixels[:8])
    np.testing.assert_array_equal(sheet[2, :2], pixels[8:])
    assert_alike(sheet[1], made[:8])
    assert_alike(sheet[3, :2], made[8:])
    assert (sheet[2:, 2:] == 255).all()


def test_reconstructions_are_conditioned_on_a_track(sample, audio_vae, covers, tracks):
    files, pixels = covers

    sheet = sample(audio_vae, "--reconstruct", *files[:3], "--audio", tracks[0])

    vectors = np.repeat(np.load(tracks[0])[None], 3, axis=0)
    made = zoo.load(audio_vae).reconstruct(pixels[:3] / np.float32(127.5) - 1.0, vectors)
    assert sheet.shape[:2] == (2, 3)
    assert_alike(sheet[1], to_bytes(made))
    assert (sheet[1] != sample(audio_vae, "--reconstruct", *files[:3])[1]).any()


def test_reconstructions_can_be_single_files(call, autoencoder, covers, sample, tmp_path):
    files, _ = covers
    out = tmp_path / "out"

    result = call(zoo_sample, autoencoder, "--reconstruct", *files[:2], "--out-dir", out)

    assert result.exit_code == 0, result.output
    expected = sample(autoencoder, "--reconstruct", *files[:2])[1]
    for file, pixels in zip(files[:2], expected, strict=True):
        with Image.open(out / f"{file.stem}-reconstruction-0.png") as image:
            np.testing.assert_array_equal(image, pixels)


def test_images_of_any_size_and_mode_are_cropped_and_resized(sample, autoencoder, tmp_path):
    grey = np.tile(np.arange(0, 256, 4, np.uint8), (96, 1))  # 64 wide, 96 high
    Image.fromarray(grey).save(tmp_path / "tall.png")

    sheet = sample(autoencoder, "--reconstruct", tmp_path / "tall.png")

    pairs = grey[16:80].reshape(32, 2, 32, 2).mean(axis=(1, 3))
    assert np.abs(sheet[0, 0] - pairs[..., None]).max() <= 1


def test_files_that_are_not_images_are_refused(refused, autoencoder, covers, tmp_path):
    good = covers[0][0]
    (tmp_path / "text.jpg").write_text("a cover")
    (tmp_path / "half.jpg").write_bytes(good.read_bytes()[:400])
    (tmp_path / "folder").mkdir()

    for name, reason in {
        "text.jpg": "cannot be read as a cover: not an image",
        "half.jpg": "cannot be read as a cover: ",
        "folder": "a folder. Give image files.",
        "none.jpg": "no such file",
    }.items():
        line = refused(autoencoder, "--reconstruct", good, name, "--out", "a.png")
        assert f"{name}: {reason}" in line


def test_what_a_model_cannot_do(
    refused, used, audio_gan, autoencoder, vae, audio_vae, covers, tracks
):
    image, out = ("--reconstruct", covers[0][0]), ("--out", "a.png")
    without_null = used("vae", audio=True, condition_dropout=0.0)

    assert "--reconstruct: the model of this run has no encoder. Give a run of an" in refused(
        audio_gan, *image, *out
    )
    assert "reconstructs covers and generates none. Use --reconstruct" in refused(autoencoder, *out)
    assert "reconstructs covers and generates none. Use --reconstruct" in refused(
        autoencoder, "--interpolate", *out
    )
    options = ("--audio", tracks[0])
    for run in (autoencoder, vae):
        assert "trained without audio. Leave --audio" in refused(run, *image, *options, *out)
    assert "trained without audio" in refused(vae, "--interpolate", *options, *out)
    assert "--reconstruct give one track" in refused(audio_vae, *image, "--audio", *tracks, *out)
    assert "cannot reconstruct without audio. Give a" in refused(without_null, *image, *out)
    assert "cannot generate without audio. Give a" in refused(without_null, "--interpolate", *out)
