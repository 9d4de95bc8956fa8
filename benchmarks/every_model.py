"""Every model of the registry, plain and with audio, trained for the same steps, and its figures.

Runs `zoo-train` for each, one after the other, and prints one JSON object: of each run its steps
and the last of every figure that its metrics.jsonl holds. The runs stay, with their sample grids;
a run that is there already is read, not trained again.

    python benchmarks/every_model.py --out RUNS [--data ROOT] [--steps 4000]
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command
from coverzoo.errors import UserError
from coverzoo.training.callbacks.periodic_evaluation import records_of
from coverzoo.training.run import Run
from coverzoo.zoo.registry import MODELS, keys_of

TRAIN = (sys.executable, "-c", "from training.cli import main; main()")
KINDS = tuple(
    f"{model}{'-audio' if audio else ''}"
    for model, entry in MODELS.items()
    for audio in (False, True)[: 1 + entry.audio]
)
# Results of evaluations and validation losses; the other keys of metrics.jsonl are step metrics.
RESULTS = ("reconstruction", "checkerboard", "genre_accuracy", "diversity", "val_")


@click.command(cls=Command)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the runs.")
@click.option("--data", type=click.Path(path_type=Path), help="Instead of the built-in corpus.")
@click.option("--steps", default=4000, show_default=True, help="Of training, each.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only these.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Of zoo-train, for the models that have such a setting.",
)
def main(
    out: Path, data: Path | None, steps: int, kinds: Sequence[str], assignments: Sequence[str]
) -> None:
    """Print one JSON object."""
    words = ["--preset", "small"]
    words += [] if data is None else ["--data", str(data)]
    asked = [(kind.removesuffix("-audio"), kind.endswith("-audio")) for kind in kinds or KINDS]
    for word in assignments:
        if not any(fits(word, *each) for each in asked):
            raise UserError(f"--set {word}: none of the models asked for has such a setting")
    report = {}
    for kind in kinds or KINDS:
        audio = ["--audio"] if kind.endswith("-audio") else []
        model = kind.removesuffix("-audio")
        fitting = [word for word in assignments if fits(word, model, bool(audio))]
        settings = [part for word in fitting for part in ("--set", word)]
        report[kind] = figures(
            trained(out / kind, ["--model", model, *audio, *words, *settings], steps)
        )
    click.echo(json.dumps(report, indent=2))


def trained(run: Path, words: Sequence[str], steps: int) -> list[str]:
    """The lines of a run's metrics.jsonl, trained by `zoo-train WORDS` where it is not there yet.

    One that was cut off goes on from its checkpoint.

    Raises:
        UserError: if the training failed.
    """
    if not finished(run, steps):
        resume = ["--resume"] if (run / "config.json").is_file() else []
        command = [*TRAIN, *words, "--steps", str(steps), *resume, "--out", str(run)]
        if subprocess.run(command, stdout=sys.stderr).returncode:
            raise UserError(f"{run}: the training failed; its message stands above")
    return (run / "metrics.jsonl").read_text().splitlines()


def finished(run: Path, steps: int) -> bool:
    """Whether a run has come to its end and, where its model has figures, been measured then."""
    if not (run / "metrics.jsonl").is_file():
        return False
    records = records_of(Run(run))
    if not records or records[-1]["step"] < steps:
        return False
    config = Run(run).config()
    measured = config["audio"] or MODELS[config["model"]].reconstructs
    return not measured or any(name.startswith(RESULTS) for name in records[-1])


def fits(assignment: str, model: str, audio: bool) -> bool:
    """Whether a model has the setting of KEY=VALUE."""
    key = keys_of(model).get(assignment.partition("=")[0])
    return key is not None and (audio or not key.metadata["audio"])


def figures(lines: Sequence[str]) -> dict[str, Any]:
    """The last value of each figure in the lines of a metrics.jsonl, with steps and minutes."""
    found: dict[str, Any] = {}
    for line in lines:
        record = json.loads(line)
        found["steps"], found["minutes"] = record["step"], round(record["seconds"] / 60.0, 1)
        found |= {name: value for name, value in record.items() if name.startswith(RESULTS)}
    return found


if __name__ == "__main__":
    main()
