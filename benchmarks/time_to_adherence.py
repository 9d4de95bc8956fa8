"""Seconds of training until covers depend on the audio, by recipe, on the built-in corpus.

Measures when the balanced genre accuracy of covers generated from val audio reaches a share of that
of real val covers: for the default recipe, for an unconditional critic, and for the thesis's
recipe, one after another. Evaluations are not timed. Prints one JSON object, which
docs/experiments/benchmarks.md explains.

    python benchmarks/time_to_adherence.py
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command
from coverzoo.errors import UserError

# Options of zoo-train, and steps between evaluations: about equally far apart in time.
RECIPES: dict[str, tuple[tuple[str, ...], int]] = {
    "default": ((), 200),
    "plain": (("--critic", "plain"), 200),
    "thesis": (("--preset", "thesis", "--image-size", "64"), 20),
}
TRAIN = (sys.executable, "-c", "from coverzoo.training.cli import main; main()")
POLL_SECONDS = 1.0


@click.command(cls=Command)
@click.option(
    "--recipe",
    "recipes",
    multiple=True,
    type=click.Choice(list(RECIPES)),
    help="Recipe; repeatable.  [default: all]",
)
@click.option(
    "--share", default=0.8, show_default=True, help="Share of the accuracy on real covers."
)
@click.option("--minutes", default=15.0, show_default=True, help="Largest training time per run.")
@click.option(
    "--eval-every",
    type=click.IntRange(min=1),
    help="Steps between evaluations.  [default: the recipe's]",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    default=(0,),
    show_default=True,
    type=int,
    help="Seed of the runs; repeatable.",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Setting, as of zoo-train; repeatable.",
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Data folder.  [default: the built-in corpus]"
)
def main(
    recipes: Sequence[str],
    share: float,
    minutes: float,
    eval_every: int | None,
    seeds: Sequence[int],
    assignments: Sequence[str],
    data: Path | None,
) -> None:
    """Measure how long training takes until covers depend on the audio."""
    extra = [word for assignment in assignments for word in ("--set", assignment)]
    extra += [] if data is None else ["--data", str(data), "--preset", "small"]
    report: dict[str, Any] = {"share_of_real": share, "minutes_at_most": minutes, "runs": {}}
    for name in recipes or RECIPES:
        options, every = RECIPES[name]
        report["runs"][name] = []
        for seed in seeds:
            arguments = [*extra, *options, "--seed", str(seed)]
            with tempfile.TemporaryDirectory() as folder:
                run = Path(folder) / "run"
                command = [*TRAIN, "--model", "wgan-gp", "--audio", "--no-evaluate", *arguments]
                command += ["--eval-every", str(eval_every or every), "--out", str(run)]
                evaluations, ended = follow(command, run / "metrics.jsonl", share, 60.0 * minutes)
            report["runs"][name].append({"seed": seed, **summary(evaluations, share, ended)})
    print(json.dumps(report, indent=2))


def follow(
    command: Sequence[str], metrics: Path, share: float, seconds: float
) -> tuple[list[dict[str, Any]], str]:
    """Train until the share is reached or the training time is over.

    Args:
        command: Command that trains.
        metrics: Path of the run's metrics.jsonl.
        share: Share of the accuracy on real covers.
        seconds: Largest training time.

    Returns:
        The records with evaluations, and why training ended: `reached`, `capped`, or `finished`
        where the recipe has no more steps.

    Raises:
        UserError: If the training fails.
    """
    training = subprocess.Popen(command, stdout=sys.stderr)
    try:
        while True:
            ended = training.poll() is not None
            records = complete_records(metrics)
            evaluations = [record for record in records if "genre" in record.get("evaluation", {})]
            if crossing(evaluations, share) is not None:
                return evaluations, "reached"
            if records and records[-1]["seconds"] >= seconds:
                return evaluations, "capped"
            if ended:
                break
            time.sleep(POLL_SECONDS)
    finally:
        training.terminate()  # no effect if it has ended
        training.wait()
    if training.returncode:
        raise UserError(f"zoo-train ended with status {training.returncode}; see above")
    return evaluations, "finished"


def complete_records(metrics: Path) -> list[dict[str, Any]]:
    """Return the records of metrics.jsonl without a line that is being written."""
    if not metrics.is_file():
        return []
    lines = metrics.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def crossing(evaluations: Sequence[dict[str, Any]], share: float) -> dict[str, Any] | None:
    """Return the first evaluation in which the accuracy reaches the share, or None."""
    for record in evaluations:
        if record["evaluation"]["genre"] >= share * record["evaluation"]["genre_real"]:
            return record
    return None


def summary(evaluations: Sequence[dict[str, Any]], share: float, ended: str) -> dict[str, Any]:
    """Return the result of a run: when it reached the share, its best evaluation and curve."""
    reached = crossing(evaluations, share)
    best = max(evaluations, key=lambda record: record["evaluation"]["genre"], default=None)
    return {
        "ended": ended,
        "seconds": None if reached is None else reached["seconds"],
        "step": None if reached is None else reached["step"],
        "best": best and {key: best[key] for key in ("step", "seconds", "evaluation")},
        "curve": [
            [record["step"], record["seconds"], record["evaluation"]["genre"]]
            for record in evaluations
        ],
    }


if __name__ == "__main__":
    main()
