"""What the fit of the audio model takes for a clip of a genre."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from coverzoo.errors import UserError


@pytest.fixture
def script():
    return import_module("fit_audio_model")


@pytest.mark.parametrize(
    ("name", "genre"),
    [
        ("jazz.00003.ogg", "jazz"),
        ("jazz/a song.mp3", "jazz"),
        ("full-track.vibe-ace.ogg", ""),
        ("song.mp3", ""),
    ],
)
def test_the_genre_is_the_folder_or_the_part_before_a_number(script, name, genre):
    assert script.genre_of(Path("clips") / name, Path("clips")) == genre


def test_measured_vectors_are_read_from_the_cache(script, tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "cache").mkdir()
    for name in ("jazz.00001", "rock.00002"):
        (tmp_path / "clips" / f"{name}.ogg").write_bytes(b"not read again")
        vectors = np.full((2, 580), len(name), np.float32)
        file = tmp_path / "cache" / f"{name}.npz"
        np.savez(file, vectors=vectors, seconds=np.array([15.0, 10.0]))

    found = script.measured(tmp_path / "clips", tmp_path / "cache", workers=1)

    assert found.genres.tolist() == ["jazz", "jazz", "rock", "rock"]
    assert found.seconds.tolist() == [15.0, 10.0, 15.0, 10.0]
    assert len(set(found.recordings)) == 2


def test_clips_are_selected_by_a_pattern_of_their_names(script):
    names = np.array(["jazz.00001", "jazz.00001", "jazz.00004", "rock.00007"])
    found = script.Measured(np.arange(8.0).reshape(4, 2), np.arange(4.0), names, names)

    left_out = found.select(found.matching("*[4-7]"))

    assert left_out.recordings.tolist() == ["jazz.00004", "rock.00007"]
    assert left_out.vectors.tolist() == [[4.0, 5.0], [6.0, 7.0]]
    assert found.matching("jazz*").tolist() == [True, True, True, False]


def test_a_folder_without_clips_is_refused(script, tmp_path):
    (tmp_path / "song.mp3").touch()

    with pytest.raises(UserError, match=r"no clips named GENRE\.NAME\.SUFFIX"):
        script.measured(tmp_path, tmp_path / "cache")
