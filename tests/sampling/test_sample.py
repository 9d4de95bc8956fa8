"""`zoo-sample`: covers from a run, as a grid or one by one."""

import json

import numpy as np
import pytest

from coverzoo.sampling import sampler
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.training.run import Run


@pytest.fixture(scope="module")
def run_without_audio(train, pairs, tmp_path_factory):
    """A run trained without audio."""
    out = tmp_path_factory.mktemp("plain") / "run"
    assert train("--data", pairs, "--steps", 0, "--out", out).exit_code == 0
    return out


@pytest.fixture(scope="module")
def run_without_null(train, pairs, tmp_path_factory):
    """A run conditioned on audio, without a null condition."""
    out = tmp_path_factory.mktemp("without-null") / "run"
    options = ("--set", "condition_dropout=0", "--no-evaluate")
    assert train("--data", pairs, "--audio", *options, "--steps", 0, "--out", out).exit_code == 0
    return out


def assert_alike(first, second):
    """Equal but for rounding, which can differ between batch sizes."""
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 1


def test_a_row_is_a_track_and_a_column_is_a_noise(sample, run, tracks):
    grid = sample(run, "--audio", *tracks, "--count", 2, "--seed", 3)

    assert grid.shape == (3, 2, 32, 32, 3)
    assert len({cell.tobytes() for row in grid for cell in row}) == 6
    repeated = [part for track in tracks for part in ("--audio", track)]
    np.testing.assert_array_equal(sample(run, *repeated, "--count", 2, "--seed", 3), grid)
    alone = sample("--audio", tracks[1], "--count", 1, "--seed", 3, run)
    assert_alike(alone[0, 0], grid[1, 0])
    assert (sample(run, "--audio", *tracks, "--count", 2, "--seed", 4) != grid).any()


def test_a_track_can_be_a_document(sample, run, tracks, document, tmp_path):
    vector = np.concatenate([np.arange(1.0, 581.0), np.zeros(580)])
    np.save(tmp_path / "same.npy", vector)
    (tmp_path / "track.json").write_text(json.dumps(document))

    grid = sample(run, "--audio", "track.json", "same.npy", tracks[0], "--count", 2)

    np.testing.assert_array_equal(grid[0], grid[1])
    assert (grid[0] != grid[2]).any()


def test_a_track_can_be_music(sample, run, tracks, essentia, tmp_path):
    sound = np.random.default_rng(0).normal(scale=0.1, size=4 * 44_100).astype(np.float32)
    essentia.MonoWriter(filename=str(tmp_path / "song.wav"), format="wav")(sound)

    grid = sample(run, "--audio", "song.wav", tracks[0], "--count", 1)

    assert grid.shape[:2] == (2, 1)
    assert_alike(sample(run, "--audio", "song.wav", "--count", 1)[0], grid[0])


def test_a_folder_is_a_row_for_each_of_its_tracks(sample, call, run, tracks, tmp_path):
    folder = tracks[0].parent / "songs"
    folder.mkdir()
    for number, track in enumerate(tracks[:2]):
        track.rename(folder / f"{number}.npy")
    files = (folder / "0.npy", folder / "1.npy")

    grid = sample(run, "--audio", tracks[2], folder, "--count", 2)
    (folder / "2.npy").write_text("not a vector")
    result = call(
        zoo_sample, run, "--audio", tracks[2], folder, "--count", 2, "--out", tmp_path / "b.png"
    )

    np.testing.assert_array_equal(sample(run, "--audio", tracks[2], *files, "--count", 2), grid)
    assert result.stderr.splitlines()[0] == (
        f"{folder}/2.npy: not a .npy file; an audio vector is a .npy file of 1160 float32 or "
        "float64. This file is left out."
    )
    assert result.stdout == f"{tmp_path}/b.png: 6 covers\n"


def test_a_folder_without_tracks_is_refused(refused, run, tmp_path):
    (tmp_path / "empty").mkdir()

    assert "empty: no track in this folder. Give one with .npy, .json or music" in refused(
        run, "--audio", "empty", "--out", "a.png"
    )


def test_strength_scales_the_audio_and_truncation_bounds_the_noise(sample, run, tracks):
    without_audio = sample(run, "--count", 1)
    with_audio = sample(run, "--audio", tracks[0], "--count", 1)

    assert (with_audio != without_audio).any()
    np.testing.assert_array_equal(
        sample(run, "--audio", tracks[0], "--count", 1, "--strength", 0), without_audio
    )
    assert (sample(run, "--audio", tracks[0], "--count", 1, "--strength", 2.5) != with_audio).any()
    assert (sample(run, "--count", 1, "--truncation", 0.1) != without_audio).any()
    np.testing.assert_array_equal(sample(run, "--count", 1, "--truncation", 9), without_audio)


def test_runs_without_audio_or_without_a_null_condition_generate(
    sample, run_without_audio, run_without_null, tracks
):
    assert sample(run_without_audio, "--count", 9).shape == (3, 3, 32, 32, 3)
    assert sample(run_without_null, "--audio", tracks[0]).shape == (2, 4, 32, 32, 3)


def test_a_missing_run_is_reported_before_music_is_read(refused, tracks, tmp_path):
    options = ("--audio", "nothing.ogg", "--out", "a.png")

    assert f"{tracks[0]}: a file, not a run" in refused(tracks[0], *options)
    assert "nowhere: no run there" in refused("nowhere", *options)


def test_covers_that_are_not_finite_are_refused(refused, run, tracks, monkeypatch):
    monkeypatch.setattr(sampler, "BATCH_SIZE", 2)
    model = Run(run).model()
    monkeypatch.setattr(Run, "model", lambda self: model)
    monkeypatch.setattr(model, "generate", lambda z, *_: np.full((len(z), 32, 32, 3), np.nan))

    assert "covers are not finite numbers" in refused(run, "--audio", tracks[0], "--out", "a.png")


def test_options_out_of_range_are_refused(refused, run, tracks):
    one = "give one of --out GRID.png and --out-dir DIR"
    assert one in refused(run)
    assert one in refused(run, "--out", "a.png", "--out-dir", "b")
    for value in (0, -1, "nan"):
        assert "expected a number above 0" in refused(run, "--out", "a.png", "--truncation", value)
    finite = refused(run, "--audio", tracks[0], "--strength", "nan", "--out", "a.png")
    assert "--strength nan: expected a number from -100 to 100" in finite
    assert "give --audio too" in refused(run, "--strength", 2, "--out", "a.png")
    for count in (0, 4097, 10_000_000_000):
        assert "--count" in refused(run, "--count", count, "--out", "a.png")
    for seed in (1 << 64, -(1 << 63) - 1):
        assert "--seed" in refused(run, "--seed", seed, "--out", "a.png")
    for strength in (101, -1e12, "inf"):
        assert "--strength" in refused(
            run, "--audio", tracks[0], "--strength", strength, "--out", "a.png"
        )


def test_what_a_model_cannot_do_is_refused(refused, run_without_audio, run_without_null, tracks):
    options = ("--audio", tracks[0], "--out", "a.png")

    assert "trained without audio. Leave --audio out" in refused(run_without_audio, *options)
    assert "cannot generate without audio. Give" in refused(run_without_null, "--out", "a.png")
    assert "--strength: this run has no null" in refused(
        run_without_null, *options, "--strength", 2
    )


def test_folders_that_are_no_run_are_refused(refused, run, tmp_path):
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "config.json").write_text("{}")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    (tmp_path / "broken" / "model.keras").write_bytes((run / "model.keras").read_bytes()[:999])

    assert "nothing: no run there" in refused("nothing", "--out", "a.png")
    assert "early/model.keras: not there yet" in refused("early", "--out", "a.png")
    assert "broken/model.keras: cannot be read" in refused("broken", "--out", "a.png")


def test_files_that_are_no_track_are_refused(refused, run, tracks, tmp_path):
    np.save(tmp_path / "short.npy", np.ones(1159))
    np.save(tmp_path / "nan.npy", np.full(1160, np.nan))
    np.save(tmp_path / "object.npy", np.array([{}] * 1160, dtype=object))
    (tmp_path / "text.npy").write_text("a vector")
    (tmp_path / "song.txt").write_text("la la la")

    for name, reason in {
        "short.npy": "has shape (1159,), expected (1160,)",
        "nan.npy": "not a finite number",
        "object.npy": "holds Python objects",
        "text.npy": "not a .npy file",
        "song.txt": "a track is a .npy file of 1160 numbers, a .json document of",
        "none.npy": "No such file",
    }.items():
        line = refused(run, "--audio", tracks[0], name, "--out", "a.png")
        assert f"{name}: " in line
        assert reason in line
