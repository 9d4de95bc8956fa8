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
    from coverzoo.corpus.tracks import find_tracks
    from coverzoo.files import sha256
    from coverzoo.sampling import sampler
    from coverzoo.training.run import Run

    source = Run.named(run)
    source.config()  # a missing run is reported before anything is loaded
    found = find_tracks(options["audio"])
    options["audio"] = [track.path for track in found]
    backend.start()
    model = source.model()
    if options["latent_map"]:
        _draw_latent_map(model, options)
        return
    shared.check_grid(options, model.image_size)  # before music is measured
    options["audio"], vectors = sampler.read_tracks(found)
    facts = {"model": source.name, "sha256": sha256(source.model_file)}
    if options["reconstruct"]:
        _reconstruct(model, vectors, options, facts)
        _echo_notices(model, vectors, options)
        return
    facts["strength"] = options["strength"]
    if options["interpolate"]:
        _interpolate(model, vectors, options, facts)
    else:
        _generate(model, vectors, options, facts)
    _echo_notices(model, vectors, options)
    if notice := source.training_data():  # after all that can fail: an error is one line
        click.echo(notice, err=True)


def _echo_notices(model: Any, vectors: Any, options: dict[str, Any]) -> None:
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


def _generate(model: Any, vectors: Any, options: dict[str, Any], facts: dict[str, Any]) -> None:
    from coverzoo.corpus.tracks import track_names
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
    files = output.cover_files(options["audio"], count, seed)
    captions = track_names(options["audio"])
    shared.save_covers(covers, files, options, captions, facts | {"seed": seed})


def _interpolate(model: Any, vectors: Any, options: dict[str, Any], facts: dict[str, Any]) -> None:
    from coverzoo.corpus.tracks import track_names
    from coverzoo.sampling import interpolation, output

    arguments = {key: options[key] for key in ("count", "strength", "truncation")}
    seeds = _two_seeds(options)
    tracks = options["audio"]
    if shared.is_between_tracks(options):
        covers = interpolation.between_tracks(model, vectors, seed=seeds[0], **arguments)
        both, names = "-".join(track.stem for track in tracks), tuple(each.name for each in tracks)
        files = [
            output.CoverFile(f"{both}-{seeds[0]}-{step}", step, names)
            for step in range(len(covers))
        ]
        captions = [f"{tracks[0].stem} to {tracks[1].stem}"]
        facts["seed"] = seeds[0]
    else:
        covers = interpolation.between_seeds(model, vectors, seeds=seeds, **arguments)
        files = output.cover_files(tracks, options["count"], f"{seeds[0]}-{seeds[1]}")
        captions = track_names(tracks)
        facts["seed"] = f"{seeds[0]} to {seeds[1]}"
    shared.save_covers(covers, files, options, captions, facts)


def _reconstruct(model: Any, vectors: Any, options: dict[str, Any], facts: dict[str, Any]) -> None:
    from coverzoo.sampling.reconstruction import read_covers, reconstruct_covers

    originals = read_covers(options["reconstruct"], model.image_size)
    covers = reconstruct_covers(model, originals, vectors)
    shared.save_reconstructions(originals, covers, options, facts)


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
