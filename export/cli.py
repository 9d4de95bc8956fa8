"""The command `zoo-sample`."""

import math
from pathlib import Path

import click

from corpus.command import ManyValued
from corpus.errors import UserError


@click.command(cls=ManyValued, many=("--audio",))
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--audio",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="Tracks to paint for, one row of the grid each: .npy files of 1160 numbers, .json "
    "documents of AcousticBrainz, or music (.wav .mp3 .ogg .flac .m4a; with the extra `audio`).",
)
@click.option(
    "--count",
    default=8,
    show_default=True,
    type=click.IntRange(min=1),
    help="Covers a track.",
)
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal covers.")
@click.option("--strength", default=1.0, show_default=True, help="0 ignores the audio; try 1.5.")
@click.option("--truncation", type=float, help="Noise beyond ±T is redrawn: safer, less varied.")
@click.option("--out", type=click.Path(path_type=Path), help="One picture: a grid.")
@click.option("--out-dir", type=click.Path(path_type=Path), help="Instead: a PNG a cover.")
def sample(
    run: Path,
    files: tuple[Path, ...],
    count: int,
    seed: int,
    strength: float,
    truncation: float | None,
    out: Path | None,
    out_dir: Path | None,
) -> None:
    """Paint covers with the model of RUN.

    With --audio a row of the grid is a track and a column is a noise, the same for every track.
    """
    if (out is None) == (out_dir is None):
        raise click.UsageError("give one of --out GRID.png and --out-dir DIR")
    if truncation is not None and not truncation > 0.0:
        raise click.UsageError(f"--truncation {truncation}: expected a number above 0")
    if not math.isfinite(strength):
        raise click.UsageError(f"--strength {strength}: expected a finite number")
    if strength != 1.0 and not files:
        raise click.UsageError("--strength: it says how much the audio counts; give --audio too")
    from export import sampling
    from training.run import Run
    from zoo import backend

    vectors = sampling.read_tracks(files)
    try:
        backend.start()
    except RuntimeError as error:
        raise UserError(str(error)) from error
    model = Run(run).model()
    covers = sampling.paint(
        model, vectors, count=count, seed=seed, strength=strength, truncation=truncation
    )
    if out is not None:
        # A row is a track; without tracks there are no rows to keep, and a square is handier.
        columns = count if files else math.ceil(math.sqrt(count))
        sampling.save_grid(covers, columns, out)
        click.echo(f"{out}: {len(covers)} covers")
    elif out_dir is not None:
        written = sampling.save_each(covers, sampling.names_of(files, count, seed), out_dir)
        click.echo(f"{out_dir}: {len(written)} covers, {written[0].name} the first")
