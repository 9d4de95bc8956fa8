"""The command `zoo-client`."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from corpus.command import ManyValued
from corpus.errors import UserError

COLUMNS = 8  # of a picture of covers given back


@click.command(cls=ManyValued, many=("--audio", "--images"))
@click.option(
    "--server",
    default="http://localhost:8501",
    show_default=True,
    metavar="URL",
    help="http://HOST:8501 (REST) or grpc://HOST:8500.",
)
@click.option("--model", required=True, metavar="NAME", help="The server's name for the model.")
@click.option(
    "--model-version", type=click.IntRange(min=1), help="[default: the newest that is loaded]"
)
@click.option(
    "--audio",
    "tracks",
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
@click.option(
    "--seed", default=0, show_default=True, help="Equal seeds give equal covers, as in zoo-sample."
)
@click.option("--strength", default=1.0, show_default=True, help="0 ignores the audio; try 1.5.")
@click.option("--truncation", type=float, help="Noise beyond ±T is redrawn: safer, less varied.")
@click.option(
    "--images",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="JPEG or PNG covers to give back instead.",
)
@click.option("--names", is_flag=True, help="Write each track's name beside its row.")
@click.option("--out", type=click.Path(path_type=Path), help="One picture: a grid.")
@click.option("--out-dir", type=click.Path(path_type=Path), help="Instead: a PNG a cover.")
@click.option(
    "--timeout", default=30.0, show_default=True, help="Seconds to wait for an answer, each time."
)
@click.option(
    "--retries",
    default=3,
    show_default=True,
    type=click.IntRange(min=0),
    help="How often to ask again where it may succeed later.",
)
def main(
    server: str,
    model: str,
    model_version: int | None,
    timeout: float,
    retries: int,
    **options: Any,
) -> None:
    """Paint covers with a model that a TF Serving holds.

    With --audio a row of the grid is a track and a column is a noise, the same for every track.
    The covers are those that zoo-sample paints from the model's run.
    """
    _check(timeout, options)
    from export import sampling
    from serving import painting
    from serving.client import Client

    tracks, images = options["tracks"], options["images"]
    vectors = sampling.read_tracks(tracks)
    files = _contents(images)
    with Client(server, model, model_version, timeout=timeout, retries=retries) as client:
        if images:
            covers = painting.give_back(client, files)
        else:
            covers = painting.paint(
                client,
                vectors,
                count=options["count"],
                seed=options["seed"],
                strength=options["strength"],
                truncation=options["truncation"],
            )
    count = 1 if images else options["count"]
    if images:
        columns = min(len(images), COLUMNS)
    else:
        # A row is a track; without tracks there are no rows to keep, and a square is handier.
        columns = count if tracks else math.ceil(math.sqrt(count))
    names = sampling.names_of(images or tracks, count, "back" if images else options["seed"])
    _save(covers, columns, names, options)


def _check(timeout: float, options: dict[str, Any]) -> None:
    """Refuse options that do not go together, before anything is sent."""
    if (options["out"] is None) == (options["out_dir"] is None):
        raise click.UsageError("give one of --out GRID.png and --out-dir DIR")
    truncation, strength = options["truncation"], options["strength"]
    if not (timeout > 0.0 and math.isfinite(timeout)):
        raise click.UsageError(f"--timeout {timeout}: expected a finite number above 0")
    if truncation is not None and not truncation > 0.0:
        raise click.UsageError(f"--truncation {truncation}: expected a number above 0")
    if not math.isfinite(strength):
        raise click.UsageError(f"--strength {strength}: expected a finite number")
    if strength != 1.0 and not options["tracks"]:
        raise click.UsageError("--strength: it says how much the audio counts; give --audio too")
    if options["images"]:
        for name, option in (("tracks", "audio"), ("truncation", "truncation")):
            if options[name]:
                raise click.UsageError(f"--{option}: it says nothing with --images")
    if options["names"] and (not options["tracks"] or options["out"] is None):
        raise click.UsageError("--names: it is for a grid of tracks; give --audio and --out")


def _contents(files: Sequence[Path]) -> list[bytes]:
    """The bytes of image files, each looked at before any is sent."""
    from serving.signatures import is_image

    found = []
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UserError(f"{file}: {error.strerror or error}") from error
        if not is_image(content):
            raise UserError(f"{file}: no JPEG or PNG file, which is what a server reads")
        found.append(content)
    return found


def _save(covers: Any, columns: int, names: list[str], options: dict[str, Any]) -> None:
    from export import sampling

    covers = covers / 127.5 - 1.0
    if options["out"] is not None:
        shown = [track.stem for track in options["tracks"]] if options["names"] else []
        sampling.save_grid(covers, columns, options["out"], shown)
        click.echo(f"{options['out']}: {len(covers)} covers")
    else:
        written = sampling.save_each(covers, names, options["out_dir"])
        click.echo(f"{options['out_dir']}: {len(written)} covers, {written[0].name} the first")
