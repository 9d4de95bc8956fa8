"""Evaluations during and after training: recorded once, not timed, without effect on weights."""

import json
import shutil
import time
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import coverzoo.evaluation.genre_accuracy
import coverzoo.training.callbacks.stopping
from coverzoo.evaluation.genre_accuracy import GenreClassifier
from coverzoo.training.callbacks import StopCriterion

pytestmark = pytest.mark.usefixtures("eager")

OPTIONS = (
    *("--set", "augment=translation", "--set", "condition_dropout=0.3", "--steps", 6),
    *("--checkpoint-every", 2, "--seed", 3),
)


@pytest.fixture(autouse=True)
def classifiers(monkeypatch):
    """Train classifiers for few steps; the fixture is the list of those that were trained."""
    trained_ones = []
    original = GenreClassifier.train

    def train(self, *arguments, **options):
        trained_ones.append(self)
        return original(self, *arguments, **options)

    monkeypatch.setattr(coverzoo.evaluation.genre_accuracy, "TRAINING_STEPS", 4)
    monkeypatch.setattr(GenreClassifier, "train", train)
    return trained_ones


@pytest.fixture
def start(train, pairs):
    """Train into a folder."""

    def start(out, *arguments):
        result = train("--data", pairs, "--audio", *OPTIONS, "--out", out, *arguments)
        assert result.exit_code == 0, result.output
        return result

    return start


@pytest.fixture
def accuracies(metrics):
    """The genre accuracies of a run: (step, split) → result."""
    return lambda run: {
        (record["step"], record["genre_accuracy"]["split"]): record["genre_accuracy"]
        for record in metrics(run)
        if "genre_accuracy" in record
    }


def test_a_run_is_evaluated_on_val_while_it_trains_and_on_test_at_the_end(
    start, classifiers, accuracies, metrics, tmp_path
):
    result = start(tmp_path / "run", "--eval-every", 3)

    found = accuracies(tmp_path / "run")
    assert list(found) == [(3, "val"), (6, "val"), (6, "test")]
    assert [found[key]["covers"] for key in found] == [4, 4, 6]
    assert len(classifiers) == 1, "one classifier for all evaluations"
    seconds = [record["seconds"] for record in metrics(tmp_path / "run")]
    assert seconds == sorted(seconds)
    lines = [line for line in result.stdout.splitlines() if "4 val tracks: generated" in line]
    assert [line.split(":")[0] for line in lines] == ["Step 3", "Step 6"]
    events = (tmp_path / "run" / "logs" / "val").glob("events.out.tfevents.*")
    shown = [
        (event.step, value.tag, float(tf.make_ndarray(value.tensor)))
        for file in events
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    ]
    assert len(shown) == 2 * 6
    for step, tag, value in shown:
        key = tag.removeprefix("eval/genre_accuracy_")
        assert value == pytest.approx(found[step, "val"][key], abs=1e-5)


def test_evaluations_do_not_count_as_training(start, metrics, monkeypatch, tmp_path):
    original, waited = GenreClassifier.genre_accuracy, [0.0]

    def genre_accuracy(self, *arguments):
        waited[0] += 1e6
        return original(self, *arguments)

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + waited[0])
    monkeypatch.setattr(GenreClassifier, "genre_accuracy", genre_accuracy)
    monkeypatch.setattr(coverzoo.training.callbacks.stopping, "time", clock)

    start(tmp_path / "run", "--eval-every", 3, "--no-evaluate")

    by_step = {}
    for record in metrics(tmp_path / "run"):
        by_step.setdefault(record["step"], []).append(record["seconds"])
    assert waited[0] == 2e6
    assert by_step[6][-1] - by_step[3][-1] < 1e6
    assert by_step[6][0] == by_step[6][1], "the result has the seconds of training"


def test_evaluations_do_not_change_the_training_resumed_or_not(
    start, train, accuracies, state, tmp_path
):
    without, evaluated, resumed = (tmp_path / name for name in ("without", "with", "resumed"))
    start(without, "--no-evaluate")
    start(evaluated, "--eval-every", 3, "--no-evaluate")
    shutil.copytree(evaluated, resumed)
    shutil.rmtree(resumed / "checkpoints" / "step-00000006")

    result = train("--resume", "--out", resumed)

    assert result.exit_code == 0, result.output
    assert "Resuming at step 4" in result.output
    assert "test tracks" not in result.output, "--no-evaluate of the first session holds"
    assert list(accuracies(evaluated)) == [(3, "val"), (6, "val")]
    assert accuracies(resumed) == accuracies(evaluated)
    expected = state(without)
    for run in (evaluated, resumed):
        got = state(run)
        assert got.keys() == expected.keys()
        for name in expected:
            np.testing.assert_array_equal(got[name], expected[name], err_msg=name)


def test_nothing_of_a_step_with_a_weight_that_is_not_finite_is_kept(
    train, pairs, accuracies, metrics, monkeypatch, tmp_path
):
    run = tmp_path / "run"
    original, models = StopCriterion.on_train_batch_end, []

    def spoil(self, batch, logs=None):
        original(self, batch, logs)
        if self.state.step == 3:
            models.append((run / "model.keras").read_bytes())
        if self.state.step == 4:
            weight = self.model.generator.trainable_variables[0]
            weight.assign(np.full(weight.shape, np.inf))

    monkeypatch.setattr(StopCriterion, "on_train_batch_end", spoil)
    every = ("--eval-every", 2, "--checkpoint-every", 2)

    result = train("--data", pairs, "--audio", *OPTIONS, *every, "--out", run)

    assert result.exit_code == 1
    assert f"{run}: training stopped: a weight is not finite at step 4" in result.stderr
    assert list(accuracies(run)) == [(2, "val")]
    assert {record["step"] for record in metrics(run)} == {2}
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-00000002"]
    assert [path.name for path in (run / "samples").iterdir()] == ["step-000002.png"]
    assert [(run / "model.keras").read_bytes()] == models


def test_a_finished_run_is_evaluated_once(
    train, trained, accuracies, metrics, classifiers, tmp_path
):
    run = shutil.copytree(trained, tmp_path / "run")
    evaluates = lambda: json.loads((run / "config.json").read_text())["evaluate"]  # noqa: E731
    assert evaluates() is False

    first = train("--resume", "--out", run, "--evaluate")
    before = metrics(run)
    second = train("--resume", "--out", run)

    assert (first.exit_code, second.exit_code) == (0, 0), second.output
    assert evaluates() is True
    line = next(line for line in first.stdout.splitlines() if line.startswith("Genre accuracy"))
    assert line in second.stdout.splitlines()
    assert list(accuracies(run)) == [(3, "test")]
    assert metrics(run) == before
    assert len(classifiers) == 1


def test_what_cannot_be_evaluated_is_refused(call, train, pairs, trained, tmp_path):
    covers = train("--data", pairs, "--eval-every", 2, "--out", tmp_path / "run")
    assert "Error: --eval-every: the evaluation needs --audio" in covers.stderr

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


def test_diversity_is_reported_each_time_and_recorded_once(start, train, metrics, tmp_path):
    run = tmp_path / "run"
    first = start(run).stdout
    again = train("--resume", "--out", run).stdout

    (found,) = (record["diversity"] for record in metrics(run) if "diversity" in record)
    assert (found["covers"], found["split"]) == (6, "test")
    assert 0.0 < found["real"] < 1.0
    for output in (first, again):
        (line,) = (line for line in output.splitlines() if line.startswith("Difference of two"))
        assert f"other noise {found['noise']:.3f}, other audio {found['audio']:.3f}" in line


def test_a_result_that_was_not_finite_is_measured_again(start, train, metrics, tmp_path):
    run = tmp_path / "run"
    start(run)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        if "diversity" in line:
            line["diversity"]["noise"] = None
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    again = train("--resume", "--out", run)

    assert again.exit_code == 0
    assert "Difference of two covers" in again.stdout
