"""`as_vectors`, of files and arrays, and the arguments of `generate_covers`."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo import zoo
from coverzoo.errors import UserError
from coverzoo.sampling.sampler import as_vectors, generate_covers


def test_none_is_no_audio():
    assert as_vectors(None) is None


def test_a_string_is_one_path(tracks, monkeypatch):
    monkeypatch.chdir(tracks[0].parent)

    for track in (tracks[0], str(tracks[0]), "a.npy"):
        vectors = as_vectors(track)

        assert (vectors.shape, vectors.dtype) == ((1, 1160), np.float32)
        np.testing.assert_array_equal(vectors[0], np.load(tracks[0]).astype(np.float32))


def test_several_tracks_keep_their_order_and_can_be_mixed(tracks):
    arrays = [np.load(track) for track in tracks]
    expected = np.stack(arrays).astype(np.float32)

    for given in (
        tracks,
        tuple(map(str, tracks)),
        arrays,
        np.stack(arrays),
        tf.constant(expected),
        [tracks[0], arrays[1], str(tracks[2])],
        [np.stack(arrays[:2]), arrays[2]],
        (track for track in tracks),
        [array.tolist() for array in arrays],
    ):
        np.testing.assert_array_equal(as_vectors(given), expected)


def test_one_array_or_list_of_numbers_is_one_track():
    numbers = np.random.default_rng(0).lognormal(size=1160)

    for given in (numbers, numbers.tolist(), numbers.astype(np.float32), np.arange(1160)):
        assert as_vectors(given).shape == (1, 1160)


def at(value, place=(1, 7)):
    vectors = np.ones((2, 1160))
    vectors[place] = value
    return vectors


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        pytest.param([], "tracks: empty", id="nothing"),
        pytest.param(np.zeros((0, 1160)), r"Received shape \(0, 1160\)", id="no rows"),
        pytest.param(np.ones(1159), r"expected arrays \(1160,\) or \(N, 1160\)", id="short"),
        pytest.param(np.ones((2, 7)), r"Received shape \(2, 7\)", id="narrow"),
        pytest.param(np.ones((1, 1, 1160)), r"Received shape \(1, 1, 1160\)", id="three axes"),
        pytest.param(np.float32(3.0), r"Received shape \(\)", id="scalar array"),
        pytest.param(at(np.nan), "track 1: value 7 is nan, not a finite", id="nan"),
        pytest.param(at(-np.inf), "track 1: value 7 is -inf, not a finite", id="infinite"),
        pytest.param(at(1e39), r"track 1: value 7 is 1e\+39, beyond float32", id="too large"),
        pytest.param(at(0.0, 1), "track 1: all zeros", id="zeros"),
        pytest.param(np.full(1160, "a"), "Received an array of <U1", id="text"),
        pytest.param(np.full(1160, True), "Received an array of bool", id="booleans"),
        pytest.param(np.full(1160, {}), "Received an array of object", id="objects"),
        pytest.param(3, "expected files, or arrays of 1160 features. Received: 3", id="a number"),
        pytest.param([[1.0], [1.0, [2.0]]], "tracks: ", id="ragged"),
        pytest.param([None], "Received an array of object", id="None in a list"),
        pytest.param("/", "^/: a track is a .npy file", id="root folder"),
        pytest.param("gone.npy", "^gone.npy: No such file", id="missing file"),
        pytest.param(["gone.npy", np.ones(1160)], "^gone.npy: No such file", id="one missing"),
        pytest.param("song.txt", "^song.txt: a track is a .npy file", id="unknown suffix"),
    ],
)
def test_other_tracks_are_refused_in_one_line(tracks, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UserError, match=message) as refusal:
        as_vectors(tracks)

    assert "\n" not in str(refusal.value)


VALID = {"count": 1, "seed": 0}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("count", [0, -1, 1.0, "2", None, True, np.nan]),
        ("seed", ["a", 0.5, None, False, 1 << 64, -(1 << 63) - 1]),
        ("strength", [np.nan, np.inf, 101, -101, "1", None, True]),
        ("truncation", [0, 0.0, -1.0, np.nan, "1", True]),
    ],
)
def test_an_argument_out_of_range_is_refused_by_name(audio_gan, name, values):
    model = zoo.load(audio_gan)

    for value in values:
        with pytest.raises(UserError, match=f"^{name}: expected .* Received: "):
            generate_covers(model, np.ones((1, 1160)), **VALID | {name: value})


def test_numbers_of_numpy_and_both_ends_of_a_range_are_accepted(audio_gan):
    model, vectors = zoo.load(audio_gan), np.ones((1, 1160), np.float32)

    expected = generate_covers(model, vectors, count=2, seed=3, strength=0.5, truncation=1.5)
    found = generate_covers(
        model,
        vectors,
        count=np.int64(2),
        seed=np.uint8(3),
        strength=np.float32(0.5),
        truncation=np.float64(1.5),
    )

    np.testing.assert_array_equal(found, expected)
    for seed in (-(1 << 63), (1 << 64) - 1):
        assert generate_covers(model, vectors, count=1, seed=seed).shape == (1, 32, 32, 3)


def test_strength_needs_audio_and_features_need_the_width_of_the_model(audio_gan):
    model = zoo.load(audio_gan)

    with pytest.raises(UserError, match=r"^strength: it scales the effect of the audio"):
        generate_covers(model, None, **VALID, strength=2.0)
    with pytest.raises(UserError, match="tracks of 7 features, but this run was trained on 1160"):
        generate_covers(model, np.ones((1, 7)), **VALID)
