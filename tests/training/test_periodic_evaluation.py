"""Evaluations during and after training: recorded once, not timed, without effect on weights."""

import json
import shutil
import time
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import coverzoo
import coverzoo.training.callbacks.stopping
from coverzoo.evaluation.networks.cover_encoder import CoverEncoder
from coverzoo.evaluation.training import TrainingEvaluation
from coverzoo.training.callbacks import StopCriterion

pytestmark = pytest.mark.usefixtures("eager")

OPTIONS = (
    *("--set", "augment=translation", "--set", "condition_dropout=0.3", "--steps", 6),
    *("--checkpoint-every", 2, "--seed", 3),
)


@pytest.fixture
def start(train, pairs):
    """Train into a folder."""

    def start(out, *arguments):
        result = train("--data", pairs, "--audio", *OPTIONS, "--out", out, *arguments)
        assert result.exit_code == 0, result.output
        return result

    return start


@pytest.fixture
def figures(metrics):
    """The figures of a run: (step, split) → by name."""
    return lambda run: {
        (record["step"], record["evaluation"]["split"]): record["evaluation"]
        for record in metrics(run)
        if "evaluation" in record
    }


@pytest.fixture
def measured(monkeypatch):
    """Give evaluations on val these genre accuracies, in turn, instead of measuring."""

    def measured(*values):
        rest = iter(values)
        monkeypatch.setattr(TrainingEvaluation, "prepare", lambda self: None)
        monkeypatch.setattr(TrainingEvaluation, "on_val", lambda self, model: {"genre": next(rest)})

    return measured


def test_a_run_is_evaluated_on_val_while_it_trains_and_on_test_at_the_end(
    start, figures, metrics, tmp_path
):
    run = tmp_path / "run"

    result = start(run, "--eval-every", 3, "--evaluate")

    found = figures(run)
    assert list(found) == [(3, "val"), (6, "val"), (6, "test")]
    assert {"genre", "genre_real", "genre_shuffled", "grid_energy"} <= found[6, "test"].keys()
    seconds = [record["seconds"] for record in metrics(run)]
    assert seconds == sorted(seconds)
    lines = [line for line in result.stdout.splitlines() if ", val: " in line]
    assert [line.split(",")[0] for line in lines] == ["Step 3", "Step 6"]
    assert f"genre {found[3, 'val']['genre']:.3g}, " in lines[0]
    assert f"Report: {run / 'evaluation' / 'test' / 'report.html'}" in result.stdout
    written = json.loads((run / "evaluation" / "test" / "metrics.json").read_text())
    assert written["protocol"]["name"] == "quick"
    assert written["adherence"]["genre"]["generated"] == pytest.approx(
        found[6, "test"]["genre"], rel=1e-5
    )
    events = (run / "logs" / "val").glob("events.out.tfevents.*")
    shown = [
        (event.step, value.tag, float(tf.make_ndarray(value.tensor)))
        for file in events
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    ]
    assert len(shown) == len(found[3, "val"]) + len(found[6, "val"]) - 2
    for step, tag, value in shown:
        assert value == pytest.approx(found[step, "val"][tag.removeprefix("eval/")], abs=1e-5)


def test_evaluations_do_not_count_as_training(start, metrics, measured, monkeypatch, tmp_path):
    measured(0.5, 0.6)
    original, waited = TrainingEvaluation.on_val, [0.0]

    def on_val(self, model):
        waited[0] += 1e6
        return original(self, model)

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + waited[0])
    monkeypatch.setattr(TrainingEvaluation, "on_val", on_val)
    monkeypatch.setattr(coverzoo.training.callbacks.stopping, "time", clock)

    start(tmp_path / "run", "--eval-every", 3)

    by_step = {}
    for record in metrics(tmp_path / "run"):
        by_step.setdefault(record["step"], []).append(record["seconds"])
    assert waited[0] == 2e6
    assert by_step[6][-1] - by_step[3][-1] < 1e6
    assert by_step[6][0] == by_step[6][1], "the result has the seconds of training"


def test_evaluations_do_not_change_the_training_resumed_or_not(
    start, train, figures, state, tmp_path
):
    without, evaluated, resumed = (tmp_path / name for name in ("without", "with", "resumed"))
    start(without)
    start(evaluated, "--eval-every", 3)
    shutil.copytree(evaluated, resumed)
    shutil.rmtree(resumed / "checkpoints" / "step-00000006")

    result = train("--resume", "--out", resumed)

    assert result.exit_code == 0, result.output
    assert "Resuming at step 4" in result.output
    assert "Evaluating on" not in result.output, "--no-evaluate of the first session holds"
    assert list(figures(evaluated)) == [(3, "val"), (6, "val")]
    assert figures(resumed) == figures(evaluated)
    expected = state(without)
    for run in (evaluated, resumed):
        got = state(run)
        assert got.keys() == expected.keys()
        for name in expected:
            np.testing.assert_array_equal(got[name], expected[name], err_msg=name)


def test_nothing_of_a_step_with_a_weight_that_is_not_finite_is_kept(
    train, pairs, figures, metrics, measured, monkeypatch, tmp_path
):
    run = tmp_path / "run"
    measured(0.5)
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
    assert list(figures(run)) == [(2, "val")]
    assert {record["step"] for record in metrics(run)} == {2}
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-00000002"]
    assert [path.name for path in (run / "samples").iterdir()] == ["step-000002.png"]
    assert [(run / "model.keras").read_bytes()] == models


def test_a_finished_run_is_evaluated_once(train, trained, figures, metrics, tmp_path, monkeypatch):
    run = shutil.copytree(trained, tmp_path / "run")
    evaluates = lambda: json.loads((run / "config.json").read_text())["evaluate"]  # noqa: E731
    assert evaluates() is False

    first = train("--resume", "--out", run, "--evaluate")
    before = metrics(run)
    monkeypatch.setattr(CoverEncoder, "features", None)  # what measures again fails
    second = train("--resume", "--out", run)

    assert (first.exit_code, second.exit_code) == (0, 0), second.output
    assert evaluates() is True
    start = first.stdout.index("Evaluating on the test split")
    assert first.stdout[start:] == second.stdout[second.stdout.index("Evaluating on the test") :]
    assert list(figures(run)) == [(3, "test")]
    assert metrics(run) == before


def test_the_best_model_on_val_is_a_run_of_its_own(start, train, measured, tmp_path):
    run = tmp_path / "run"
    measured(0.3, 0.6, 0.6)

    result = start(run, "--eval-every", 2, "--keep-best", "genre")

    lines = [line for line in result.stdout.splitlines() if ", val: " in line]
    assert lines == [
        "Step 2, val: genre 0.3 (best genre yet)",
        "Step 4, val: genre 0.6 (best genre yet)",
        "Step 6, val: genre 0.6",
    ]
    assert f"Best genre on val: {run / 'best'}" in result.stdout
    (record,) = map(json.loads, (run / "best" / "metrics.jsonl").read_text().splitlines())
    assert (record["step"], record["evaluation"]) == (4, {"split": "val", "genre": 0.6})
    track = np.random.default_rng(0).lognormal(size=(1, 1160))
    covers = [coverzoo.generate(each, track, count=1) for each in (run, run / "best")]
    assert np.abs(covers[0] - covers[1]).max() > 0.0

    measured(0.5, 0.7)
    more = train("--resume", "--out", run, "--steps", 10)

    assert more.exit_code == 0, more.output
    lines = [line for line in more.stdout.splitlines() if ", val: " in line]
    assert lines == ["Step 8, val: genre 0.5", "Step 10, val: genre 0.7 (best genre yet)"]


def test_a_figure_that_was_never_measured_keeps_no_model(start, measured, tmp_path):
    measured(float("nan"), float("nan"))

    result = start(tmp_path / "run", "--eval-every", 3, "--keep-best", "genre")

    assert "No evaluation on val had the figure genre: no best model was kept." in result.stdout
    assert not (tmp_path / "run" / "best").exists()


def test_what_cannot_be_evaluated_is_refused(train, pairs, trained, tmp_path):
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
    assert [one.exit_code for one in (clash, without)] == [1, 1]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--audio", "--keep-best", "genre"), "--keep-best genre: it needs --eval-every STEPS."),
        (
            ("--keep-best", "genre", "--eval-every", 2),
            "--keep-best genre: no such figure of this model. It has: kid, fid, precision, recall,",
        ),
        (
            ("--audio", "--keep-best", "beauty", "--eval-every", 2),
            "--keep-best beauty: no such figure of this model. It has: recall_at_1, genre, kid,",
        ),
        (
            ("--keep-best", "auc_32px", "--eval-every", 2),  # quick evaluations have 8 px alone
            "--keep-best auc_32px: no such figure of this model.",
        ),
    ],
)
def test_a_figure_that_a_model_does_not_have_is_refused(train, pairs, tmp_path, arguments, message):
    result = train("--data", pairs, *arguments, "--out", tmp_path / "run")

    assert result.exit_code == 2
    assert f"Error: {message}" in result.stderr
    assert not (tmp_path / "run").exists()
