"""The exported page in Chromium: covers equal to Python's, keyboard, phone, offline use."""

import json

import numpy as np
import pytest
from PIL import Image

from coverzoo.corpus.documents import load_document
from coverzoo.images import grid
from coverzoo.zoo import noise

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def expected_covers(visit, options):
    """Covers of the Keras model for the options of a task."""
    z = noise.normal(
        int(options["seed"]),
        range(options["count"]),
        visit.model.latent_dim,
        options.get("truncation"),
    )
    if "audio" not in options:
        return np.asarray(visit.model.generate(z))
    audio = np.tile(np.array(options["audio"], np.float32), (len(z), 1))
    strength = np.full(len(z), options["strength"], np.float32)
    return np.asarray(visit.model.generate(z, audio, strength))


@pytest.fixture(params=["audio_page", "plain_page"])
def page(request):
    return request.getfixturevalue(request.param)


def test_covers_are_those_of_python(page):
    for options, covers in zip(page.task["sample"], page.results["sample"], strict=True):
        expected = expected_covers(page, options)
        got = np.array(covers, np.float32).reshape(expected.shape)
        assert expected.std() > 0.01  # not uniform, where any model would pass
        assert np.abs(got - expected).max() < 1e-3


def test_the_typicality_of_tracks_is_that_of_python(audio_page):
    tracks = np.fromfile(audio_page.folder / "tracks.f32", "<f4").reshape(-1, 1160)

    expected = audio_page.model.typicality(tracks).numpy()

    assert expected.std() > 1.0
    np.testing.assert_allclose(audio_page.results["typicality"], expected, atol=0.02)


def test_a_notice_names_a_track_unlike_the_training_data(audio_page):
    # Numbers that no corpus has, and a file that is refused, which leaves the covers as they are.
    for name in ("whole.npy", "text.npy"):
        assert audio_page.results["notices"][name] == (
            f"{'whole' if name == 'whole.npy' else 'single'}.npy: less typical of the training "
            "data than 99.9 % of its tracks; its covers may be poor."
        )


def test_noise_is_that_of_python(page):
    for (seed, index, dim, truncation), values in zip(
        page.task["noise"], page.results["noise"], strict=True
    ):
        expected = noise.normal(int(seed), [index], dim, truncation)[0]
        # The hash is exact; logarithm and cosine may differ in the last bit.
        np.testing.assert_allclose(np.array(values, np.float32), expected, rtol=2e-7, atol=1e-12)


def test_no_request_fails_or_goes_to_another_server(page):
    assert page.results["errors"] == []
    assert page.results["failed"] == []
    assert page.results["elsewhere"] == []


def test_a_progress_bar_shows_the_download_and_then_disappears(page):
    shares = [share for share in page.results["loading"] if share is not None]

    assert page.results["loading"][-1] is None
    assert shares == sorted(shares)
    assert shares[-1] == 1.0, "card.json states the bytes that arrived"


def test_each_file_is_downloaded_once(page):
    first_visit = page.results["requests"][: page.results["visited"]]
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


def test_saved_pictures_can_have_another_size(page):
    with Image.open(page.out / "one.png") as cover, Image.open(page.out / "one-512.png") as large:
        expected = np.asarray(cover.convert("RGB").resize((512, 512), Image.Resampling.BICUBIC))
        pixels = np.asarray(large.convert("RGB"))
    assert pixels.shape == (512, 512, 3)
    assert np.abs(pixels.astype(int) - expected).mean() < 5  # the browser's own resampling
    with Image.open(page.out / "all-512.png") as sheet:
        assert sheet.size == (3 * 514 + 2, 3 * 514 + 2)
        first = np.asarray(sheet.convert("RGB"))[2:514, 2:514]
    np.testing.assert_array_equal(first, pixels)
    one, grid_name = page.results["enlarged"]["names"]
    assert one == page.results["one"]
    assert grid_name == page.results["keyboard"]["file"]
    assert page.results["enlarged"]["unchanged"]


def test_covers_cannot_be_saved_while_they_are_generated(page):
    states = page.results["saveStates"]

    assert [True, True] in states
    assert [True, False] not in states
    assert states[-1] == [False, False]


def test_a_saved_grid_is_that_of_zoo_sample(plain_page):
    # After the keys of drive.cjs: seed 07, the next seed, truncation one step from off.
    z = noise.normal(8, range(8), plain_page.model.latent_dim, 2.9)
    expected = np.asarray(grid(plain_page.model.generate(z), 3)).astype(int)

    with Image.open(plain_page.out / "all.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    assert np.abs(pixels - expected).max() <= 1


def test_keys_reach_and_change_every_control(audio_page, plain_page):
    controls = ["truncation", "seed", "count", "size", "next", "save", "Save cover 1 as PNG"]
    assert audio_page.results["keyboard"]["stops"][:10] == ["track", "file", "strength", *controls]
    assert plain_page.results["keyboard"]["stops"][:7] == controls
    pressed = audio_page.results["keyboard"]["pressed"]
    assert (pressed["truncation"], pressed["strength"]) == ("±2.9", "2.0")
    assert "seed 7," in pressed["seed"].replace("07", "7")
    assert "seed 8," in pressed["next"]
    card = json.loads((audio_page.folder / "card.json").read_text())
    assert f"for {card['tracks'][1]['label']}, seed 8" in pressed["track"]


def test_every_element_has_a_name_for_a_screen_reader(page):
    assert page.results["unnamed"] == []
    assert len(set(page.results["covers"])) == 8
    assert page.results["status"].startswith("8 covers")


def test_tracks_are_offered_only_by_a_model_conditioned_on_audio(audio_page, plain_page):
    assert audio_page.results["music"]
    assert not plain_page.results["music"]


def test_a_phone_needs_no_sideways_scrolling(page):
    assert page.results["width"] <= 360


def test_the_page_works_offline_after_a_visit(page):
    assert page.results["offline"].startswith("8 covers")
    assert "seed 1," in page.results["offline"]


def test_a_later_export_is_shown_at_the_visit_after_it_was_fetched(page):
    assert page.results["later"] == {"titles": ["coverzoo", "later"], "kept": 1}


def test_a_document_is_converted_to_the_vector_of_python(audio_page, tmp_path):
    file = tmp_path / "document.json"
    file.write_text(audio_page.task["document"])

    got = np.array(audio_page.results["document"], np.float32)

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
    "other.json": "no section “lowlevel”, so it is not a low-level document of AcousticBrainz.",
    "short.npy": "it holds 7 instead of 1160 numbers.",
    "single.npy": "",
    "song.mp3": "expected a .npy file of 1160 numbers or a .json document.",
    "text.npy": "this is not a .npy file.",
    "whole-numbers.npy": "it does not hold float32 or float64 numbers.",
    "whole.npy": "",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_file_is_accepted_or_refused_in_one_sentence(audio_page, name):
    line = audio_page.results["files"][name]

    assert line.endswith(REASONS[name])
    assert line.startswith(f"{name}: ") == bool(REASONS[name])
    assert len(audio_page.results["files"]) == len(REASONS)
