"""`zoo-sample --interpolate` and `--reconstruct`: strips between covers, and covers given back."""

import numpy as np
import pytest
from PIL import Image

from coverzoo import zoo
from coverzoo.corpus.layout import read_split
from coverzoo.images import to_bytes
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.sampling.interpolation import slerp
from coverzoo.zoo import noise

RNG = np.random.default_rng(0)


def assert_alike(first, second):
    """Equal but for rounding, which a batch of another size may do elsewhere."""
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 1


def test_slerp_begins_and_ends_exactly_at_its_ends():
    for dim in (2, 5, 100):
        first, last = RNG.normal(size=(2, dim)).astype(np.float32)

        way = slerp(first, last, np.linspace(0, 1, 7))

        assert (way.shape, way.dtype) == ((7, dim), np.float32)
        np.testing.assert_array_equal(way[[0, -1]], [first, last])


def test_slerp_turns_evenly_and_keeps_the_length():
    first, last = RNG.normal(size=(2, 50))
    last *= np.linalg.norm(first) / np.linalg.norm(last)

    way = np.float64(slerp(first, last, np.linspace(0, 1, 9)))

    lengths = np.linalg.norm(way, axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(first), rtol=1e-6)
    turns = np.arccos(np.sum(way[:-1] * way[1:], axis=1) / lengths[0] ** 2)
    whole = np.arccos(first @ last / lengths[0] ** 2)
    np.testing.assert_allclose(turns, whole / 8, rtol=1e-4)


def test_slerp_of_a_quarter_turn_is_cosine_and_sine():
    t = np.linspace(0, 1, 5)

    way = slerp(np.array([2.0, 0.0]), np.array([0.0, 2.0]), t)

    np.testing.assert_allclose(
        way, 2.0 * np.stack([np.cos(t * np.pi / 2), np.sin(t * np.pi / 2)], axis=1), atol=1e-6
    )


def test_slerp_of_one_direction_is_straight():
    first = np.float32([1.0, 2.0, -1.0])

    way = slerp(first, 3.0 * first, np.array([0.0, 0.5, 1.0]))

    np.testing.assert_allclose(way, [first, 2.0 * first, 3.0 * first], rtol=1e-6)
    np.testing.assert_array_equal(slerp(first, first, np.array([0.3])), [first])


def test_a_strip_between_seeds_ends_in_their_own_covers(sample, painter, tracks):
    seeds = ("--seed", 3, "--seed", 8)

    strip = sample(painter, "--audio", tracks[0], tracks[1], *seeds, "--interpolate", "--count", 5)

    assert strip.shape[:2] == (2, 5)
    for seed, place in ((3, 0), (8, -1)):
        ends = sample(painter, "--audio", *tracks[:2], "--count", 1, "--seed", seed)
        assert_alike(strip[:, place], ends[:, 0])
    steps = [np.abs(a - b).mean() for a, b in zip(strip[0, :-1] / 1.0, strip[0, 1:], strict=True)]
    assert 0 < max(steps) < np.abs(strip[0, 0] / 1.0 - strip[0, -1]).mean()


def test_between_them_lies_the_spherical_way(sample, painter):
    strip = sample(painter, "--interpolate", "--count", 3)

    model = zoo.load(painter)
    first, last = (noise.normal(seed, [0], model.latent_dim)[0] for seed in (0, 1))
    middle = slerp(first, last, np.array([0.5]))
    assert_alike(strip[0, 1], to_bytes(model.generate(middle))[0])
    explicit = sample(painter, "--interpolate", "--count", 3, "--seed", 0, "--seed", 1)
    np.testing.assert_array_equal(strip, explicit)
    narrow = sample(painter, "--interpolate", "--count", 3, "--truncation", 0.1)
    assert_alike(narrow[0, 0], sample(painter, "--count", 1, "--truncation", 0.1)[0, 0])


@pytest.mark.parametrize("kind", ["painter", "vae"])
@pytest.mark.parametrize("strength", [1.0, 1.5])
def test_a_strip_between_tracks_ends_in_their_own_covers(sample, request, tracks, kind, strength):
    run = request.getfixturevalue(kind)
    heard = ("--audio", *tracks[:2], "--seed", 4, "--strength", strength)

    strip = sample(run, *heard, "--interpolate", "--count", 5)

    assert strip.shape[:2] == (1, 5)
    ends = sample(run, *heard, "--count", 1)
    assert_alike(strip[0, 0], ends[0, 0])
    assert_alike(strip[0, -1], ends[1, 0])
    model = zoo.load(run)
    vectors = np.stack([np.load(track) for track in tracks[:2]]).astype(np.float32)
    null = model.audio_encoder.null_conditions(2)
    conditions = null + strength * (model.audio_encoder(vectors) - null)
    middle = np.asarray(conditions).mean(axis=0, keepdims=True)
    painted = model.generate_from(noise.normal(4, [0], model.latent_dim), middle)
    assert_alike(strip[0, 2], to_bytes(painted)[0])
    assert (strip[0, 2] != strip[0, 0]).any()


def test_single_files_of_a_strip_are_named_by_its_ends(call, painter, tracks, tmp_path):
    for folder, options, names in (
        ("seeds", ("--seed", 2, "--seed", 7), ["cover-2-7-0", "cover-2-7-1"]),
        ("tracks", ("--audio", *tracks[:2]), ["a-b-0", "a-b-1"]),
    ):
        out = tmp_path / folder
        result = call(
            zoo_sample, painter, "--interpolate", "--count", 2, *options, "--out-dir", out
        )
        assert result.exit_code == 0, result.output
        assert sorted(path.stem for path in out.iterdir()) == names


@pytest.fixture(scope="module")
def covers(pairs):
    """Ten cover files of 32 px, and their pixels."""
    files = [sample.image for sample in read_split(pairs, "train", audio=False).samples[:10]]
    return files, np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files])


@pytest.mark.parametrize("kind", ["autoencoder", "vae", "deaf_vae"])
def test_originals_stand_above_what_the_model_makes_of_them(sample, request, covers, kind):
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


def test_covers_are_given_back_for_a_track_where_the_model_hears(sample, vae, covers, tracks):
    files, pixels = covers

    sheet = sample(vae, "--reconstruct", *files[:3], "--audio", tracks[0])

    vectors = np.repeat(np.load(tracks[0])[None], 3, axis=0)
    made = zoo.load(vae).reconstruct(pixels[:3] / np.float32(127.5) - 1.0, vectors)
    assert sheet.shape[:2] == (2, 3)
    assert_alike(sheet[1], to_bytes(made))
    assert (sheet[1] != sample(vae, "--reconstruct", *files[:3])[1]).any()


def test_covers_given_back_may_be_files_of_their_own(call, autoencoder, covers, sample, tmp_path):
    files, _ = covers
    out = tmp_path / "out"

    result = call(zoo_sample, autoencoder, "--reconstruct", *files[:2], "--out-dir", out)

    assert result.exit_code == 0, result.output
    back = sample(autoencoder, "--reconstruct", *files[:2])[1]
    for file, expected in zip(files[:2], back, strict=True):
        with Image.open(out / f"{file.stem}-back-0.png") as image:
            np.testing.assert_array_equal(image, expected)


def test_images_of_any_size_and_kind_are_cropped_and_resized(sample, autoencoder, tmp_path):
    grey = np.tile(np.arange(0, 256, 4, np.uint8), (96, 1))  # 64 wide, 96 high
    Image.fromarray(grey).save(tmp_path / "tall.png")

    sheet = sample(autoencoder, "--reconstruct", tmp_path / "tall.png")

    pairs = grey[16:80].reshape(32, 2, 32, 2).mean(axis=(1, 3))
    assert np.abs(sheet[0, 0] - pairs[..., None]).max() <= 1


def test_images_that_are_none(refused, autoencoder, covers, tmp_path):
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


def test_what_a_model_cannot_do(refused, used, painter, autoencoder, deaf_vae, vae, covers, tracks):
    image, out = ("--reconstruct", covers[0][0]), ("--out", "a.png")
    bound = used("vae", audio=True, condition_dropout=0.0)

    assert "--reconstruct: this run paints from noise only" in refused(painter, *image, *out)
    assert "paints none of its own. Use --reconstruct" in refused(autoencoder, *out)
    assert "paints none of its own. Use --reconstruct" in refused(
        autoencoder, "--interpolate", *out
    )
    heard = ("--audio", tracks[0])
    for run in (autoencoder, deaf_vae):
        assert "trained without audio. Leave --audio" in refused(run, *image, *heard, *out)
    assert "trained without audio" in refused(deaf_vae, "--interpolate", *heard, *out)
    assert "--reconstruct give one track" in refused(vae, *image, "--audio", *tracks, *out)
    assert "cannot paint without audio. Give a" in refused(bound, *image, *out)
    assert "cannot paint without audio. Give a" in refused(bound, "--interpolate", *out)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--interpolate", "--reconstruct", "a.jpg"],
            "--interpolate and --reconstruct: give one of them",
        ),
        (
            ["--reconstruct", "a.jpg", "--latent-map"],
            "--reconstruct and --latent-map: give one of them",
        ),
        (["--interpolate", "--latent-map"], "--interpolate and --latent-map: give one of them"),
        (["--seed", 1, "--seed", 2], "--seed: give one, or two with --interpolate"),
        (["--interpolate", *3 * ["--seed", 1]], "--seed: give one, or two with --interpolate"),
        (["--data", "root"], "--data: it is for --latent-map"),
        (["--split", "val"], "--split: it is for --latent-map"),
        (["--reconstruct", "a.jpg", "--data", "root"], "--data: it is for --latent-map"),
        (["--reconstruct", "a.jpg", "--count", 3], "--count: it says nothing with --reconstruct"),
        (["--reconstruct", "a.jpg", "--seed", 1], "--seed: it says nothing with --reconstruct"),
        (
            ["--reconstruct", "a.jpg", "--truncation", 1],
            "--truncation: it says nothing with --reconstruct",
        ),
        (
            ["--reconstruct", "a.jpg", "--audio", "a.npy", "--strength", 2],
            "--strength: it says nothing with --reconstruct",
        ),
        (["--latent-map"], "--latent-map: give --data ROOT and --out MAP.png"),
        (
            ["--latent-map", "--data", "root", "--audio", "a.npy"],
            "--audio: it says nothing with --latent-map",
        ),
        (
            ["--latent-map", "--data", "root", "--truncation", 1],
            "--truncation: it says nothing with --latent-map",
        ),
        (["--latent-map", "--data", "root", "--split", "all"], "'all' is not one of 'train', '"),
    ],
)
def test_options_that_do_not_go_together(refused, options, line):
    assert line in refused("run", *options, "--out", "a.png")
