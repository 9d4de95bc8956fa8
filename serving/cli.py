"""The command `zoo-client`."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from coverzoo.command import MultiValueCommand
from coverzoo.errors import UserError
from coverzoo.sampling import options as common

COLUMNS = 8  # of a picture of covers given back


@click.command(cls=MultiValueCommand, many=("--audio", "--reconstruct"))
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
@common.AUDIO
@common.COUNT
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=common.SEED,
    help="Equal seeds give equal covers, as in zoo-sample.",
)
@common.STRENGTH
@common.TRUNCATION
@click.option(
    "--reconstruct",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="JPEG or PNG covers to give back instead.",
)
@common.NAMES
@common.OUT
@common.OUT_DIR
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
    from coverzoo.sampling import sampler as sampling
    from coverzoo.serving import sampler as painting
    from coverzoo.serving.client import Client

    tracks, images = options["tracks"], options["reconstruct"]
    vectors = sampling.read_tracks(tracks)
    files = _contents(images)
    with Client(server, model, model_version, timeout=timeout, retries=retries) as client:
        if images:
            covers = painting.reconstruct(client, files)
        else:
            covers = painting.paint(
                client,
                vectors,
                count=options["count"],
                seed=options["seed"],
                strength=options["strength"],
                truncation=options["truncation"],
            )
    columns = min(len(images), COLUMNS) if images else common.columns(options)
    count = 1 if images else options["count"]
    names = sampling.names_of(images or tracks, count, "back" if images else options["seed"])
    captions = sampling.track_names(tracks)
    common.save(covers / 127.5 - 1.0, columns, names, options, captions)


def _check(timeout: float, options: dict[str, Any]) -> None:
    """Refuse options that do not go together, before anything is sent."""
    common.check(options)
    if not (timeout > 0.0 and math.isfinite(timeout)):
        raise click.UsageError(f"--timeout {timeout}: expected a finite number above 0")
    if options["reconstruct"]:
        for name, option in (("tracks", "audio"), ("truncation", "truncation")):
            if options[name]:
                raise click.UsageError(f"--{option}: it says nothing with --reconstruct")


def _contents(files: Sequence[Path]) -> list[bytes]:
    """The bytes of image files, each looked at before any is sent."""
    from coverzoo.serving.signatures import is_image

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
