"""The command `zoo-export`."""

from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command
from coverzoo.errors import UsageError, UserError

FORMATS = ("saved-model", "tflite", "web")
DEFAULT = FORMATS[:2]  # `web` fetches LiteRT.js from npm, which not everyone has


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the artefacts; a new version of the SavedModel is added.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Only this; can be repeated.  [default: saved-model and tflite]",
)
@click.option(
    "--version",
    type=click.IntRange(min=1),
    help="Of the SavedModel.  [default: one more than the highest there is]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of covers and tracks to compare by.  [default: what RUN was trained on]",
)
def main(
    run: Path, out: Path, formats: tuple[str, ...], version: int | None, data: Path | None
) -> None:
    """Export the model of RUN: a SavedModel for TF Serving, TFLite files for devices.

    RUN may be `demo`, the run that comes with the package.

    With --format web, a page that paints in the browser, for any static server.

    Every artefact is compared with the Keras model before it is published; DIR/manifest.json
    holds how near each is.
    """
    from coverzoo import backend
    from coverzoo.training.run import Run

    names = [name.replace("-", "_") for name in formats or DEFAULT]
    if version is not None and "saved_model" not in names:
        raise UsageError("--version: it is the SavedModel's. Add --format saved-model")
    try:
        backend.start()
    except RuntimeError as error:
        raise UserError(str(error)) from error
    from coverzoo.export.exporter import Source, export

    told = export(Source.of(Run.named(run), data), out, names, click.echo, version)
    for name in names:
        _report(name, told[name])
    click.echo(f"{out / 'manifest.json'}: signatures, checksums and parity")


def _report(name: str, section: dict[str, Any]) -> None:
    """A line a kind: its size and how far it is from the model at most."""
    for kind, each in section["parity"].items():
        own = [file for file in section["files"] if name != "tflite" or f"-{kind}." in file["path"]]
        size = sum(file["bytes"] for file in own) / 2**20
        largest = max(record["largest"] for record in each)
        mean = max(record["mean"] for record in each)
        heard = [record["spread"] for record in each if "spread" in record]
        music = f", the music changes {min(heard):.3f} of what it should" if heard else ""
        click.echo(
            f"{name} {kind}: {size:.1f} MiB, differs by {largest:.1e} at most, "
            f"{mean:.1e} on average{music}"
        )
