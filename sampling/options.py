"""What the commands that paint share: options, what does not go together, and the pictures."""

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click
from PIL import Image

AUDIO = click.option(
    "--audio",
    "tracks",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE …",
    help="Tracks to paint for, one row of the grid each: .npy files of 1160 numbers, .json "
    "documents of AcousticBrainz, or music (.wav .mp3 .ogg .flac .m4a; with the extra `audio`).",
)
COUNT = click.option(
    "--count",
    default=8,
    show_default=True,
    type=click.IntRange(1, 4096),
    help="Covers a track.",
)
SEED = click.IntRange(-(1 << 63), (1 << 64) - 1)  # what the noise tells apart
MOST = 100.0  # of a strength; far beyond it covers are noise, and then no numbers
STRENGTH = click.option(
    "--strength", default=1.0, show_default=True, help="0 ignores the audio; try 1.5."
)
TRUNCATION = click.option(
    "--truncation", type=float, help="Noise beyond ±T is redrawn: safer, less varied."
)
NAMES = click.option("--captions", is_flag=True, help="Write each track's name beside its row.")
OUT = click.option("--out", type=click.Path(path_type=Path), help="One picture: a grid.")
OUT_DIR = click.option("--out-dir", type=click.Path(path_type=Path), help="Instead: a PNG a cover.")


def check(options: dict[str, Any]) -> None:
    """Refuse values of these options that cannot work or do not go together.

    Raises:
        click.UsageError: naming the option.
    """
    if (options["out"] is None) == (options["out_dir"] is None):
        raise click.UsageError("give one of --out GRID.png and --out-dir DIR")
    truncation, strength = options["truncation"], options["strength"]
    if truncation is not None and not truncation > 0.0:
        raise click.UsageError(f"--truncation {truncation}: expected a number above 0")
    if not abs(strength) <= MOST:
        raise click.UsageError(
            f"--strength {strength}: expected a number from -{MOST:g} to {MOST:g}"
        )
    if strength != 1.0 and not options["tracks"]:
        raise click.UsageError("--strength: it says how much the audio counts; give --audio too")
    check_out(options["out"])
    if options["captions"] and (not options["tracks"] or options["out"] is None):
        raise click.UsageError("--captions: it is for a grid of tracks; give --audio and --out")


def check_out(out: Path | None, suffixes: Collection[str] = ()) -> None:
    """Refuse a picture that could not be written, before anything is painted.

    Args:
        out: where to, or None.
        suffixes: its formats; all that Pillow writes if none is given.

    Raises:
        click.UsageError: naming the option.
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
        raise click.UsageError(f"--out {out}: no picture's name. Let it end in one of {known}")
    if out.is_dir():
        raise click.UsageError(
            f"--out {out}: a folder is there. Give a picture's name, or --out-dir"
        )
    if not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: no folder {out.parent}. Make it first")


def columns(options: dict[str, Any]) -> int:
    """Of a grid: a row is a track; without tracks a square is handier."""
    count = options["count"]
    return count if options["tracks"] else math.ceil(math.sqrt(count))


def save(
    covers: Any, columns: int, names: list[str], options: dict[str, Any], captions: list[str]
) -> None:
    """Write covers, float32 (N, S, S, 3) in [-1, 1], to --out or --out-dir, and say so.

    Args:
        covers: see above.
        columns: of the grid.
        names: of single covers.
        options: of the command.
        captions: of the grid's rows, for --captions.
    """
    from coverzoo.sampling import sampler as sampling

    if options["out"] is not None:
        shown = captions if options["captions"] else []
        sampling.save_grid(covers, columns, options["out"], shown)
        click.echo(f"{options['out']}: {len(covers)} covers")
    else:
        written = sampling.save_each(covers, names, options["out_dir"])
        click.echo(f"{options['out_dir']}: {len(written)} covers, {written[0].name} the first")
