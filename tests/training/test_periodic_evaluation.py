"""Verdicts during training and after: recorded once, off the clock, and nothing to the weights."""

import json
import shutil
import time

import numpy as np
import pytest
import tensorflow as tf

import coverzoo.evaluation.genre_accuracy
from coverzoo.evaluation.genre_accuracy import GenreClassifier

LIVELY = (
    *("--set", "augment=translation", "--set", "condition_dropout=0.3", "--steps", 6),
    *("--checkpoint-every", 2, "--seed", 3),
)


@pytest.fixture(autouse=True)
def schooled(monkeypatch):
    """Have judges learn little; gives the judges that were trained."""
    judges = []
    learning = GenreClassifier.train

    def train(self, *arguments, **options):
        judges.append(self)
        return learning(self, *arguments, **options)

    monkeypatch.setattr(coverzoo.evaluation.genre_accuracy, "STEPS", 4)
    monkeypatch.setattr(GenreClassifier, "train", train)
    return judges


@pytest.fixture
def start(train, pairs):
    """Train into a folder."""

    def start(out, *arguments):
        result = train("--data", pairs, "--audio", *LIVELY, "--out", out, *arguments)
        assert result.exit_code == 0, result.output
        return result

    return start


@pytest.fixture
def verdicts(metrics):
    """The verdicts of a run: (step, split) → figures."""
    return lambda run: {
        (record["step"], record["genre_accuracy"]["split"]): record["genre_accuracy"]
        for record in metrics(run)
        if "genre_accuracy" in record
    }


def test_a_run_is_judged_on_val_as_it_goes_and_on_test_when_done(
    start, schooled, verdicts, metrics, tmp_path
):
    result = start(tmp_path / "run", "--eval-every", 3)

    found = verdicts(tmp_path / "run")
    assert list(found) == [(3, "val"), (6, "val"), (6, "test")]
    assert [found[key]["covers"] for key in found] == [4, 4, 6]
    assert len(schooled) == 1, "one judge for all verdicts"
    seconds = [record["seconds"] for record in metrics(tmp_path / "run")]
    assert seconds == sorted(seconds)
    lines = [line for line in result.stdout.splitlines() if "over 4 val tracks: real" in line]
    assert [line.split(":")[0] for line in lines] == ["Step 3", "Step 6"]
    events = next((tmp_path / "run" / "logs" / "judge").glob("events.out.tfevents.*"))
    shown = [
        (event.step, value.tag, float(tf.make_ndarray(value.tensor)))
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    ]
    assert len(shown) == 6
    for step, tag, value in shown:
        assert value == pytest.approx(found[step, "val"][tag.removeprefix("genre/")], abs=1e-5)


def test_judging_is_off_the_clock(start, metrics, monkeypatch, tmp_path):
    judging = GenreClassifier.verdict

    def verdict(self, *arguments):
        time.sleep(1.0)
        return judging(self, *arguments)

    monkeypatch.setattr(GenreClassifier, "verdict", verdict)

    start(tmp_path / "run", "--eval-every", 3, "--no-evaluate")

    by_step = {}
    for record in metrics(tmp_path / "run"):
        by_step.setdefault(record["step"], []).append(record["seconds"])
    assert by_step[6][-1] - by_step[3][-1] < 1.0
    assert by_step[6][0] == by_step[6][1], "the verdict tells the clock's seconds"


def test_judging_leaves_the_training_as_it_is_resumed_or_not(
    start, train, verdicts, state, tmp_path
):
    left, judged, resumed = tmp_path / "left", tmp_path / "judged", tmp_path / "resumed"
    start(left, "--no-evaluate")
    start(judged, "--eval-every", 3, "--no-evaluate")
    shutil.copytree(judged, resumed)
    shutil.rmtree(resumed / "checkpoints" / "step-00000006")

    result = train("--resume", "--out", resumed)

    assert result.exit_code == 0, result.output
    assert "Resuming at step 4" in result.output
    assert "PeriodicEvaluation" not in result.output, "judged as the first session said"
    assert list(verdicts(judged)) == [(3, "val"), (6, "val")]
    assert verdicts(resumed) == verdicts(judged)
    expected = state(left)
    for run in (judged, resumed):
        got = state(run)
        assert got.keys() == expected.keys()
        for name in expected:
            np.testing.assert_array_equal(got[name], expected[name], err_msg=name)


def test_a_finished_run_is_judged_once(train, trained, verdicts, metrics, schooled, tmp_path):
    run = shutil.copytree(trained, tmp_path / "run")
    judge = lambda: json.loads((run / "config.json").read_text())["evaluate"]  # noqa: E731
    assert judge() is False

    first = train("--resume", "--out", run, "--evaluate")
    before = metrics(run)
    second = train("--resume", "--out", run)

    assert (first.exit_code, second.exit_code) == (0, 0), second.output
    assert judge() is True
    line = next(line for line in first.stdout.splitlines() if line.startswith("Genre told"))
    assert line in second.stdout.splitlines()
    assert list(verdicts(run)) == [(3, "test")]
    assert metrics(run) == before
    assert len(schooled) == 1


def test_what_cannot_be_judged_is_refused(call, train, pairs, trained, tmp_path):
    covers = train("--data", pairs, "--eval-every", 2, "--out", tmp_path / "run")
    assert "Error: --eval-every: its judge needs --audio" in covers.stderr

    clash = train("--resume", "--out", trained, "--eval-every", 2)
    assert "eval_every is 0, not 2" in clash.stderr

    shutil.copytree(pairs, tmp_path / "data")
    for kind in ("cover", "audio"):
        shutil.rmtree(tmp_path / "data" / "audio-cover_dataset" / kind / "val")
    without = train(
        *("--data", tmp_path / "data", "--audio", "--eval-every", 2, "--out", tmp_path / "run")
    )
    line = without.stderr.splitlines()[-1]
    assert line.startswith("Error: --eval-every: ")
    assert "val" in line
    assert [one.exit_code for one in (covers, clash, without)] == [2, 1, 1]
    assert not (tmp_path / "run").exists()


def test_a_run_that_hears_tells_how_far_its_covers_differ_once(start, train, metrics, tmp_path):
    run = tmp_path / "run"
    said = start(run).stdout
    train("--resume", "--out", run)
    again = train("--resume", "--out", run).stdout

    (found,) = (record["diversity"] for record in metrics(run) if "diversity" in record)
    assert (found["covers"], found["split"]) == (6, "test")
    assert 0.0 < found["real"] < 1.0
    for told in (said, again):
        (line,) = (line for line in told.splitlines() if line.startswith("How far two covers"))
        assert f"by noise {found['noise']:.3f}, by music {found['audio']:.3f}" in line


def test_a_figure_that_was_no_number_is_measured_again(start, train, metrics, tmp_path):
    run = tmp_path / "run"
    start(run)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        if "diversity" in line:
            line["diversity"]["noise"] = None
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    again = train("--resume", "--out", run)

    assert again.exit_code == 0
    assert "How far two covers differ" in again.stdout
