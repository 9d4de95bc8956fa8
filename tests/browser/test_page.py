"""The exported page in Chromium: the covers of Python, by keyboard, on a phone, offline."""

import json

import numpy as np
import pytest
from PIL import Image

from coverzoo.corpus.documents import load_document
from coverzoo.images import grid
from coverzoo.zoo import noise

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def painted(visit, wish):
    """What Python paints for a wish."""
    z = noise.normal(
        int(wish["seed"]), range(wish["count"]), visit.model.latent_dim, wish.get("truncation")
    )
    if "audio" not in wish:
        return np.asarray(visit.model.generate(z))
    audio = np.tile(np.array(wish["audio"], np.float32), (len(z), 1))
    strength = np.full(len(z), wish["strength"], np.float32)
    return np.asarray(visit.model.generate(z, audio, strength))


@pytest.fixture(params=["heard", "deaf"])
def page(request):
    return request.getfixturevalue(request.param)


def test_covers_are_those_of_python(page):
    for wish, covers in zip(page.task["paint"], page.told["paint"], strict=True):
        expected = painted(page, wish)
        got = np.array(covers, np.float32).reshape(expected.shape)
        assert expected.std() > 0.01  # not all of one grey, where parity would say little
        assert np.abs(got - expected).max() < 1e-3


def test_noise_is_that_of_python(page):
    for (seed, index, dim, truncation), values in zip(
        page.task["noise"], page.told["noise"], strict=True
    ):
        expected = noise.normal(int(seed), [index], dim, truncation)[0]
        # The hash is exact; logarithm and cosine may differ in the last bit.
        np.testing.assert_allclose(np.array(values, np.float32), expected, rtol=2e-7, atol=1e-12)


def test_nothing_fails_and_no_other_server_is_asked(page):
    assert page.told["errors"] == []
    assert page.told["failed"] == []
    assert page.told["elsewhere"] == []


def test_a_bar_tells_how_far_the_download_is_and_goes(page):
    shares = [share for share in page.told["loading"] if share is not None]

    assert page.told["loading"][-1] is None
    assert shares == sorted(shares)
    assert shares[-1] == 1.0, "the bytes that the card tells are those that came"


def test_each_file_is_downloaded_once(page):
    first_visit = page.told["asked"][: page.told["visited"]]
    for suffix in (".wasm", ".tflite"):
        assert len([url for url in first_visit if url.endswith(suffix)]) == 1


def test_saved_pictures_are_the_covers(page):
    with Image.open(page.out / "all.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    side = page.model.image_size + 2
    assert pixels.shape == (3 * side + 2, 3 * side + 2, 3)
    with Image.open(page.out / "one.png") as cover:
        first = np.asarray(cover.convert("RGB"))
    np.testing.assert_array_equal(first, pixels[2:side, 2:side])


def test_a_saved_grid_is_that_of_zoo_sample(deaf):
    # After the keys of drive.cjs: seed 07, the next one, truncation one step from off.
    z = noise.normal(8, range(8), deaf.model.latent_dim, 2.9)
    expected = np.asarray(grid(deaf.model.generate(z), 3)).astype(int)

    with Image.open(deaf.out / "all.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    assert np.abs(pixels - expected).max() <= 1


def test_keys_reach_and_move_every_control(heard, deaf):
    controls = ["truncation", "seed", "count", "next", "save", "Save cover 1 as PNG"]
    assert heard.told["keyboard"]["stops"][:9] == ["track", "file", "strength", *controls]
    assert deaf.told["keyboard"]["stops"][:6] == controls
    pressed = heard.told["keyboard"]["pressed"]
    assert (pressed["truncation"], pressed["strength"]) == ("±2.9", "2.0")
    assert "seed 7," in pressed["seed"].replace("07", "7")
    assert "seed 8," in pressed["next"]
    card = json.loads((heard.folder / "card.json").read_text())
    assert f"for {card['tracks'][1]['label']}, seed 8" in pressed["track"]


def test_a_screen_reader_has_a_name_for_everything(page):
    assert page.told["nameless"] == []
    assert len(set(page.told["covers"])) == 8
    assert page.told["status"].startswith("8 covers")


def test_music_is_asked_for_only_where_it_is_heard(heard, deaf):
    assert heard.told["music"]
    assert not deaf.told["music"]


def test_a_phone_needs_no_sideways_scrolling(page):
    assert page.told["width"] <= 360


def test_it_works_offline_once_loaded(page):
    assert page.told["offline"].startswith("8 covers")
    assert "seed 1," in page.told["offline"]


def test_a_later_export_is_seen_at_the_visit_after_it_was_fetched(page):
    assert page.told["later"] == {"titles": ["coverzoo", "later"], "kept": 1}


def test_a_document_gives_the_vector_of_python(heard, tmp_path):
    file = tmp_path / "document.json"
    file.write_text(heard.task["document"])

    got = np.array(heard.told["document"], np.float32)

    np.testing.assert_allclose(got[:580], load_document(file), rtol=1e-6)
    assert not got[580:].any()


REASONS = {
    "cut.npy": "the file is cut short.",
    "document.json": "",
    "empty.npy": "the file is empty.",
    "grid.npy": "it holds 2 × 580 instead of 1160 numbers.",
    "large.npy": ", beyond float32.",
    "nan.npy": "value 3 is NaN, not a finite number.",
    "no.json": "this is not JSON.",
    "other.json": "no section “lowlevel”, so it is no low-level document of AcousticBrainz.",
    "short.npy": "it holds 7 instead of 1160 numbers.",
    "single.npy": "",
    "song.mp3": "expected a .npy file of 1160 numbers or a .json document.",
    "text.npy": "this is no .npy file.",
    "whole-numbers.npy": "it does not hold float32 or float64 numbers.",
    "whole.npy": "",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_file_is_taken_or_refused_in_one_sentence(heard, name):
    line = heard.told["files"][name]

    assert line.endswith(REASONS[name])
    assert line.startswith(f"{name}: ") == bool(REASONS[name])
    assert len(heard.told["files"]) == len(REASONS)
