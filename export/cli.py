"""The command `zoo-export`."""

from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command
from coverzoo.export.formats import DEFAULT_FORMATS, FORMATS, check_version, parse_formats


@click.command("zoo-export", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the artefacts. Each SavedModel becomes a new version in it.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Format to export; can be repeated.  [default: saved-model and tflite]",
)
@click.option(
    "--version",
    type=click.IntRange(min=1),
    help="Version number of the SavedModel.  [default: one more than the highest]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of covers and tracks to compare on.  [default: what RUN was trained on]",
)
@click.option(
    "--allow-signature-change",
    is_flag=True,
    help="Export a SavedModel even if its image size or inputs differ from those of the highest "
    "version in DIR/saved_model, whose clients would fail.",
)
def main(
    run: Path,
    out: Path,
    formats: tuple[str, ...],
    version: int | None,
    data: Path | None,
    allow_signature_change: bool,
) -> None:
    """Export the model of RUN as a SavedModel for TF Serving and TFLite files for devices.

    RUN may be `demo`, the bundled model.

    --format web writes a page that generates covers in the browser, for any static server.

    Every artefact is compared with the Keras model before it is published; DIR/manifest.json
    holds the differences. float16 and int8 TFLite files need the extra `export`.
    """
    names = parse_formats(formats or DEFAULT_FORMATS)
    check_version(version, names)
    from coverzoo import backend

    backend.start()
    from coverzoo.export.exporter import export_run

    manifest = export_run(
        run,
        out,
        formats=names,
        version=version,
        data=data,
        allow_signature_change=allow_signature_change,
        log=click.echo,
    )
    for name in names:
        _report(name, manifest[name])
    click.echo(f"{out / 'manifest.json'}: signatures, checksums and parity")


def _report(name: str, section: dict[str, Any]) -> None:
    """Print a line per type of weights: its size and its differences from the model."""
    for weights, records in section["parity"].items():
        files = [
            file
            for file in section["files"]
            if name != "tflite" or file["path"].endswith(f"-{weights}.tflite")
        ]
        size = sum(file["bytes"] for file in files) / 2**20
        largest = max(record["max_difference"] for record in records)
        mean = max(record["mean_difference"] for record in records)
        ratios = [record["audio_std_ratio"] for record in records if "audio_std_ratio" in record]
        audio = f", effect of the audio {min(ratios):.3f} of the model's" if ratios else ""
        click.echo(
            f"{name} {weights}: {size:.1f} MiB, differs by {largest:.1e} at most, "
            f"{mean:.1e} on average{audio}"
        )
