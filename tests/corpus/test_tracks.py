"""Tracks from files."""

import json
import re

import numpy as np
import pytest

from coverzoo.corpus import tracks
from coverzoo.corpus.music import MissingLibrary
from coverzoo.corpus.tracks import find_tracks, load_track, load_tracks, track_names
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


@pytest.mark.parametrize(
    "suffix", [".wav", ".mp3", ".aiff", ".opus", ".aac", ".wma", ".mp4", ".MP3"]
)
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


@pytest.fixture
def folder(tmp_path, vector):
    """A folder with two good tracks at different depths, a bad one, and files that are none."""
    made = tmp_path / "songs"
    for name in ("b.npy", "a/deep/c.NPY"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        with (made / name).open("wb") as file:
            np.save(file, vector())
    (made / "a" / "package.json").write_text("{}")
    for name in ("notes.txt", "._b.npy", "cover.jpg"):
        (made / name).touch()
    (made / ".trash").mkdir()
    (made / ".trash" / "d.npy").touch()
    (made / "e.npy").mkdir()
    return made


def test_a_folder_is_all_tracks_in_it_sorted_where_it_was_given(folder, tmp_path):
    (tmp_path / "z.npy").touch()

    found = find_tracks([tmp_path / "z.npy", folder])

    assert [file.path.relative_to(tmp_path).as_posix() for file in found] == [
        "z.npy",
        "songs/a/deep/c.NPY",
        "songs/a/package.json",
        "songs/b.npy",
    ]
    assert [file.folder for file in found] == [None, folder, folder, folder]


def test_a_folder_without_tracks_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()

    with pytest.raises(UserError, match=rf"^{re.escape(str(tmp_path))}: no track in this folder"):
        find_tracks([tmp_path])


def test_a_file_of_a_folder_that_cannot_be_read_is_named_and_left_out(folder, vector, caplog):
    files, vectors = load_tracks(find_tracks([folder]))

    assert files == [folder / "a" / "deep" / "c.NPY", folder / "b.npy"]
    np.testing.assert_array_equal(vectors, np.stack(2 * [vector()]))
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{folder / 'a' / 'package.json'}: no section")
    assert record.getMessage().endswith(". This file is left out.")


def test_missing_files_and_other_suffixes_are_refused_before_any_is_read(folder, tmp_path):
    for name, reason in {
        "gone.npy": "No such file or directory",
        "songs/notes.txt": "a track is a .npy file of 1160 numbers",
    }.items():
        with pytest.raises(UserError, match=f"{name}: {reason}"):
            find_tracks([folder, tmp_path / name])


def test_a_file_that_was_given_must_be_readable(folder):
    with pytest.raises(UserError, match=r"package\.json: no section"):
        load_tracks(find_tracks([folder, folder / "a" / "package.json"]))


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path):
    (tmp_path / "package.json").write_text("{}")

    with pytest.raises(UserError, match="no track in this folder can be read"):
        load_tracks(find_tracks([tmp_path]))


def test_a_missing_library_is_an_error_for_folders_too(tmp_path, monkeypatch):
    def without_library(path):
        raise MissingLibrary(f"{path}: needs Essentia")

    (tmp_path / "a.mp3").touch()
    monkeypatch.setitem(tracks._READERS, ".mp3", without_library)

    with pytest.raises(MissingLibrary, match=r"a\.mp3: needs Essentia"):
        load_tracks(find_tracks([tmp_path]))


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["a.npy", "b.mp3"], ["a", "b"]),
        (["a.npy", "b.mp3", "more/a.npy"], ["a-1", "b-2", "a-3"]),
        (["song.mp3", "song.flac"], ["song-1", "song-2"]),
        (["Song.mp3", "song.mp3"], ["Song-1", "song-2"]),
        ([], []),
    ],
)
def test_names_of_tracks_are_different(tmp_path, files, names):
    assert track_names([tmp_path / file for file in files]) == names
