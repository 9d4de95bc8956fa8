"""When covers depend on the audio, from the records of a training."""

import json
import sys
from importlib import import_module

import pytest

from coverzoo.errors import UserError


@pytest.fixture(scope="module")
def benchmark():
    return import_module("time_to_adherence")


def evaluation(step, generated, real=0.9):
    return {
        "step": step,
        "seconds": step / 2,
        "evaluation": {"genre_real": real, "genre": generated},
    }


def test_the_first_evaluation_that_reaches_the_share(benchmark):
    evaluations = [
        evaluation(200, 0.3),
        evaluation(400, 0.72),
        evaluation(600, 0.7),
        evaluation(800, 0.8),
    ]

    assert benchmark.crossing(evaluations, 0.75)["step"] == 400
    assert benchmark.crossing(evaluations, 0.85)["step"] == 800
    assert benchmark.crossing(evaluations, 0.9) is None
    assert benchmark.crossing([], 0.8) is None


def test_the_summary_of_a_run(benchmark):
    evaluations = [evaluation(200, 0.3), evaluation(400, 0.5), evaluation(600, 0.4)]

    short = benchmark.summary(evaluations, 0.8, "capped")
    reached = benchmark.summary(evaluations, 0.5, "reached")

    assert (short["ended"], short["seconds"], short["step"]) == ("capped", None, None)
    assert short["best"] == evaluations[1]
    assert short["curve"] == [[200, 100.0, 0.3], [400, 200.0, 0.5], [600, 300.0, 0.4]]
    assert (reached["seconds"], reached["step"]) == (200.0, 400)
    assert benchmark.summary([], 0.8, "finished")["best"] is None


# A training that writes a line every tenth of a second, in two parts.
TRAINING = """
import json, sys, time
genre = {"genre_real": 0.9, "genre": 0.0}
with open(sys.argv[1], "w") as file:
    for step in range(1, int(sys.argv[2]) + 1):
        genre["genre"] = step / 10
        line = json.dumps({"step": step, "seconds": 10.0 * step, "evaluation": genre})
        file.write(line[:9]); file.flush(); time.sleep(0.1); file.write(line[9:] + "\\n")
        file.flush()
sys.exit(int(sys.argv[3]))
"""


@pytest.mark.parametrize(
    ("share", "seconds", "steps", "ended"),
    [(0.5, 1e9, 500, "reached"), (2.0, 60.0, 500, "capped"), (2.0, 1e9, 5, "finished")],
)
def test_training_is_followed_until_the_share_or_a_limit_is_reached(
    benchmark, monkeypatch, tmp_path, share, seconds, steps, ended
):
    monkeypatch.setattr(benchmark, "POLL_SECONDS", 0.05)
    metrics = tmp_path / "metrics.jsonl"
    command = [sys.executable, "-c", TRAINING, str(metrics), str(steps), "0"]

    evaluations, why = benchmark.follow(command, metrics, share, seconds)

    assert why == ended
    assert len(evaluations) == steps if ended == "finished" else len(evaluations) >= 5
    assert evaluations[-1]["step"] == len(evaluations)
    assert all(json.dumps(one) for one in evaluations)


def test_a_failed_training_is_reported(benchmark, monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "POLL_SECONDS", 0.05)
    command = [sys.executable, "-c", TRAINING, str(tmp_path / "metrics.jsonl"), "1", "3"]

    with pytest.raises(UserError, match="zoo-train ended with status 3"):
        benchmark.follow(command, tmp_path / "metrics.jsonl", 2.0, 1e9)
