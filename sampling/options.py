"""Options that zoo-sample and zoo-client share: their checks, and writing the covers."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from PIL import Image

from coverzoo import typicality
from coverzoo.grids import near_square
from coverzoo.sampling.limits import MAX_SEED, MAX_STRENGTH, MIN_SEED

MAX_RECONSTRUCTION_COLUMNS = 8
MAX_GRID_SIDE = 30_000  # pixels
# Options without effect in a mode.
WITHOUT_EFFECT = {
    "reconstruct": ("count", "seed", "strength", "truncation", "captions"),
    "latent_map": ("count", "audio", "strength", "truncation", "captions", "size"),
}

AUDIO_OPTION = click.option(
    "--audio",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="Tracks to generate covers for, a row of the grid each: .npy files of 1160 numbers, "
    ".json documents of AcousticBrainz, or music (.wav .mp3 .ogg .flac .m4a; needs the extra "
    "`audio`).",
)
COUNT_OPTION = click.option(
    "--count",
    default=8,
    show_default=True,
    type=click.IntRange(1, 4096),
    help="Number of covers per track.",
)
SEED_TYPE = click.IntRange(MIN_SEED, MAX_SEED)
STRENGTH_OPTION = click.option(
    "--strength",
    default=1.0,
    show_default=True,
    help="How strongly the audio conditions the covers: 0 not at all, 1 as in training, 1.5 more.",
)
TRUNCATION_OPTION = click.option(
    "--truncation",
    type=float,
    help="Redraw noise beyond ±T: more typical, less diverse covers.",
)
RECONSTRUCT_OPTION = click.option(
    "--reconstruct",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="Covers to reconstruct: rows of originals, each above its reconstructions.",
)
CAPTIONS_OPTION = click.option(
    "--captions", is_flag=True, help="Write each track's name beside its row."
)
SIZE_OPTION = click.option(
    "--size",
    type=click.IntRange(8, 3000),
    help="Side of a cover in pixels, resized by Lanczos resampling. [default: the model's]",
)
OUT_OPTION = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write all covers as one picture: a grid, or a single cover as it is.",
)
OUT_DIR_OPTION = click.option(
    "--out-dir", type=click.Path(path_type=Path), help="Write every cover as a PNG in this folder."
)


def check_options(options: dict[str, Any]) -> None:
    """Refuse values of these options that are out of range or do not go together.

    Args:
        options: Values by the option's name.

    Raises:
        click.UsageError: If an option cannot be used; the message names it.
    """
    for mode, names in WITHOUT_EFFECT.items():
        if options.get(mode):
            _check_unused(mode, names)
    if len(options["audio"]) > 1 and options["reconstruct"]:
        raise click.UsageError(
            "--audio: with --reconstruct give one track, which conditions every cover"
        )
    if (options["out"] is None) == (options["out_dir"] is None):
        raise click.UsageError("give one of --out GRID.png and --out-dir DIR")
    truncation, strength = options["truncation"], options["strength"]
    if truncation is not None and not truncation > 0.0:
        raise click.UsageError(f"--truncation {truncation}: expected a number above 0")
    if not abs(strength) <= MAX_STRENGTH:
        raise click.UsageError(
            f"--strength {strength}: expected a number from -{MAX_STRENGTH:g} to {MAX_STRENGTH:g}"
        )
    if strength != 1.0 and not options["audio"]:
        raise click.UsageError("--strength: it scales the effect of the audio; give --audio too")
    check_picture_file(options["out"])
    if options["captions"] and (not options["audio"] or options["out"] is None):
        raise click.UsageError("--captions: it is for a grid of tracks; give --audio and --out")


def _check_unused(mode: str, names: Collection[str]) -> None:
    """Refuse options without effect in the mode, also where their default is given."""
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(
                f"{spelling(name)}: it has no effect with {spelling(mode)}. Leave it out"
            )


def spelling(name: str) -> str:
    """How an option is written on the command line."""
    return f"--{name.replace('_', '-')}"


def check_picture_file(out: Path | None, suffixes: Collection[str] = ()) -> None:
    """Refuse a picture that could not be written, before anything is generated.

    Args:
        out: Picture to write, or None.
        suffixes: Suffixes of the formats that are allowed; all that Pillow writes if none is given.

    Raises:
        click.UsageError: If the suffix or the place cannot be used.
    """
    if out is None:
        return
    if not suffixes:
        Image.init()
        suffixes = [
            name for name, kind in Image.registered_extensions().items() if kind in Image.SAVE
        ]
    if out.suffix.lower() not in suffixes:
        known = ", ".join(name for name in (".png", ".jpg", ".webp") if name in suffixes)
        raise click.UsageError(f"--out {out}: not the name of a picture. End it in one of {known}")
    if out.is_dir():
        raise click.UsageError(
            f"--out {out}: is a folder. Give the name of a picture, or use --out-dir"
        )
    if not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: no folder {out.parent}. Make it first")


def grid_columns(options: dict[str, Any]) -> int:
    """Columns of a grid: one per cover of a track; of at most one track about a square."""
    count = options["count"]
    return count if len(options["audio"]) > 1 else near_square(count)


def cover_count(number: int) -> str:
    """The number of covers, as a message states it."""
    return f"{number} cover" if number == 1 else f"{number} covers"


def echo_notices(tracks: Iterable[Path], percentiles: Iterable[float] | None) -> None:
    """Print a line on standard error for every track that is unlike the training data.

    Args:
        tracks: Files of the tracks.
        percentiles: Typicality of each track in [0, 100]; None if the model does not measure it.
    """
    for line in typicality.notices(tracks, percentiles):
        click.echo(line, err=True)


def save_covers(
    covers: Any, columns: int, names: list[str], options: dict[str, Any], captions: list[str]
) -> None:
    """Write covers to --out or --out-dir and report the place.

    Args:
        covers: Covers, float32 (N, S, S, 3) in [-1, 1].
        columns: Number of columns of the grid.
        names: Names of the single covers.
        options: Values of the command's options.
        captions: Names of the grid's rows, for --captions.
    """
    from coverzoo.sampling import output

    if options["out"] is not None:
        shown = captions if options["captions"] else []
        _check_grid(len(covers), columns, covers.shape[1], options["size"])
        output.save_grid(_in_size(covers, options), columns, options["out"], shown)
        click.echo(f"{options['out']}: {cover_count(len(covers))}")
    else:
        written = output.save_each(covers, names, options["out_dir"], options["size"])
        click.echo(
            f"{options['out_dir']}: {cover_count(len(written))}, {written[0].name} the first"
        )


def save_reconstructions(originals: Any, covers: Any, options: dict[str, Any]) -> None:
    """Write reconstructions to --out, below their originals, or to --out-dir, and report the place.

    Args:
        originals: Covers of the files of --reconstruct, (N, S, S, 3) in [-1, 1].
        covers: Their reconstructions, likewise.
        options: Values of the command's options.
    """
    from coverzoo.images import interleave
    from coverzoo.sampling import output

    files, out = options["reconstruct"], options["out"]
    if out is None:
        names = output.cover_names(files, 1, "reconstruction")
        save_covers(covers, 0, names, options, [])
        return
    columns = min(len(files), MAX_RECONSTRUCTION_COLUMNS)
    _check_grid(2 * len(files), columns, covers.shape[1], options["size"])
    pairs = interleave(_in_size(originals, options), _in_size(covers, options), columns)
    output.save_grid(pairs, columns, out)
    click.echo(f"{out}: {cover_count(len(files))}, reconstructions below originals")


def _in_size(covers: Any, options: dict[str, Any]) -> Any:
    from coverzoo.images import resized

    return covers if options["size"] is None else resized(covers, options["size"])


def _check_grid(count: int, columns: int, side: int, size: int | None) -> None:
    """Refuse a grid that no viewer opens."""
    rows = -(-count // columns)
    longest = max(rows, columns) * (size or side)
    if longest > MAX_GRID_SIDE:
        raise click.UsageError(
            f"--out: a grid of {columns} by {rows} covers would be {longest} pixels long, of at "
            f"most {MAX_GRID_SIDE}. Give fewer covers, a smaller --size, or --out-dir"
        )
