"""Which runs are trained, and the results that are read from them."""

import json
from importlib import import_module

import pytest


@pytest.fixture(scope="module")
def benchmark():
    return import_module("every_model")


@pytest.fixture
def write_run(tmp_path):
    """Write a run directory of a model with records, and return it."""

    def write(model, audio, *records):
        run = tmp_path / "run"
        run.mkdir()
        (run / "config.json").write_text(json.dumps({"model": model, "audio": audio}))
        (run / "metrics.jsonl").write_text("".join(json.dumps(item) + "\n" for item in records))
        return run

    return write


def test_the_last_value_of_each_result_is_reported(benchmark):
    records = [
        {"step": 50, "seconds": 60.0, "generator_loss": 0.5},
        {"step": 50, "seconds": 60.0, "genre_accuracy": {"generated": 0.2}},
        {"step": 100, "seconds": 126.0, "val_loss": 0.7, "learning_rate": 0.1},
        {"step": 100, "seconds": 126.0, "genre_accuracy": {"generated": 0.4}},
        {"step": 100, "seconds": 126.0, "diversity": {"noise": 0.1}},
    ]

    assert benchmark.last_results(records) == {
        "steps": 100,
        "minutes": 2.1,
        "genre_accuracy": {"generated": 0.4},
        "val_loss": 0.7,
        "diversity": {"noise": 0.1},
    }


@pytest.mark.parametrize(
    ("model", "audio", "step", "results", "finished"),
    [
        ("gan", True, 100, ["genre_accuracy", "diversity"], True),
        ("gan", True, 100, ["diversity"], False),
        ("gan", True, 100, [], False),
        ("gan", False, 100, [], True),
        ("gan", False, 90, [], False),
        ("ae-resize", False, 100, ["val_loss"], False),
        ("ae-resize", False, 100, ["reconstruction"], False),
        ("ae-resize", False, 100, ["reconstruction", "checkerboard"], True),
        ("vae", True, 100, ["reconstruction", "checkerboard", "genre_accuracy"], False),
        ("vae", True, 100, ["reconstruction", "checkerboard", "genre_accuracy", "diversity"], True),
    ],
)
def test_a_run_is_finished_when_it_has_all_steps_and_its_results(
    benchmark, write_run, model, audio, step, results, finished
):
    records = [{"step": step, "seconds": 0.1}, *({"step": step, name: {}} for name in results)]
    run = write_run(model, audio, *records)

    assert benchmark.finished(run, 100) is finished
    assert not benchmark.finished(run.parent / "missing", 100)


def test_results_of_an_earlier_step_do_not_count(benchmark, write_run):
    earlier = [{"step": 50, name: {}} for name in ("genre_accuracy", "diversity")]
    run = write_run("gan", True, *earlier, {"step": 100, "generator_loss": 0.5})

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
