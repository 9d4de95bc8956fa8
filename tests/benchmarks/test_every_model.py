"""Which runs are trained, and the results that are read from them."""

import json
from importlib import import_module

import pytest


@pytest.fixture(scope="module")
def benchmark():
    return import_module("every_model")


@pytest.fixture
def write_run(tmp_path):
    """Write a run directory with records, and return it."""

    def write(*records):
        run = tmp_path / "run"
        run.mkdir()
        (run / "metrics.jsonl").write_text("".join(json.dumps(item) + "\n" for item in records))
        return run

    return write


def test_the_last_value_of_each_result_is_reported(benchmark):
    records = [
        {"step": 50, "seconds": 60.0, "generator_loss": 0.5},
        {"step": 50, "seconds": 60.0, "evaluation": {"split": "val", "genre": 0.2}},
        {"step": 100, "seconds": 126.0, "val_loss": 0.7, "learning_rate": 0.1},
        {"step": 100, "seconds": 126.0, "evaluation": {"split": "test", "genre": 0.4}},
    ]

    assert benchmark.last_results(records) == {
        "steps": 100,
        "minutes": 2.1,
        "evaluation": {"split": "test", "genre": 0.4},
        "val_loss": 0.7,
    }


@pytest.mark.parametrize(
    ("step", "evaluation", "finished"),
    [
        (100, {"evaluation": {"split": "test", "genre": 0.4}}, True),
        (100, {"evaluation": {"split": "val", "genre": 0.4}}, False),
        (100, {"val_loss": 0.7}, False),
        (90, {"evaluation": {"split": "test", "genre": 0.4}}, False),
    ],
)
def test_a_run_is_finished_when_it_has_all_steps_and_its_evaluation(
    benchmark, write_run, step, evaluation, finished
):
    run = write_run({"step": step, "seconds": 0.1}, {"step": step, **evaluation})

    assert benchmark.finished(run, 100) is finished
    assert not benchmark.finished(run.parent / "missing", 100)


def test_an_evaluation_of_an_earlier_step_does_not_count(benchmark, write_run):
    earlier = {"step": 50, "evaluation": {"split": "test", "genre": 0.4}}
    run = write_run(earlier, {"step": 100, "generator_loss": 0.5})

    assert not benchmark.finished(run, 100)


def test_a_setting_fits_the_models_that_have_it(benchmark):
    assert benchmark.fits("beta=2", "vae", False)
    assert not benchmark.fits("beta=2", "gan", False)
    assert benchmark.fits("audio_embedding_dim=8", "gan", True)
    assert not benchmark.fits("audio_embedding_dim=8", "gan", False)


def test_a_setting_that_no_selected_model_has_is_an_error(benchmark, call, tmp_path):
    result = call(benchmark.main, "--out", tmp_path, "--kind", "gan", "--set", "beta=2")

    assert result.exit_code == 1
    assert "--set beta=2: none of the selected models has this setting" in result.output
