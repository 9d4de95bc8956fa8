"""The command `coverzoo-device`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from coverzoo_device.images import save
from coverzoo_device.sampler import Sampler
from coverzoo_device.shared.errors import UsageError, UserError
from coverzoo_device.shared.png_text import png_text
from coverzoo_device.shared.tracks import find_tracks, load_tracks, track_names
from coverzoo_device.shared.typicality import notices

MAX_COUNT = 64  # covers in one picture, so that memory stays bounded
MAX_STRENGTH = 100.0  # far beyond it covers are noise, and then no longer finite
MIN_SEED, MAX_SEED = -(1 << 63), (1 << 64) - 1

DESCRIPTION = """\
Generate a cover for a track with MODEL.tflite; its metadata file NAME.json must be beside it.

A track is a .npy file of 1160 numbers, a .json document of AcousticBrainz or, with the extra
`audio`, music (.mp3 .flac .wav .m4a .ogg .opus .aiff .wma and others). Equal seeds give equal
covers, those of zoo-sample."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line each."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command.

    An error that the user can fix is one line on standard error; the status is 2 for options that
    cannot work, and 1 for others.

    Args:
        arguments: Words of the command line; None for those of the process.
    """
    try:
        _generate(_parser().parse_args(arguments))
    except UsageError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
    except UserError as error:
        sys.exit(f"Error: {error}")
    except MemoryError:
        sys.exit("Error: not enough memory; give a smaller --count or model")
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        sys.exit(130)


def _parser() -> _Parser:
    parser = _Parser(
        prog="coverzoo-device",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("model", type=Path, metavar="MODEL.tflite")
    parser.add_argument(
        "--audio",
        type=Path,
        nargs="+",
        default=[],
        metavar="TRACK",
        help="Tracks to generate for, a row of the grid each; of a folder, all tracks in it.  "
        "[default: without audio]",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="COVER.png",
        help="PNG file to write; several covers of one track are a grid, as near to a square as "
        "possible.",
    )
    parser.add_argument(
        "--out-dir", type=Path, metavar="DIR", help="Write every cover as a PNG in this folder."
    )
    parser.add_argument("--seed", type=int, default=0, help="Seed of the noise.  [default: 0]")
    parser.add_argument(
        "--count", type=int, default=1, help=f"Covers per track, 1 to {MAX_COUNT}.  [default: 1]"
    )
    parser.add_argument(
        "--strength",
        type=float,
        default=1.0,
        help="How strongly the audio conditions the covers: 0 not at all, 1 as in training, 1.5 "
        "more.  [default: 1]",
    )
    parser.add_argument(
        "--truncation",
        type=float,
        metavar="T",
        help="Redraw noise beyond ±T: more typical, less diverse covers.",
    )
    return parser


def _generate(options: argparse.Namespace) -> None:
    _check_options(options)
    sampler = Sampler(options.model)
    # Before a track is read, which takes seconds for music.
    sampler.check_conditioning(bool(options.audio), options.strength)
    found = find_tracks(options.audio)
    if options.out is not None and len(found) * options.count > MAX_COUNT:
        raise UsageError(
            f"--out {options.out}: {len(found)} tracks of --count {options.count} are more than "
            f"{MAX_COUNT} covers; give fewer, or --out-dir"
        )
    files, vectors = load_tracks(found) if found else ([], [None])
    write = _write_each if options.out is None else _write_grid
    write(options, files, (_sampled(sampler, vector, options) for vector in vectors), sampler)
    for file, vector in zip(files, vectors, strict=False):  # without a track there is no file
        percentile = sampler.typicality(vector)
        for line in notices([file], None if percentile is None else [percentile]):
            print(line, file=sys.stderr)


def _sampled(sampler: Sampler, vector: Any, options: argparse.Namespace) -> np.ndarray:
    return sampler.sample(
        vector,
        seed=options.seed,
        count=options.count,
        strength=options.strength,
        truncation=options.truncation,
    )


def _write_grid(
    options: argparse.Namespace, files: list[Path], parts: Iterator[np.ndarray], sampler: Sampler
) -> None:
    covers = np.concatenate(list(parts))
    columns = options.count if len(files) > 1 else None
    save(covers, options.out, columns, _text(options, sampler, files))
    print(f"{options.out}: {len(covers)} cover{'s'[: len(covers) > 1]}")


def _write_each(
    options: argparse.Namespace, files: list[Path], parts: Iterator[np.ndarray], sampler: Sampler
) -> None:
    try:
        options.out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{options.out_dir}: cannot be made: {error.strerror}") from error
    written = []
    names = track_names(files) or ["cover"]
    for number, (name, covers) in enumerate(zip(names, parts, strict=True)):
        for index in range(len(covers)):
            written.append(options.out_dir / f"{name}-{options.seed}-{index}.png")
            text = _text(options, sampler, files[number : number + 1], index)
            save(covers[index : index + 1], written[-1], text=text)
    count = len(written)
    print(f"{options.out_dir}: {count} cover{'s'[: count > 1]}, {written[0].name} the first")


def _text(
    options: argparse.Namespace, sampler: Sampler, files: list[Path], index: int | None = None
) -> dict[str, str]:
    return png_text(
        sampler.metadata.name,
        sha256=sampler.sha256,
        seed=options.seed,
        index=index,
        strength=options.strength,
        tracks=[file.name for file in files],
    )


def _check_options(options: argparse.Namespace) -> None:
    """Refuse values that no model accepts, before a model is loaded."""
    if not MIN_SEED <= options.seed <= MAX_SEED:
        raise UsageError(f"--seed {options.seed}: expected a whole number of 64 bits")
    if not 1 <= options.count <= MAX_COUNT:
        raise UsageError(f"--count {options.count}: expected 1 to {MAX_COUNT}")
    if not abs(options.strength) <= MAX_STRENGTH:
        raise UsageError(
            f"--strength {options.strength}: expected a number "
            f"from -{MAX_STRENGTH:g} to {MAX_STRENGTH:g}"
        )
    if options.strength != 1.0 and not options.audio:
        raise UsageError("--strength: it scales the effect of the audio; give --audio too")
    if options.truncation is not None and not options.truncation > 0.0:
        raise UsageError(f"--truncation {options.truncation}: expected a number above 0")
    if (options.out is None) == (options.out_dir is None):
        raise UsageError("give one of --out COVER.png and --out-dir DIR")
    if options.out is None:
        return
    if options.out.suffix.lower() != ".png":
        raise UsageError(
            f"--out {options.out}: covers are PNG files; give a name that ends in .png"
        )
    if not options.out.parent.is_dir():
        raise UsageError(f"--out {options.out}: no folder {options.out.parent}; make it first")
