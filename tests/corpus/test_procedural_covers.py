"""Covers of the built-in corpus: what the facts determine and what they leave free."""

import colorsys

import numpy as np
import pytest

from coverzoo.corpus.audio_facts import FACTS
from coverzoo.corpus.procedural import GENRES, covers, palettes, tracks
from coverzoo.corpus.procedural.compositions import COMPOSITIONS

MIDDLE = np.full(5, 0.5)
GENRE_INDICES = range(len(GENRES))


def with_fact(name, value):
    facts = MIDDLE.copy()
    facts[list(FACTS).index(name)] = value
    return facts


def cover(index, facts=MIDDLE, size=96, redraw=0):
    """A cover of a track, values in [0, 1], and its free factors."""
    pixels, free = covers.draw(tracks.track(0, "val", index), facts, size, redraw)
    return pixels / 255.0, free


def panel(pixels):
    """What lies within the widest margin."""
    edge = int(np.ceil(len(pixels) * max(covers.MARGIN) / 2)) + 1
    return pixels[edge:-edge, edge:-edge]


def edges(pixels):
    """Summed differences of neighbouring pixels."""
    return sum(np.abs(np.diff(pixels, axis=axis)).sum() for axis in (0, 1))


def test_every_genre_has_a_composition_and_a_palette():
    assert sorted(genre.composition for genre in GENRES) == sorted(COMPOSITIONS)
    assert {genre.palette for genre in GENRES} == set(palettes.PALETTES)


@pytest.mark.parametrize("index", GENRE_INDICES)
def test_the_tempo_repeats_elements(index):
    slow, fast = (edges(panel(cover(index, with_fact("tempo", at))[0])) for at in (0.0, 1.0))

    assert fast > 1.15 * slow


@pytest.mark.parametrize("index", GENRE_INDICES)
def test_the_onset_rate_narrows_the_margin(index):
    for rate, width in ((0.0, 0.22), (0.5, 0.135), (1.0, 0.05)):
        pixels, _ = cover(index, with_fact("onset_rate", rate), size=200)
        paper = np.abs(pixels[4] - pixels[0, 0]).max(axis=1) < 0.02
        assert paper.all()
        middle_row = np.abs(pixels[100] - pixels[0, 0]).max(axis=1) < 0.02
        assert np.argmin(middle_row) == pytest.approx(100 * width, abs=1)


@pytest.mark.parametrize("index", GENRE_INDICES)
def test_the_brightness_is_lightness(index):
    dark, light = (panel(cover(index, with_fact("brightness", at))[0]).mean() for at in (0.2, 0.8))

    assert light > dark + 0.12


@pytest.mark.parametrize("index", GENRE_INDICES)
def test_the_pitch_salience_is_saturation(index):
    def chroma(at):
        pixels = panel(cover(index, with_fact("pitch_salience", at))[0])
        return (pixels.max(axis=2) - pixels.min(axis=2)).mean()

    assert chroma(1.0) > 1.8 * chroma(0.0)


@pytest.mark.parametrize("index", GENRE_INDICES)
def test_the_key_strength_is_contrast(index):
    weak, strong = (
        panel(cover(index, with_fact("key_strength", at))[0]).mean(axis=2).std()
        for at in (0.0, 1.0)
    )

    assert strong > 1.3 * weak


def test_redrawing_varies_the_free_factors_only():
    drawn = [cover(5, redraw=redraw)[1] for redraw in range(400)]
    x, y, hue, ground_hue, arrangement = np.array(drawn).T

    for values, limit in ((x, covers.CENTRE), (y, covers.CENTRE), (hue, covers.HUE)):
        # The mean of two even numbers in [-1, 1] has the variance 1/6.
        assert np.abs(values).max() <= limit
        assert values.std() == pytest.approx(limit / np.sqrt(6), rel=0.1)
    assert np.histogram(ground_hue, 4, (0, 360))[0].min() > 70
    assert np.mean(arrangement) == pytest.approx(0.5, abs=0.08)
    pictures = [cover(5, redraw=redraw)[0] for redraw in range(3)]
    assert np.abs(pictures[1] - pictures[2]).mean() > 0.02
    np.testing.assert_array_equal(pictures[0][0, 0], pictures[1][0, 0])  # the paper


def test_tracks_of_one_artist_share_half_of_the_range():
    # The first three tracks of a genre have one artist.
    same, other = [], []
    for split_index in range(0, 2000, 200):
        first, second, stranger = (
            cover(split_index + 10 * place, size=32)[1] for place in (0, 1, 3)
        )
        same.append(abs(first.hue - second.hue))
        other.append(abs(first.hue - stranger.hue))

    assert max(same) <= covers.HUE
    assert np.mean(same) < 0.8 * np.mean(other)


def test_the_same_cover_at_any_size():
    small, _ = cover(3, size=64)
    large, _ = cover(3, size=256)

    reduced = large.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(reduced - small).mean() < 0.02
    assert np.isin(len(np.unique(large.reshape(-1, 3), axis=0)), range(5, 2000))


def test_the_centre_moves_the_composition(monkeypatch):
    free = covers.FreeFactors(0.0, 0.0, 0.0, 0.0, 0)
    index = next(i for i, genre in enumerate(GENRES) if genre.composition == "dots")
    drawn = []
    for x in (0.0, 0.125):  # 4 of 64 pixels
        monkeypatch.setattr(covers, "free_factors", lambda *_, x=x: free._replace(x=x))
        drawn.append(panel(cover(index, size=64)[0]))

    np.testing.assert_allclose(drawn[0][:, :-4], drawn[1][:, 4:], atol=1 / 254)


@pytest.mark.parametrize(
    ("colour", "lab"),
    [("#ffffff", (1, 0, 0)), ("#000000", (0, 0, 0)), ("#ff0000", (0.62796, 0.22486, 0.12585))],
)
def test_oklab_of_known_colours(colour, lab):
    np.testing.assert_allclose(palettes.oklab(colour), lab, atol=1e-4)


@pytest.mark.parametrize("colour", ["#7f7f7f", "#aa4455", "#204080", "#ff0000"])
def test_srgb_is_the_way_back(colour):
    lightness, a, b = palettes.oklab(colour)
    lch = np.array([[lightness, np.hypot(a, b), np.rad2deg(np.arctan2(b, a))]])

    expected = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    np.testing.assert_allclose(palettes.srgb(lch)[0], expected, atol=2e-3)


def test_a_colour_outside_srgb_keeps_lightness_and_hue():
    lch = np.array([[0.9, 0.3, 260.0]])

    found = palettes.srgb(lch)[0]

    lightness, a, b = palettes.oklab("#" + "".join(f"{round(255 * value):02x}" for value in found))
    assert lightness == pytest.approx(0.9, abs=0.01)
    assert np.rad2deg(np.arctan2(b, a)) % 360 == pytest.approx(260, abs=6)
    assert 0.02 < np.hypot(a, b) < 0.3


def test_saturation_and_contrast_change_colours_as_documented():
    def at(**changes):
        given = {"brightness": 0.5, "saturation": 0.5, "contrast": 0.5, "hue": 0, "ground_hue": 40}
        return palettes.colours("ember", **{**given, **changes})

    def saturation(rgb):
        return colorsys.rgb_to_hsv(*rgb)[1]

    assert saturation(at(saturation=0)[1]) < saturation(at(saturation=1)[1])
    np.testing.assert_array_equal(at(saturation=0)[4], at(brightness=1, hue=30)[4])
    weak, strong = (at(contrast=value)[:4].mean(axis=1) for value in (0, 1))
    assert strong[1] - strong[0] > 2 * (weak[1] - weak[0]) > 0
