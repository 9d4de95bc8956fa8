"""The command `zoo-eval`."""

import json
from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command


@click.group()
def main() -> None:
    """Measure models: does the cover follow the music, and is it any good?"""


@main.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of covers and audio features.  [default: that of the run]",
)
@click.option(
    "--split",
    type=click.Choice(("train", "val", "test")),
    default="test",
    show_default=True,
    help="Split to measure on.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results.")
def run(run: Path, data: Path | None, split: str, out: Path | None) -> None:
    """Measure the model of RUN; `demo` is the bundled model."""
    from coverzoo import backend
    from coverzoo.training.data import built_in, open_data
    from coverzoo.training.run import Run
    from coverzoo.training.session import progress_bar

    source = Run.named(run)
    config = source.config(("model", "audio", "settings", "data"))
    backend.start()
    from coverzoo.evaluation.conclusion import conclusion
    from coverzoo.evaluation.evaluate import evaluate
    from coverzoo.evaluation.protocol import FULL
    from coverzoo.evaluation.report import render
    from coverzoo.files import replacing

    root = data or config["data"]
    opened = open_data(Path(root) if root else built_in(), audio=config["audio"])
    metrics, found = evaluate(source, opened, split, FULL, progress_bar)
    folder = out or source.path / "evaluation" / split
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "metrics.json") as file:
        file.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    with replacing(folder / "report.html") as file:
        file.write_text(render(metrics, found, source.metrics_file), encoding="utf-8")
    for sentence in conclusion(metrics):
        click.echo(sentence)
    click.echo(f"Report: {folder / 'report.html'}")


if __name__ == "__main__":
    main()
