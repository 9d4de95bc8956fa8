"""The command `zoo-eval`."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from coverzoo.command import Command

METRICS, REPORT = "metrics.json", "report.html"
SPLIT = click.option(
    "--split",
    type=click.Choice(("train", "val", "test")),
    default="test",
    show_default=True,
    help="Split that is measured.",
)


@click.group()
def main() -> None:
    """Measure models: does the cover follow the music, and is it any good?"""


@main.command("run", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of covers and audio features.  [default: that of the run]",
)
@SPLIT
@click.option("--quick", is_flag=True, help="Smaller reference networks and fewer covers.")
@click.option(
    "--groups",
    type=click.Path(path_type=Path),
    help="JSON object of NAME: group, where several vectors come from one recording.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the results.  [default: RUN/evaluation/SPLIT]",
)
def run_command(
    run: Path,
    data: Path | None,
    split: str,
    quick: bool,
    groups: Path | None,
    out: Path | None,
) -> None:
    """Measure the model of RUN; `demo` is the bundled model.

    Reference networks are trained on the data's train split the first time and kept in the user's
    cache.
    """
    from coverzoo import backend
    from coverzoo.errors import UserError
    from coverzoo.evaluation.conclusion import conclusion
    from coverzoo.evaluation.groups import check_groups, read_groups
    from coverzoo.files import replacing
    from coverzoo.training.data import built_in, open_data
    from coverzoo.training.run import Run
    from coverzoo.training.session import progress_bar
    from coverzoo.zoo import DEMO_NAME

    source = Run.named(run)
    config = source.config(("model", "audio", "settings", "data"))
    if out is None and str(run) == DEMO_NAME:
        raise UserError(f"{DEMO_NAME}: give a folder for the results: --out DIR")
    folder = out or source.path / "evaluation" / split
    folder.mkdir(parents=True, exist_ok=True)  # before minutes of work
    units = None if groups is None else read_groups(groups)
    root = data or config["data"]
    with progress_bar("Reading covers"):
        opened = open_data(Path(root) if root else built_in(), audio=config["audio"])
    if groups is not None and units is not None:
        check_groups(units, opened.split(split).samples, groups)
    backend.start()
    from coverzoo.evaluation.evaluate import evaluate
    from coverzoo.evaluation.protocol import FULL, QUICK
    from coverzoo.evaluation.report import render

    metrics, found = evaluate(
        source, opened, split, QUICK if quick else FULL, progress_bar, groups=units
    )
    texts = {
        METRICS: json.dumps(metrics, indent=2) + "\n",
        REPORT: render(metrics, found, source.metrics_file),
    }
    for name, text in texts.items():
        with replacing(folder / name) as file:
            file.write_text(text, encoding="utf-8")
    for sentence in conclusion(metrics):
        click.echo(sentence)
    click.echo(f"Metrics: {folder / METRICS}")
    click.echo(f"Report: {folder / REPORT}")


@main.command("compare", cls=Command)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@SPLIT
def compare_command(runs: Sequence[Path], split: str) -> None:
    """Compare RUNS that `zoo-eval run` measured; those that differ by seed are one row.

    A RUN is a run directory, or the folder that --out of `zoo-eval run` named.
    """
    from coverzoo.evaluation.compare import compare, table

    files = [
        run / METRICS if (run / METRICS).is_file() else run / "evaluation" / split / METRICS
        for run in runs
    ]
    click.echo(table(compare(files)))


if __name__ == "__main__":
    main()
