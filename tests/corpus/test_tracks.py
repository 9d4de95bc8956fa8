"""Tracks from files."""

import json
import re

import numpy as np
import pytest

from coverzoo.corpus import tracks
from coverzoo.corpus.tracks import load_track
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


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".aiff", ".opus", ".aac", ".wma", ".mp4", ".MP3"])
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
        f"AcousticBrainz, or music ({' '.join(tracks.SUFFIXES)})"
    )
    with pytest.raises(UserError, match=f"^{re.escape(line)}$"):
        load_track(tmp_path / name)


def test_real_documents(real_data):
    loaded = np.stack([load_track(path) for path in (real_data / "acousticbrainz").iterdir()])

    assert loaded.shape == (2, 1160)
    assert (loaded[:, :580] != 0).sum(axis=1).min() > 500
    assert not loaded[:, 580:].any()
