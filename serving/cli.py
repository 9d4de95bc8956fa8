"""The command `zoo-client`."""

from typing import Any

import click

from coverzoo.command import MultiValueCommand
from coverzoo.sampling import options as shared
from coverzoo.serving.retries import MAX_TIMEOUT, MAX_VERSION


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
    type=click.IntRange(1, MAX_VERSION),
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
@shared.RECONSTRUCT_OPTION
@shared.CAPTIONS_OPTION
@shared.SIZE_OPTION
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
    if not 0.0 < timeout <= MAX_TIMEOUT:
        raise click.UsageError(
            f"--timeout {timeout}: expected a number above 0, up to {MAX_TIMEOUT}"
        )
    shared.check_options(options)
    from coverzoo.corpus.tracks import find_tracks
    from coverzoo.sampling.sampler import read_tracks
    from coverzoo.serving import sampler
    from coverzoo.serving.client import Client

    found = find_tracks(options["audio"])
    options["audio"] = [track.path for track in found]
    facts = {"model": model, "version": model_version}
    with Client(server, model, model_version, timeout=timeout, retries=retries) as client:
        size = sampler.reconstruction_size if options["reconstruct"] else sampler.cover_size
        side = size(client, bool(found))
        shared.check_grid(options, side)  # before music is measured
        options["audio"], vectors = read_tracks(found)
        if options["reconstruct"]:
            _reconstruct(client, vectors, side, options, facts)
        else:
            _generate(client, vectors, options, facts)


def _generate(client: Any, vectors: Any, options: dict[str, Any], facts: dict[str, Any]) -> None:
    from coverzoo.corpus.tracks import track_names
    from coverzoo.sampling import output
    from coverzoo.serving import sampler

    tracks, count, seed = options["audio"], options["count"], options["seed"]
    covers = sampler.generate_covers(
        client,
        vectors,
        count=count,
        seed=seed,
        strength=options["strength"],
        truncation=options["truncation"],
        on_typicality=lambda percentiles: shared.echo_notices(tracks, percentiles),
    )
    files, captions = output.cover_files(tracks, count, seed), track_names(tracks)
    facts |= {"seed": seed, "strength": options["strength"]}
    shared.save_covers(covers.astype("float32") / 127.5 - 1.0, files, options, captions, facts)


def _reconstruct(
    client: Any, vectors: Any, side: int, options: dict[str, Any], facts: dict[str, Any]
) -> None:
    from coverzoo import backend
    from coverzoo.sampling.reconstruction import read_covers
    from coverzoo.serving import sampler

    backend.start()  # covers are cropped and resized in TensorFlow
    originals = read_covers(options["reconstruct"], side)
    covers = sampler.reconstruct_covers(
        client,
        originals,
        vectors,
        on_typicality=lambda percentiles: shared.echo_notices(options["audio"], percentiles),
    )
    shared.save_reconstructions(originals, covers.astype("float32") / 127.5 - 1.0, options, facts)
