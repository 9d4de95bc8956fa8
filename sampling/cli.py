"""The command `zoo-sample`."""

from pathlib import Path
from typing import Any

import click

from coverzoo.command import MultiValueCommand
from coverzoo.errors import UserError
from coverzoo.sampling import options as common

COLUMNS = 8  # of a strip of covers given back
# Which options say nothing to a mode, and what they are where they are not given.
IDLE: dict[str, dict[str, Any]] = {
    "reconstruct": {
        "count": 8,
        "seeds": (),
        "strength": 1.0,
        "truncation": None,
        "captions": False,
    },
    "latent_map": {"count": 8, "tracks": (), "truncation": None, "captions": False},
}
SPELT = {"seeds": "seed", "tracks": "audio", "latent_map": "latent-map"}


@click.command(cls=MultiValueCommand, many=("--audio", "--reconstruct"))
@click.argument("run", type=click.Path(path_type=Path))
@common.AUDIO
@common.COUNT
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=common.SEED,
    help="Equal seeds give equal covers. Twice with --interpolate.  [default: 0]",
)
@common.STRENGTH
@common.TRUNCATION
@click.option(
    "--interpolate",
    is_flag=True,
    help="A strip from one seed to another (the next unless given), or, with two tracks and one "
    "seed, from one track to the other.",
)
@click.option(
    "--reconstruct",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="Covers to give back: originals above, the model's below.",
)
@click.option("--latent-map", is_flag=True, help="Map a vae's codes of --data, by t-SNE.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of covers to map.")
@click.option(
    "--split",
    type=click.Choice(("train", "val", "test")),
    help="Which of its covers to map.  [default: test]",
)
@common.NAMES
@common.OUT
@common.OUT_DIR
def main(run: Path, **options: Any) -> None:
    """Paint covers with the model of RUN; `demo` is the one that comes with the package.

    With --audio a row of the grid is a track and a column is a noise, the same for every track.
    """
    _check(options)
    from coverzoo import backend
    from coverzoo.sampling import sampler as sampling
    from coverzoo.training.run import Run

    source = Run.named(run)
    source.config()  # a run that is not there is known before music is listened to
    vectors = sampling.read_tracks(options["tracks"])
    try:
        backend.start()
    except RuntimeError as error:
        raise UserError(str(error)) from error
    model = source.model()
    if options["latent_map"]:
        _map(model, options)
    elif options["reconstruct"]:
        _reconstruct(model, vectors, options)
    elif options["interpolate"]:
        _interpolate(model, vectors, options)
    else:
        _generate(model, vectors, options)


def _check(options: dict[str, Any]) -> None:
    """Refuse options that do not go together, before anything is loaded."""
    common.check(options)
    modes = [name for name in ("interpolate", "reconstruct", "latent_map") if options[name]]
    if len(modes) > 1:
        first, second = (SPELT.get(name, name) for name in modes[:2])
        raise click.UsageError(f"--{first} and --{second}: give one of them")
    for mode in set(modes) & set(IDLE):
        for name, absent in IDLE[mode].items():
            if options[name] != absent:
                option, mode = SPELT.get(name, name), SPELT.get(mode, mode)
                raise click.UsageError(f"--{option}: it says nothing with --{mode}")
    if len(options["seeds"]) > (2 if options["interpolate"] else 1):
        raise click.UsageError("--seed: give one, or two with --interpolate")
    if options["latent_map"]:
        if options["data"] is None or options["out"] is None:
            raise click.UsageError("--latent-map: give --data ROOT and --out MAP.png")
        common.check_out(options["out"], (".png",))
    for name in ("data", "split"):
        if options[name] is not None and not options["latent_map"]:
            raise click.UsageError(f"--{name}: it is for --latent-map")


def _generate(model: Any, vectors: Any, options: dict[str, Any]) -> None:
    from coverzoo.sampling import sampler as sampling

    count, seed = options["count"], _seeds(options)[0]
    covers = sampling.paint(
        model,
        vectors,
        count=count,
        seed=seed,
        strength=options["strength"],
        truncation=options["truncation"],
    )
    names = sampling.names_of(options["tracks"], count, seed)
    captions = sampling.track_names(options["tracks"])
    common.save(covers, common.columns(options), names, options, captions)


def _interpolate(model: Any, vectors: Any, options: dict[str, Any]) -> None:
    from coverzoo.sampling import interpolation as strips
    from coverzoo.sampling import sampler as sampling

    shared = {key: options[key] for key in ("count", "strength", "truncation")}
    seeds = _seeds(options)
    tracks = options["tracks"]
    if len(tracks) == 2 and len(options["seeds"]) < 2:
        covers = strips.between_tracks(model, vectors, seed=seeds[0], **shared)
        names = [f"{tracks[0].stem}-{tracks[1].stem}-{step}" for step in range(len(covers))]
        captions = [f"{tracks[0].stem} to {tracks[1].stem}"]
    else:
        covers = strips.between_seeds(model, vectors, seeds=seeds, **shared)
        names = sampling.names_of(tracks, options["count"], f"{seeds[0]}-{seeds[1]}")
        captions = sampling.track_names(tracks)
    common.save(covers, options["count"], names, options, captions)


def _reconstruct(model: Any, vectors: Any, options: dict[str, Any]) -> None:
    from coverzoo.images import interleave
    from coverzoo.sampling import interpolation as strips
    from coverzoo.sampling import sampler as sampling

    images = options["reconstruct"]
    originals = strips.read_covers(images, model.image_size)
    made = strips.reconstruct_covers(model, originals, vectors)
    if options["out"] is None:
        common.save(made, 0, sampling.names_of(images, 1, "back"), options, [])
        return
    columns = min(len(images), COLUMNS)
    sampling.save_grid(interleave(originals, made, columns), columns, options["out"])
    click.echo(f"{options['out']}: {len(images)} covers, the model's below")


def _map(model: Any, options: dict[str, Any]) -> None:
    from coverzoo.corpus.layout import read_split
    from coverzoo.sampling import latent_map

    split = options["split"] or "test"
    samples = read_split(options["data"], split, audio=False).samples
    latent_map.check_libraries()
    codes = latent_map.codes_of(model, samples)
    places = latent_map.places_of(codes, _seeds(options)[0])
    title = f"{len(codes)} {split} covers by their codes (t-SNE)"
    latent_map.draw(places, [sample.genre for sample in samples], title, options["out"])
    click.echo(f"{options['out']}: {len(codes)} covers of {split}")


def _seeds(options: dict[str, Any]) -> tuple[int, int]:
    """The seed, and the one to go to."""
    seeds = list(options["seeds"]) or [0]
    return seeds[0], seeds[1] if len(seeds) > 1 else seeds[0] + 1
