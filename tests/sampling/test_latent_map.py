"""`zoo-sample --latent-map`: codes by the model, points by t-SNE, a colour per genre."""

import sys

import numpy as np
import pytest
from PIL import Image
from threadpoolctl import threadpool_limits

from coverzoo import zoo
from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import read_split
from coverzoo.errors import UserError, install_command
from coverzoo.sampling import latent_map
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.sampling.latent_map import draw, encode_covers, project


@pytest.fixture(autouse=True)
def one_thread():
    """t-SNE of a few points by many threads mostly waits on a busy machine."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("batch", [64, 5])
def test_codes_are_those_of_the_model_in_the_order_of_the_covers(vae, pairs, monkeypatch, batch):
    monkeypatch.setattr(latent_map, "BATCH_SIZE", batch)
    model, samples = zoo.load(vae), read_split(pairs, "train", audio=False).samples

    codes = encode_covers(model, samples)

    batches = ordered_batches(samples, (), image_size=32, batch_size=24, audio=False)
    expected = model.encode(next(iter(batches))["image"])
    assert codes.shape == (24, 5)
    np.testing.assert_allclose(codes, expected, rtol=1e-3, atol=1e-4)


def test_neighbours_stay_neighbours_and_equal_seeds_give_equal_maps():
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(3), 12)
    codes = (10.0 * np.eye(8)[kinds] + rng.normal(size=(36, 8))).astype(np.float32)

    points = project(codes, seed=1)

    assert points.shape == (36, 2)
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (kinds[distances.argmin(axis=1)] == kinds).mean() > 0.9
    np.testing.assert_array_equal(project(codes, seed=1), points)


def test_four_covers_are_enough_and_three_are_refused():
    codes = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)

    assert np.isfinite(project(codes, 0)).all()
    with pytest.raises(UserError, match=r"^--latent-map: 3 covers are too few to map; give 4 or"):
        project(codes[:3], 0)


def colours(file):
    with Image.open(file) as image:
        assert image.format == "PNG"
        return set(map(tuple, np.asarray(image.convert("RGB")).reshape(-1, 3)))


BLUE, ORANGE = (31, 119, 180), (255, 127, 14)  # the first two of matplotlib's


def test_each_genre_and_the_unknown_one_have_a_colour(tmp_path):
    points = np.random.default_rng(0).normal(size=(6, 2))

    draw(points, 6 * ["jazz"], "one", tmp_path / "one.png")
    draw(points, [*5 * ["jazz"], None], "two", tmp_path / "two.png")

    assert BLUE in colours(tmp_path / "one.png")
    assert ORANGE not in colours(tmp_path / "one.png")
    assert {BLUE, ORANGE} <= colours(tmp_path / "two.png")


def test_thirty_genres_are_drawn_and_any_name_is_plain_text(tmp_path):
    names = ["r&b", r"$\money$", *map(str, range(28))]

    draw(np.random.default_rng(0).normal(size=(30, 2)), names, "many", tmp_path / "map.png")

    assert BLUE in colours(tmp_path / "map.png")


def test_the_map_is_of_the_chosen_split(call, vae, audio_vae, pairs, tmp_path):
    for run, split, count in ((vae, (), "6 covers of test"), (audio_vae, ("val",), "4 covers of")):
        out = tmp_path / f"{count}.png"
        options = ("--split", *split) if split else ()
        result = call(zoo_sample, run, "--latent-map", "--data", pairs, *options, "--out", out)

        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(f"{out}: {count}")
        assert {BLUE, ORANGE} <= colours(out)


def test_runs_that_do_not_encode_to_vectors_are_refused(refused, audio_gan, autoencoder, pairs):
    for run in (audio_gan, autoencoder):
        line = refused(run, "--latent-map", "--data", pairs, "--out", "map.png")
        assert line == (
            "Error: --latent-map: this run does not encode to vectors. Give a run of a vae."
        )


def test_missing_data_and_places_that_cannot_be_written_are_refused(refused, vae, pairs):
    mapping = (vae, "--latent-map", "--data")

    assert "nothing does not exist" in refused(*mapping, "nothing", "--out", "map.png")
    assert "--out none/map.png: no folder none" in refused(*mapping, pairs, "--out", "none/map.png")
    assert "--out map.jpg: not the name of a picture" in refused(
        *mapping, pairs, "--out", "map.jpg"
    )


def test_any_seed_is_accepted():
    codes = np.random.default_rng(0).normal(size=(5, 3))

    for seed in (-1, 2**64 - 1):
        assert project(codes, seed).shape == (5, 2)


@pytest.mark.parametrize("module", ["sklearn", "matplotlib"])
def test_a_missing_library_is_reported_with_the_install_command(
    refused, vae, pairs, monkeypatch, module
):
    monkeypatch.setitem(sys.modules, module, None)

    line = refused(vae, "--latent-map", "--data", pairs, "--out", "map.png")

    assert line.startswith("Error: --latent-map: needs ")
    assert "matplotlib" in line
    assert line.endswith(f"Install them with: {install_command('plots')}")
