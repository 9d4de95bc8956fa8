"""Options that zoo-sample and zoo-client share: their checks, and writing the covers."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from PIL import Image

from coverzoo import typicality
from coverzoo.grids import near_square
from coverzoo.sampling.limits import MAX_SEED, MAX_STRENGTH, MIN_SEED

if TYPE_CHECKING:
    from coverzoo.sampling.output import CoverFile

MAX_RECONSTRUCTION_COLUMNS = 8
# Of a grid, in pixels: what viewers open, what a format can hold, and what fits in memory.
MAX_SIDE = 30_000
MAX_SIDES = {".webp": 16_383}
MAX_PIXELS = 250_000_000
# Options without effect in a mode.
WITHOUT_EFFECT = {
    "reconstruct": ("count", "seed", "strength", "truncation", "captions"),
    "latent_map": ("count", "audio", "strength", "truncation", "captions", "size"),
}

AUDIO_OPTION = click.option(
    "--audio",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER …",
    help="Tracks to generate covers for, a row of the grid each: .npy files of 1160 numbers, "
    ".json documents of AcousticBrainz, or music (.mp3 .flac .wav .m4a .ogg .opus .aiff .wma and "
    "others; needs the extra `audio`). Of a folder, all of these in it, to any depth.",
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


def grid_shape(options: dict[str, Any]) -> tuple[int, int]:
    """Rows and columns of the grid.

    A row is a track, or a strip of an interpolation; the covers of at most one track form about a
    square. Rows of originals and reconstructions alternate.

    Args:
        options: Values by the option's name; `audio` has a file per track.
    """
    count, tracks = options["count"], len(options["audio"])
    if images := len(options["reconstruct"]):
        columns = min(images, MAX_RECONSTRUCTION_COLUMNS)
        return 2 * -(-images // columns), columns
    if options.get("interpolate"):
        return 1 if is_between_tracks(options) else max(1, tracks), count
    if tracks > 1:
        return tracks, count
    columns = near_square(count)
    return -(-count // columns), columns


def is_between_tracks(options: dict[str, Any]) -> bool:
    """Whether an interpolation goes from one track to another, not between seeds."""
    return len(options["audio"]) == 2 and len(options["seed"]) < 2


def check_grid(options: dict[str, Any], side: int) -> None:
    """Refuse a grid that no viewer opens, before anything is generated.

    Args:
        options: Values by the option's name; `audio` has a file per track.
        side: Side of the model's covers in pixels.

    Raises:
        click.UsageError: If the grid is too large.
    """
    out, (rows, columns) = options["out"], grid_shape(options)
    if out is None:
        return
    width, height = (number * (options["size"] or side) for number in (columns, rows))
    longest = MAX_SIDES.get(out.suffix.lower(), MAX_SIDE)
    if max(width, height) > longest or width * height > MAX_PIXELS:
        raise click.UsageError(
            f"--out {out}: a grid of {columns} by {rows} covers would have {width} by {height} "
            f"pixels, of at most {longest} a side and {MAX_PIXELS // 1_000_000} million in all. "
            "Give fewer covers, a smaller --size, or --out-dir"
        )


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
    covers: Any,
    files: Sequence["CoverFile"],
    options: dict[str, Any],
    captions: Sequence[str],
    facts: dict[str, Any],
) -> None:
    """Write covers to --out or --out-dir and report the place.

    Args:
        covers: Covers, float32 (N, S, S, 3) in [-1, 1].
        files: Files of the single covers.
        options: Values of the command's options.
        captions: Names of the grid's rows, for --captions.
        facts: What PNG files record, arguments of `coverzoo.png_text.png_text` but for tracks.
    """
    from coverzoo.png_text import png_text
    from coverzoo.sampling import output

    out, size = options["out"], options["size"]
    if out is not None:
        text = png_text(**facts, tracks=[file.name for file in options["audio"]])
        shown = captions if options["captions"] else []
        output.save_grid(covers, grid_shape(options)[1], out, shown, size, text)
        click.echo(f"{out}: {cover_count(len(covers))}")
    else:
        written = output.save_each(covers, files, options["out_dir"], size, facts)
        click.echo(
            f"{options['out_dir']}: {cover_count(len(written))}, {written[0].name} the first"
        )


def save_reconstructions(
    originals: Any, covers: Any, options: dict[str, Any], facts: dict[str, Any]
) -> None:
    """Write reconstructions to --out, below their originals, or to --out-dir, and report the place.

    Args:
        originals: Covers of the files of --reconstruct, (N, S, S, 3) in [-1, 1].
        covers: Their reconstructions, likewise.
        options: Values of the command's options.
        facts: What PNG files record, see `save_covers`.
    """
    from coverzoo.corpus.tracks import track_names
    from coverzoo.images import interleave
    from coverzoo.png_text import png_text
    from coverzoo.sampling import output

    images, out = options["reconstruct"], options["out"]
    tracks = tuple(file.name for file in options["audio"])
    if out is None:
        files = [
            output.CoverFile(f"{name}-reconstruction-0", 0, tracks) for name in track_names(images)
        ]
        save_covers(covers, files, options, [], facts)
        return
    columns = grid_shape(options)[1]
    pairs = interleave(originals, covers, columns)
    text = png_text(**facts, tracks=tracks)
    output.save_grid(pairs, columns, out, size=options["size"], text=text)
    click.echo(f"{out}: {cover_count(len(images))}, reconstructions below originals")
