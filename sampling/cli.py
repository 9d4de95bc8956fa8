"""The command `zoo-sample`."""

from pathlib import Path
from typing import Any

import click

from coverzoo.command import MultiValueCommand
from coverzoo.sampling import options as shared

MODES = ("interpolate", "reconstruct", "latent_map")


@click.command("zoo-sample", cls=MultiValueCommand, many=("--audio", "--reconstruct"))
@click.argument("run", type=click.Path(path_type=Path))
@shared.AUDIO_OPTION
@shared.COUNT_OPTION
@click.option(
    "--seed",
    multiple=True,
    type=shared.SEED_TYPE,
    help="Seed of the noise; equal seeds give equal covers. Twice with --interpolate.  "
    "[default: 0]",
)
@shared.STRENGTH_OPTION
@shared.TRUNCATION_OPTION
@click.option(
    "--interpolate",
    is_flag=True,
    help="Generate a strip from one seed to a second one (the next number unless given), or, with "
    "two tracks and one seed, from one track to the other.",
)
@shared.RECONSTRUCT_OPTION
@click.option(
    "--latent-map", is_flag=True, help="Draw a map (t-SNE) of covers by the codes of a vae."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the covers for --latent-map."
)
@click.option(
    "--split",
    type=click.Choice(("train", "val", "test")),
    help="Split of --data for --latent-map.  [default: test]",
)
@shared.CAPTIONS_OPTION
@shared.SIZE_OPTION
@shared.OUT_OPTION
@shared.OUT_DIR_OPTION
def main(run: Path, **options: Any) -> None:
    """Generate covers with the model of RUN; `demo` is the bundled model.

    With --audio a row of the grid is a track and a column is a noise, the same for every track.
    """
    _check_options(options)
    from coverzoo import backend
    from coverzoo.sampling import sampler
    from coverzoo.training.run import Run

    source = Run.named(run)
    source.config()  # a missing run is reported before music is measured
    vectors = sampler.read_tracks(options["audio"])
    backend.start()
    model = source.model()
    if options["latent_map"]:
        _draw_latent_map(model, options)
    elif options["reconstruct"]:
        _reconstruct(model, vectors, options)
    elif options["interpolate"]:
        _interpolate(model, vectors, options)
    else:
        _generate(model, vectors, options)
    if vectors is not None:
        shared.echo_notices(options["audio"], model.typicality(vectors))


def _check_options(options: dict[str, Any]) -> None:
    """Refuse options that do not go together, before anything is loaded."""
    modes = [shared.spelling(mode) for mode in MODES if options[mode]]
    if len(modes) > 1:
        raise click.UsageError(f"{modes[0]} and {modes[1]}: give one of them")
    shared.check_options(options)
    if len(options["seed"]) > (2 if options["interpolate"] else 1):
        raise click.UsageError("--seed: give one, or two with --interpolate")
    if options["latent_map"]:
        if options["data"] is None or options["out"] is None:
            raise click.UsageError("--latent-map: give --data ROOT and --out MAP.png")
        shared.check_picture_file(options["out"], (".png",))
    for name in ("data", "split"):
        if options[name] is not None and not options["latent_map"]:
            raise click.UsageError(f"--{name}: it is for --latent-map")


def _generate(model: Any, vectors: Any, options: dict[str, Any]) -> None:
    from coverzoo.sampling import output, sampler

    count, seed = options["count"], _two_seeds(options)[0]
    covers = sampler.generate_covers(
        model,
        vectors,
        count=count,
        seed=seed,
        strength=options["strength"],
        truncation=options["truncation"],
    )
    names = output.cover_names(options["audio"], count, seed)
    captions = sampler.track_names(options["audio"])
    shared.save_covers(covers, shared.grid_columns(options), names, options, captions)


def _interpolate(model: Any, vectors: Any, options: dict[str, Any]) -> None:
    from coverzoo.sampling import interpolation, output, sampler

    arguments = {key: options[key] for key in ("count", "strength", "truncation")}
    seeds = _two_seeds(options)
    tracks = options["audio"]
    if len(tracks) == 2 and len(options["seed"]) < 2:
        covers = interpolation.between_tracks(model, vectors, seed=seeds[0], **arguments)
        names = [f"{tracks[0].stem}-{tracks[1].stem}-{step}" for step in range(len(covers))]
        captions = [f"{tracks[0].stem} to {tracks[1].stem}"]
    else:
        covers = interpolation.between_seeds(model, vectors, seeds=seeds, **arguments)
        names = output.cover_names(tracks, options["count"], f"{seeds[0]}-{seeds[1]}")
        captions = sampler.track_names(tracks)
    shared.save_covers(covers, options["count"], names, options, captions)


def _reconstruct(model: Any, vectors: Any, options: dict[str, Any]) -> None:
    from coverzoo.sampling.reconstruction import read_covers, reconstruct_covers

    originals = read_covers(options["reconstruct"], model.image_size)
    covers = reconstruct_covers(model, originals, vectors)
    shared.save_reconstructions(originals, covers, options)


def _draw_latent_map(model: Any, options: dict[str, Any]) -> None:
    from coverzoo.corpus.layout import read_split
    from coverzoo.sampling import latent_map

    split = options["split"] or "test"
    samples = read_split(options["data"], split, audio=False).samples
    latent_map.check_libraries()
    codes = latent_map.encode_covers(model, samples)
    points = latent_map.project(codes, _two_seeds(options)[0])
    title = f"{len(codes)} {split} covers by their codes (t-SNE)"
    latent_map.draw(points, [sample.genre for sample in samples], title, options["out"])
    click.echo(f"{options['out']}: {len(codes)} covers of {split}")


def _two_seeds(options: dict[str, Any]) -> tuple[int, int]:
    """The seed, and the second one of an interpolation."""
    seeds = list(options["seed"]) or [0]
    return seeds[0], seeds[1] if len(seeds) > 1 else seeds[0] + 1
