"""Results of every model, with and without audio, after the same number of training steps.

Runs `zoo-train` for each model of the registry, one after another. Prints one JSON object: the
steps and the last value of every result in each run's metrics.jsonl. The runs are kept, with their
sample grids, and a finished run is not trained again.

    python benchmarks/every_model.py --out RUNS [--data ROOT] [--steps 4000]
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from time_to_adherence import TRAIN, complete_records

from coverzoo.command import Command
from coverzoo.errors import UserError
from coverzoo.zoo.registry import MODELS, fields_of, meta

KINDS = tuple(
    f"{model}{'-audio' if audio else ''}"
    for model, entry in MODELS.items()
    for audio in (False, True)[: 1 + entry.audio]
)
# Figures of evaluations and validation losses; the other keys of metrics.jsonl are step metrics.
RESULTS = ("evaluation", "val_")


@click.command(cls=Command)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the runs.")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Data folder.  [default: the built-in corpus]"
)
@click.option("--steps", default=4000, show_default=True, help="Training steps per model.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="Model to train, with -audio if conditioned on audio; repeatable.  [default: all]",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Setting, as of zoo-train, for the models that have it; repeatable.",
)
def main(
    out: Path, data: Path | None, steps: int, kinds: Sequence[str], assignments: Sequence[str]
) -> None:
    """Train every model and report its results."""
    options = ["--preset", "small"]
    options += [] if data is None else ["--data", str(data)]
    selected = [(kind.removesuffix("-audio"), kind.endswith("-audio")) for kind in kinds or KINDS]
    for assignment in assignments:
        if not any(fits(assignment, model, audio) for model, audio in selected):
            raise UserError(f"--set {assignment}: none of the selected models has this setting")
    report = {}
    for model, audio in selected:
        kind = f"{model}-audio" if audio else model
        arguments = ["--model", model, *(["--audio"] if audio else []), *options]
        for assignment in assignments:
            if fits(assignment, model, audio):
                arguments += ["--set", assignment]
        report[kind] = last_results(trained(out / kind, arguments, steps))
    click.echo(json.dumps(report, indent=2))


def trained(run: Path, options: Sequence[str], steps: int) -> list[dict[str, Any]]:
    """Train a run unless it is finished, and return the records of its metrics.jsonl.

    An interrupted run is resumed.

    Args:
        run: Run directory.
        options: Options of `zoo-train`, other than --steps and --out.
        steps: Number of training steps.

    Raises:
        UserError: If the training fails.
    """
    if not finished(run, steps):
        resume = ["--resume"] if (run / "config.json").is_file() else []
        command = [*TRAIN, *options, "--steps", str(steps), *resume, "--out", str(run)]
        if subprocess.run(command, stdout=sys.stderr).returncode:
            raise UserError(f"{run}: the training failed; see its message above")
    return complete_records(run / "metrics.jsonl")


def finished(run: Path, steps: int) -> bool:
    """Whether a run has all its steps and, at the last one, its evaluation on test."""
    records = complete_records(run / "metrics.jsonl")
    if not records or records[-1]["step"] < steps:
        return False
    last = records[-1]["step"]
    return any(
        each["step"] == last and each.get("evaluation", {}).get("split") == "test"
        for each in records
    )


def fits(assignment: str, model: str, audio: bool) -> bool:
    """Whether a model has the setting of an assignment KEY=VALUE."""
    field = fields_of(model).get(assignment.partition("=")[0])
    return field is not None and (audio or not meta(field)["audio"])


def last_results(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the last value of each result in a run's records, with its steps and minutes."""
    found: dict[str, Any] = {}
    for record in records:
        found["steps"], found["minutes"] = record["step"], round(record["seconds"] / 60.0, 1)
        found |= {name: value for name, value in record.items() if name.startswith(RESULTS)}
    return found


if __name__ == "__main__":
    main()
