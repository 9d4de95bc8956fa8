"""`zoo-client` against a service on loopback that runs the exported model; no TF Serving."""

import numpy as np
import pytest
from PIL import Image

from coverzoo.sampling.cli import main as zoo_sample


@pytest.fixture
def files(tmp_path, tracks):
    """Files of two tracks."""
    found = [tmp_path / "first.npy", tmp_path / "second.npy"]
    for file, vector in zip(found, tracks, strict=False):
        np.save(file, vector)
    return found


def pixels(file):
    with Image.open(file) as image:
        return np.asarray(image).astype(int)


def test_a_grid_has_one_row_per_track(client, audio_server, files, tmp_path):
    out = tmp_path / "grid.png"

    result = client(audio_server, "--audio", *files, "--count", 3, "--captions", "--out", out)

    assert result.stdout == f"{out}: 6 covers\n"
    height, width, _ = pixels(out).shape
    assert height == 2 * 34 + 2
    assert width > 3 * 34 + 2  # captions


def test_each_cover_can_be_a_png_file(client, audio_server, files, tmp_path):
    result = client(
        audio_server, "--audio", *files, "--count", 2, "--seed", 4, "--out-dir", tmp_path
    )

    names = ["first-4-0.png", "first-4-1.png", "second-4-0.png", "second-4-1.png"]
    assert result.stdout == f"{tmp_path}: 4 covers, first-4-0.png the first\n"
    assert sorted(file.name for file in tmp_path.glob("*.png")) == names
    covers = [pixels(tmp_path / name) for name in names]
    assert covers[0].shape == (32, 32, 3)
    assert np.abs(covers[0] - covers[2]).mean() > 1  # the audio changes the cover
    assert np.abs(covers[0] - covers[1]).mean() > 1


def test_a_png_names_the_model_and_the_version_that_was_asked_for(
    client, audio_server, files, tmp_path
):
    options = ("--audio", *files, "--count", 1, "--seed", 4)
    client(audio_server, *options, "--out", tmp_path / "grid.png")
    client(audio_server, *options, "--model-version", 3, "--out-dir", tmp_path / "single")

    common = {"coverzoo:model": "cover", "coverzoo:seed": "4", "coverzoo:strength": "1.0"}
    with Image.open(tmp_path / "grid.png") as image:
        assert image.text == common | {"coverzoo:track": "first.npy\nsecond.npy"}
    with Image.open(tmp_path / "single" / "second-4-0.png") as image:
        single = {"coverzoo:version": "3", "coverzoo:index": "0", "coverzoo:track": "second.npy"}
        assert image.text == common | single


def test_a_folder_is_a_row_for_each_of_its_tracks(client, audio_server, files, tmp_path):
    folder = tmp_path / "songs" / "deep"
    folder.mkdir(parents=True)
    for file in files:
        file.rename(folder / file.name)
    (folder / "wrong.json").write_text("{}")

    result = client(audio_server, "--audio", tmp_path / "songs", "--out", tmp_path / "grid.png")

    assert result.stdout == f"{tmp_path}/grid.png: 16 covers\n"
    line, *notices = result.stderr.splitlines()
    assert all(": less typical of the training data" in notice for notice in notices)
    assert line.startswith(f"{folder}/wrong.json: no section 'lowlevel'")
    assert line.endswith(". This file is left out.")


def test_a_grid_that_is_too_large_is_refused_before_anything_is_generated(
    client, audio_server, files, tmp_path
):
    out = ("--out", tmp_path / "grid.png")
    before = len(audio_server.requests)

    large = client(audio_server, "--count", 256, "--size", 3000, *out)
    rows = client(audio_server, "--audio", *files, "--count", 1000, *out)

    assert "16 by 16 covers would have 48000 by 48000 pixels" in large.output
    assert "1000 by 2 covers would have 32000 by 64 pixels" in rows.output
    assert (large.exit_code, rows.exit_code) == (2, 2)
    assert len(audio_server.requests) == before


@pytest.fixture
def images(tmp_path):
    """Image files of three formats and sizes, one of them with transparency."""
    rng = np.random.default_rng(3)
    files = [tmp_path / name for name in ("one.png", "two.gif", "three.webp")]
    sizes = ((32, 32, 3), (64, 96, 3), (50, 40, 4))
    for file, size in zip(files, sizes, strict=True):
        Image.fromarray(rng.integers(0, 256, size, np.uint8)).save(file)
    return files


@pytest.mark.parametrize("audio", [False, True])
def test_reconstructions_are_those_of_zoo_sample(
    client, call, exported, grpc_server, http_server, as_rest, images, files, tmp_path, used, audio
):
    run = used("vae", audio, gently=True)
    options = ("--reconstruct", *images, *(("--audio", files[0]) if audio else ()))
    call(zoo_sample, run, *options, "--out", tmp_path / "wanted.png")

    with grpc_server(exported("vae", audio).folder) as server:
        result = client(server, *options, "--out", tmp_path / "grid.png")
        as_json = client(http_server(as_rest(server)), *options, "--out-dir", tmp_path / "single")

    assert result.output == (
        f"{tmp_path / 'grid.png'}: 3 covers, reconstructions below originals\n"
    )
    got, wanted = pixels(tmp_path / "grid.png"), pixels(tmp_path / "wanted.png")
    assert got.shape == (2 * 34 + 2, 3 * 34 + 2, 3)
    np.testing.assert_array_equal(got[:34], wanted[:34])
    assert np.abs(got - wanted).max() <= 1
    assert as_json.output == (
        f"{tmp_path / 'single'}: 3 covers, one-reconstruction-0.png the first\n"
    )
    single = pixels(tmp_path / "single" / "three-reconstruction-0.png")
    assert np.abs(single - got[36:68, 70:102]).max() <= 1


def test_a_model_that_only_reconstructs_refuses_to_generate(
    client, exported, grpc_server, images, files, tmp_path
):
    out = ("--out-dir", tmp_path / "out")
    with grpc_server(exported("ae-resize", False).folder) as server:
        refused = client(server, *out)
        with_audio = client(server, "--reconstruct", *images, "--audio", files[0], *out)

    assert "reconstructs covers and generates none. Use --reconstruct" in refused.output
    assert "trained without audio. Leave --audio out." in with_audio.output
    assert refused.exit_code == with_audio.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give one of --out GRID.png and --out-dir DIR"),
        (("--out", "a.png", "--timeout", "0"), "--timeout 0.0: expected a number above 0"),
        (("--out", "a.png", "--timeout", "inf"), "--timeout inf: expected a number above 0, up to"),
        (("--out", "a.png", "--truncation", "-1"), "--truncation -1.0: expected"),
        (
            ("--out", "a.png", "--strength", "nan"),
            "--strength nan: expected a number from -100 to 100",
        ),
        (("--out", "a.png", "--strength", "2"), "give --audio too"),
        (
            ("--out", "a.png", "--reconstruct", "a", "--audio", "b", "c"),
            "--audio: with --reconstruct give one track, which conditions every cover",
        ),
        *(
            (
                ("--out", "a.png", "--reconstruct", "a", option, *value),
                f"{option}: it has no effect with --reconstruct. Leave it out",
            )
            for option, *value in (
                *(("--seed", 5), ("--seed", 0), ("--count", 3), ("--count", 8)),
                *(("--strength", 2), ("--truncation", 1), ("--captions",)),
            )
        ),
        (("--out-dir", "a", "--captions"), "--captions: it is for a grid of tracks"),
    ],
)
def test_options_that_do_not_go_together_are_refused(client, audio_server, arguments, message):
    result = client(audio_server, *arguments)

    assert result.exit_code == 2
    assert message in result.output


def test_files_are_checked_before_anything_is_generated(
    client, exported, grpc_server, images, tmp_path
):
    (tmp_path / "text.jpg").write_bytes(b"a cover")
    out = ("--out", tmp_path / "a.png")

    with grpc_server(exported("ae-resize", False).folder) as server:
        wrong = client(server, "--reconstruct", images[0], tmp_path / "text.jpg", *out)
        gone = client(server, "--reconstruct", tmp_path / "no.jpg", *out)
        track = client(server, "--audio", tmp_path / "no.npy", *out)

    assert "text.jpg: cannot be read as a cover: not an image" in wrong.output
    assert "no.jpg: no such file" in gone.output
    assert "no.npy: No such file or directory" in track.output
    assert {wrong.exit_code, gone.exit_code, track.exit_code} == {1}
    assert server.requests == []


def test_a_model_without_audio_refuses_a_track(client, exported, grpc_server, files, tmp_path):
    with grpc_server(exported("gan", False).folder) as server:
        with_audio = client(server, "--audio", files[0], "--out", tmp_path / "a.png")
        image = files[0].with_name("image.png")
        Image.new("RGB", (8, 8)).save(image)
        reconstructed = client(server, "--reconstruct", image, "--out", tmp_path / "a.png")

    assert with_audio.exit_code == 1
    assert "model cover was trained without audio. Leave --audio out." in with_audio.output
    assert reconstructed.exit_code == 1
    assert "model cover does not reconstruct. Serve a vae or an autoencoder." in (
        reconstructed.output
    )
