"""The command `zoo-client`."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from coverzoo.command import MultiValueCommand
from coverzoo.errors import UserError
from coverzoo.sampling import options as shared

MAX_RECONSTRUCTION_COLUMNS = 8


@click.command(cls=MultiValueCommand, many=("--audio", "--reconstruct"))
@click.option(
    "--server",
    default="http://localhost:8501",
    show_default=True,
    metavar="URL",
    help="Address of the server: http://HOST:8501 (REST) or grpc://HOST:8500.",
)
@click.option(
    "--model", required=True, metavar="NAME", help="The server's name for the model (--model_name)."
)
@click.option(
    "--model-version",
    type=click.IntRange(min=1),
    help="Version of the model.  [default: the newest that is loaded]",
)
@shared.AUDIO_OPTION
@shared.COUNT_OPTION
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=shared.SEED_TYPE,
    help="Seed of the noise; equal seeds give equal covers, those of zoo-sample.",
)
@shared.STRENGTH_OPTION
@shared.TRUNCATION_OPTION
@click.option(
    "--reconstruct",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="Reconstruct these JPEG or PNG covers instead of generating.",
)
@shared.CAPTIONS_OPTION
@shared.OUT_OPTION
@shared.OUT_DIR_OPTION
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    help="Seconds to wait for the answer to each request.",
)
@click.option(
    "--retries",
    default=3,
    show_default=True,
    type=click.IntRange(min=0),
    help="Number of retries of a request that can succeed later.",
)
def main(
    server: str,
    model: str,
    model_version: int | None,
    timeout: float,
    retries: int,
    **options: Any,
) -> None:
    """Generate covers with a model on a TF Serving server.

    With --audio, each row of the grid is a track and each column a noise, the same for every
    track. The covers are those that zoo-sample generates with the model's run, but for rounding.
    """
    _check_options(timeout, options)
    from coverzoo.sampling import output
    from coverzoo.sampling.sampler import read_tracks, track_names
    from coverzoo.serving import sampler
    from coverzoo.serving.client import Client

    tracks, images = options["audio"], options["reconstruct"]
    vectors = read_tracks(tracks)
    files = _read_images(images)
    with Client(server, model, model_version, timeout=timeout, retries=retries) as client:
        if images:
            covers = sampler.reconstruct_covers(client, files)
        else:
            covers = sampler.generate_covers(
                client,
                vectors,
                count=options["count"],
                seed=options["seed"],
                strength=options["strength"],
                truncation=options["truncation"],
            )
    if images:
        columns = min(len(images), MAX_RECONSTRUCTION_COLUMNS)
        names = output.cover_names(images, 1, "reconstruction")
    else:
        columns = shared.grid_columns(options)
        names = output.cover_names(tracks, options["count"], options["seed"])
    shared.save_covers(covers / 127.5 - 1.0, columns, names, options, track_names(tracks))


def _check_options(timeout: float, options: dict[str, Any]) -> None:
    """Refuse options that do not go together, before anything is sent."""
    shared.check_options(options)
    if not (timeout > 0.0 and math.isfinite(timeout)):
        raise click.UsageError(f"--timeout {timeout}: expected a finite number above 0")
    if options["reconstruct"]:
        for name in ("audio", "truncation"):
            if options[name]:
                raise click.UsageError(f"--{name}: it has no effect with --reconstruct")


def _read_images(files: Sequence[Path]) -> list[bytes]:
    """The contents of image files, all checked before any is sent."""
    from coverzoo.serving.signatures import check_image

    contents = []
    for file in files:
        try:
            contents.append(file.read_bytes())
            check_image(contents[-1])
        except OSError as error:
            raise UserError(f"{file}: {error.strerror or error}") from error
        except ValueError as error:
            raise UserError(f"{file}: {error}. Give a JPEG or PNG file") from error
    return contents
