"""Tracks from files and from arrays."""

import json
import re

import numpy as np
import pytest

from coverzoo.corpus import tracks
from coverzoo.corpus.tracks import check_track, load_track
from coverzoo.errors import UserError


@pytest.mark.parametrize("name", ["a.npy", "a.NPY"])
def test_a_vector_file_is_the_whole_track(tmp_path, vector, name):
    with (tmp_path / name).open("wb") as file:
        np.save(file, vector())

    np.testing.assert_array_equal(load_track(tmp_path / name), vector())


@pytest.mark.parametrize("name", ["a.json", "a.b.JSON"])
def test_a_document_fills_the_first_half(tmp_path, document, name):
    (tmp_path / name).write_text(json.dumps(document))

    track = load_track(tmp_path / name)

    assert (track.shape, track.dtype) == ((1160,), np.float32)
    np.testing.assert_array_equal(track[:580], np.arange(1, 581))
    assert not track[580:].any()


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".ogg", ".flac", ".m4a", ".MP3"])
def test_music_fills_the_first_half(tmp_path, monkeypatch, suffix):
    readers = dict.fromkeys(tracks.SUFFIXES, lambda path: np.full(580, len(path.name), np.float32))
    monkeypatch.setattr(tracks, "_READERS", readers)

    track = load_track(tmp_path / f"song{suffix}")

    assert (track[:580] == len("song") + len(suffix)).all()
    assert not track[580:].any()


@pytest.mark.parametrize("name", ["song.txt", "song", "song.mp3.part", ".npy", "npy"])
def test_other_suffixes_are_refused_with_the_accepted_ones(tmp_path, name):
    line = (
        f"{tmp_path / name}: a track is a .npy file of 1160 numbers, a .json document of "
        "AcousticBrainz, or music (.wav .mp3 .ogg .flac .m4a)"
    )
    with pytest.raises(UserError, match=f"^{re.escape(line)}$"):
        load_track(tmp_path / name)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", np.float16, np.int64, np.uint8])
def test_an_array_of_any_number_type_is_a_track(dtype):
    given = np.arange(1160) % 100
    checked = check_track(given.astype(dtype), "tracks")

    assert checked.dtype == np.float32
    np.testing.assert_array_equal(checked, given)
    np.testing.assert_array_equal(check_track(given.tolist(), "tracks"), given)


def changed(index, value):
    array = np.ones(1160)
    array[index] = value
    return array


REJECTED = {
    "has shape (580,); give an array of 1160 numbers": np.ones(580),
    "has shape (1, 1160); give an array of 1160 numbers": np.ones((1, 1160)),
    "has shape (); give an array of 1160 numbers": 3.0,
    "has shape (0,); give an array of 1160 numbers": [],
    "holds object, not numbers; give an array of 1160 numbers": [[1.0], [2.0, 3.0]],
    "holds bool, not numbers; give an array of 1160 numbers": np.ones(1160, bool),
    "holds <U5, not numbers; give an array of 1160 numbers": "track",
    "value 3 is nan, not a finite number; give raw features of a track": changed(3, np.nan),
    "value 1159 is -inf, not a finite number; give": changed(1159, -np.inf),
    "value 0 is 1e+39, beyond float32; give raw features": changed(0, 1e39),
    "all zeros: both halves of the features are missing; give": np.zeros(1160),
}


@pytest.mark.parametrize(("reason", "array"), REJECTED.items())
def test_an_array_that_is_not_a_track_is_named(reason, array):
    with pytest.raises(UserError, match=f"^{re.escape(f'audio[2]: {reason}')}"):
        check_track(array, "audio[2]")


def test_an_array_and_its_file_are_checked_alike(tmp_path, vector):
    np.save(tmp_path / "a.npy", vector(3, np.float64))

    checked = check_track(vector(3, np.float64), "track")

    np.testing.assert_array_equal(checked, load_track(tmp_path / "a.npy"))


def test_real_documents(real_data):
    loaded = np.stack([load_track(path) for path in (real_data / "acousticbrainz").iterdir()])

    assert loaded.shape == (2, 1160)
    assert (loaded[:, :580] != 0).sum(axis=1).min() > 500
    assert not loaded[:, 580:].any()
