"""What a resume must not lose: damaged checkpoints, starting over, files that end early."""

import errno
import json
import shutil

import pytest

from coverzoo.training.callbacks.metrics import append, records_of, truncate
from coverzoo.training.run import Run

eagerly = pytest.mark.usefixtures("eager")


@eagerly
def test_damaged_checkpoints_are_reported_and_skipped(train, copy, metrics):
    shutil.copytree(copy / "checkpoints" / "step-00000003", copy / "checkpoints" / "step-00000009")
    for name in ("step-00000003", "step-00000009"):
        (copy / "checkpoints" / name / "state.index").write_bytes(b"")

    (copy / "model.keras").unlink()

    result = train("--resume", "--out", copy, "--steps", 2, "--no-evaluate")

    lines = result.output.splitlines()
    for name in ("step-00000003", "step-00000009"):
        assert any(name in line and "it is skipped" in line for line in lines)
    assert "No intact checkpoint: starting at step 0." in lines
    assert [record["step"] for record in metrics(copy)] == [2]
    assert [path.name for path in (copy / "checkpoints").iterdir()] == ["step-00000002"]


def spoil_checkpoints(run):
    """Damage every checkpoint of a run."""
    for folder in (run / "checkpoints").iterdir():
        (folder / "state.index").write_bytes(b"")


@eagerly
@pytest.mark.parametrize(
    "lose", [spoil_checkpoints, lambda run: shutil.rmtree(run / "checkpoints")]
)
def test_a_resume_without_a_checkpoint_does_not_replace_a_model(train, copy, metrics, lose):
    lose(copy)
    model, records = (copy / "model.keras").read_bytes(), metrics(copy)

    result = train("--resume", "--out", copy, "--steps", 5)

    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert line.startswith(f"Error: --resume: {copy} has no intact checkpoint")
    assert "would replace model.keras and metrics.jsonl" in line
    assert "--restart" in line
    assert ((copy / "model.keras").read_bytes(), metrics(copy)) == (model, records)

    result = train("--resume", "--restart", "--out", copy, "--steps", 2, "--no-evaluate")

    assert result.exit_code == 0, result.output
    assert [record["step"] for record in metrics(copy)] == [2]
    assert not (copy / "checkpoints" / "step-00000003").exists()


def test_a_restart_that_cannot_start_loses_nothing(train, copy, trained, tmp_path):
    config = json.loads((copy / "config.json").read_text())
    config["init_from"] = str(tmp_path / "gone")
    (copy / "config.json").write_text(json.dumps(config))
    spoil_checkpoints(copy)
    before = contents(copy)

    result = train("--resume", "--restart", "--out", copy, "--no-evaluate")

    assert result.exit_code == 1
    assert f"Error: {tmp_path / 'gone'}: no run there" in result.stderr
    assert contents(copy) == before


def contents(run):
    """What every file of a run holds."""
    return {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_restart_needs_resume(train, tmp_path):
    result = train("--restart", "--out", tmp_path / "run")

    assert (result.exit_code, result.stderr) == (
        2,
        "Error: --restart: it needs --resume --out RUN\n",
    )


@eagerly
def test_restart_does_not_discard_an_intact_checkpoint(train, copy):
    result = train("--resume", "--restart", "--out", copy, "--steps", 4, "--no-evaluate")

    assert "Resuming at step 3" in result.output


@pytest.mark.parametrize("newest_is_damaged", [False, True])
def test_a_total_below_the_steps_done_leaves_the_run_unchanged(train, copy, newest_is_damaged):
    if newest_is_damaged:
        shutil.copytree(copy / "checkpoints/step-00000003", copy / "checkpoints/step-00000004")
        (copy / "checkpoints/step-00000004/state.index").write_bytes(b"")
    before = contents(copy)

    result = train("--resume", "--out", copy, "--steps", 2, "--no-evaluate")

    assert result.exit_code == 0
    assert "Nothing to do: the run has 3 steps already, more than 2." in result.output
    assert contents(copy) == before


def test_a_record_after_a_half_written_line_is_kept(tmp_path):
    run = Run(tmp_path)
    append(run, {"step": 1})
    with run.metrics_file.open("a") as file:
        file.write('{"step": 2, "genre')

    append(run, {"step": 3})
    append(run, {"step": 4})

    assert [record["step"] for record in records_of(run)] == [1, 3, 4]
    truncate(run, 3)
    assert run.metrics_file.read_text() == '{"step": 1}\n{"step": 3}\n'


@eagerly
def test_a_full_disk_is_reported_in_one_line(train, pairs, tmp_path, monkeypatch):
    def full(self, *arguments, **named):
        raise OSError(errno.ENOSPC, "No space left on device", "model.keras")

    monkeypatch.setattr("keras.Model.save", full)

    result = train("--data", pairs, "--steps", 1, "--no-evaluate", "--out", tmp_path / "run")

    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert "training stopped: model.keras: No space left on device. Fix that and continue" in line
