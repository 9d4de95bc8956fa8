"""`zoo-client` against a service on loopback that runs the exported model; no TF Serving."""

import io

import numpy as np
import pytest
from PIL import Image

from coverzoo.images import to_bytes
from coverzoo.sampling import sampler as sampling
from coverzoo.serving import sampler as painting
from coverzoo.serving.cli import main as zoo_client
from coverzoo.serving.client import Client


@pytest.fixture(scope="module")
def listening(exported, loopback):
    """A model that hears, and the service that holds it."""
    with loopback(exported("gan", True).folder) as server:
        server.network = exported("gan", True).network
        yield server


@pytest.fixture
def client(call):
    """Run `zoo-client` on a service."""

    def client(server, *arguments):
        return call(zoo_client, "--server", server.url, "--model", "cover", *arguments)

    return client


@pytest.fixture
def files(tmp_path, tracks):
    """Two tracks."""
    found = [tmp_path / "first.npy", tmp_path / "second.npy"]
    for file, vector in zip(found, tracks, strict=False):
        np.save(file, vector)
    return found


def pixels(file):
    with Image.open(file) as image:
        return np.asarray(image).astype(int)


@pytest.fixture(params=["grpc", "rest"])
def url(request, listening, web, as_rest):
    """The service's address, over gRPC and in JSON."""
    return listening.url if request.param == "grpc" else web(as_rest(listening)).url


@pytest.mark.parametrize("options", [{}, {"truncation": 0.5, "strength": 1.4}], ids=str)
@pytest.mark.parametrize("count", [1, 5])
def test_the_covers_are_those_of_zoo_sample(url, listening, tracks, count, options):
    wanted = to_bytes(
        sampling.paint(listening.network, tracks[:2], count=count, seed=-3, **options)
    )

    with Client(url, "cover") as client:
        got = painting.paint(client, tracks[:2], count=count, seed=-3, **options)

    assert got.dtype == np.uint8
    assert np.abs(got.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(
    ("count", "truncation", "name"),
    [(1, None, "sample_seeded_audio"), (2, None, "sample_audio"), (1, 0.5, "sample_audio")],
)
def test_a_seed_is_sent_where_it_is_enough(listening, tracks, count, truncation, name):
    with Client(listening.url, "cover") as client:
        painting.paint(client, tracks[:1], count=count, truncation=truncation)

    assert listening.asked[-1].model_spec.signature_name == name


def test_a_seed_of_64_bits_is_the_same_by_either_signature(listening):
    with Client(listening.url, "cover") as client:
        by_seed = painting.paint(client, None, count=1, seed=2**64 - 7)
        by_noise = painting.paint(client, None, count=2, seed=2**64 - 7)

    assert np.abs(by_seed[0].astype(int) - by_noise[0]).max() <= 1
    assert np.abs(by_seed[0].astype(int) - by_noise[1]).max() > 8


def test_a_grid_has_a_row_a_track(client, listening, files, tmp_path):
    out = tmp_path / "grid.png"

    result = client(listening, "--audio", *files, "--count", 3, "--captions", "--out", out)

    assert result.output == f"{out}: 6 covers\n"
    height, width, _ = pixels(out).shape
    assert height == 2 * 34 + 2
    assert width > 3 * 34 + 2  # and the names


def test_single_covers_are_png_files_of_their_own(client, listening, files, tmp_path):
    result = client(listening, "--audio", *files, "--count", 2, "--seed", 4, "--out-dir", tmp_path)

    names = ["first-4-0.png", "first-4-1.png", "second-4-0.png", "second-4-1.png"]
    assert result.output == f"{tmp_path}: 4 covers, first-4-0.png the first\n"
    assert sorted(file.name for file in tmp_path.glob("*.png")) == names
    covers = [pixels(tmp_path / name) for name in names]
    assert covers[0].shape == (32, 32, 3)
    assert np.abs(covers[0] - covers[2]).mean() > 1  # it hears
    assert np.abs(covers[0] - covers[1]).mean() > 1


def test_images_are_given_back(client, exported, loopback, web, as_rest, tmp_path):
    network = exported("ae-resize", False).network
    image = np.random.default_rng(3).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / "cover.png")

    with loopback(exported("ae-resize", False).folder) as server:
        result = client(
            server, "--reconstruct", tmp_path / "cover.png", "--out-dir", tmp_path / "out"
        )
        as_json = client(
            web(as_rest(server)),
            *("--reconstruct", tmp_path / "cover.png", "--out-dir", tmp_path / "json"),
        )
        refused = client(server, "--out-dir", tmp_path / "out")

    assert result.output == f"{tmp_path / 'out'}: 1 covers, cover-back-0.png the first\n"
    wanted = to_bytes(network.reconstruct(image[None] / np.float32(127.5) - 1))[0]
    got = pixels(tmp_path / "out" / "cover-back-0.png")
    assert np.abs(got - wanted).max() <= 1
    assert as_json.exit_code == 0, as_json.output
    np.testing.assert_array_equal(pixels(tmp_path / "json" / "cover-back-0.png"), got)
    assert refused.exit_code == 1
    assert "gives covers back and paints none of its own. Use --reconstruct" in refused.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give one of --out GRID.png and --out-dir DIR"),
        (("--out", "a.png", "--timeout", "0"), "--timeout 0.0: expected a finite number above 0"),
        (("--out", "a.png", "--truncation", "-1"), "--truncation -1.0: expected"),
        (
            ("--out", "a.png", "--strength", "nan"),
            "--strength nan: expected a number from -100 to 100",
        ),
        (("--out", "a.png", "--strength", "2"), "give --audio too"),
        (("--out", "a.png", "--reconstruct", "a", "--audio", "b"), "--audio: it says nothing with"),
        (("--out-dir", "a", "--captions"), "--captions: it is for a grid of tracks"),
    ],
)
def test_options_that_do_not_go_together_are_told(client, listening, arguments, message):
    result = client(listening, *arguments)

    assert result.exit_code == 2
    assert message in result.output


def test_files_are_looked_at_before_anything_is_sent(client, listening, tmp_path):
    (tmp_path / "cover.jpg").write_bytes(b"GIF89a")
    before = len(listening.asked)

    wrong = client(listening, "--reconstruct", tmp_path / "cover.jpg", "--out", tmp_path / "a.png")
    gone = client(listening, "--reconstruct", tmp_path / "no.jpg", "--out", tmp_path / "a.png")
    track = client(listening, "--audio", tmp_path / "no.npy", "--out", tmp_path / "a.png")

    assert "cover.jpg: no JPEG or PNG file, which is what a server reads" in wrong.output
    assert "no.jpg: No such file or directory" in gone.output
    assert "no.npy: No such file or directory" in track.output
    assert {wrong.exit_code, gone.exit_code, track.exit_code} == {1}
    assert len(listening.asked) == before


def test_a_model_that_does_not_hear_says_so(client, exported, loopback, files, tmp_path):
    with loopback(exported("gan", False).folder) as server:
        heard = client(server, "--audio", files[0], "--out", tmp_path / "a.png")
        back = client(
            server, "--reconstruct", files[0].with_name("i.png"), "--out", tmp_path / "a.png"
        )

    assert heard.exit_code == 1
    assert "model cover was trained without audio. Leave --audio out." in heard.output
    assert back.exit_code == 1


def test_pngs_and_floats_become_pixels_too():
    image = np.random.default_rng(3).integers(0, 256, (2, 4, 4, 3), np.uint8)
    files = np.empty(2, object)
    for row, each in enumerate(image):
        with io.BytesIO() as file:
            Image.fromarray(each).save(file, "png")
            files[row] = file.getvalue()

    np.testing.assert_array_equal(painting._READ["image_bytes"](files), image)
    np.testing.assert_array_equal(painting._READ["image"](image / 127.5 - 1.0), image)
