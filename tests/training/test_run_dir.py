"""The directory of a new run: locked from the start, and never another training's."""

import fcntl
from types import SimpleNamespace

import pytest

from coverzoo.errors import UserError
from coverzoo.files import replacing
from coverzoo.training.run import Run
from coverzoo.training.run_dir import create_run_dir, locked

CONFIG = SimpleNamespace(model="wgan-gp", audio=True)


def test_a_directory_that_another_training_has_locked_is_refused_and_left_alone(tmp_path):
    out = tmp_path / "run"
    with create_run_dir(out, CONFIG) as run:
        with pytest.raises(UserError, match=f"{out}: another training writes to this run"):
            create_run_dir(out, CONFIG).__enter__()
        assert [path.name for path in out.iterdir()] == [".lock"], "the lock is still there"
        with pytest.raises(UserError, match="another training"), locked(run):
            pytest.fail("locked twice")
        run.config_file.touch()
        with pytest.raises(UserError, match=f"--out {out}: exists already"):
            create_run_dir(out, CONFIG).__enter__()

    assert [path.name for path in out.iterdir()] == ["config.json"]


def test_the_lock_is_not_taken_on_a_file_that_is_being_removed(tmp_path, monkeypatch):
    run = Run(tmp_path)
    first, flock = locked(run), fcntl.flock
    first.__enter__()

    def release_first(descriptor, operation):  # the file is open already, and not locked yet
        monkeypatch.setattr(fcntl, "flock", flock)
        first.__exit__(None, None, None)
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", release_first)

    # It would be held beside that of a third training, which creates the file anew.
    with pytest.raises(UserError, match="another training"):
        locked(run).__enter__()
    with locked(run):
        assert run.lock_file.exists()


def test_files_that_a_killed_training_was_writing_are_removed(tmp_path):
    run = Run(tmp_path)
    run.samples.mkdir()
    for path in (run.model_file, run.samples / "step-000001.png"):
        with replacing(path) as file:
            leftover = file.with_stem(f"{file.stem}0")
            file.touch()
        leftover.touch()

    with locked(run):
        kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}

    assert kept == {".lock", "model.keras", "step-000001.png"}


def test_two_trainings_without_out_have_directories_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with create_run_dir(None, CONFIG) as one, create_run_dir(None, CONFIG) as other:
        paths = [str(run.path) for run in (one, other)]

    assert paths == ["runs/wgan-gp-audio", "runs/wgan-gp-audio-2"]


def test_a_killed_training_that_wrote_only_its_lock_can_be_repeated(tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / ".lock").touch()

    with create_run_dir(out, CONFIG) as run:
        run.config_file.touch()

    assert [path.name for path in out.iterdir()] == ["config.json"]


def test_a_folder_of_other_files_gets_no_lock(tmp_path):
    (tmp_path / "letter.txt").touch()

    with pytest.raises(UserError, match="exists already"):
        create_run_dir(tmp_path, CONFIG).__enter__()

    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
