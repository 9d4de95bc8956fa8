"""The command `coverzoo-device`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from coverzoo_device.images import save
from coverzoo_device.sampler import Sampler
from coverzoo_device.shared.errors import UsageError, UserError
from coverzoo_device.shared.tracks import load_track
from coverzoo_device.shared.typicality import notices

MAX_COUNT = 64  # covers in one picture, so that memory stays bounded
MAX_STRENGTH = 100.0  # far beyond it covers are noise, and then no longer finite
MIN_SEED, MAX_SEED = -(1 << 63), (1 << 64) - 1

DESCRIPTION = """\
Generate a cover for a track with MODEL.tflite; its metadata file NAME.json must be beside it.

A track is a .npy file of 1160 numbers, a .json document of AcousticBrainz or, with the extra
`audio`, music (.wav .mp3 .ogg .flac .m4a). Equal seeds give equal covers, those of zoo-sample."""


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
        metavar="TRACK",
        help="Track to generate for.  [default: without audio]",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="COVER.png",
        help="PNG file to write; several covers are a grid, as near to a square as possible.",
    )
    parser.add_argument("--seed", type=int, default=0, help="Seed of the noise.  [default: 0]")
    parser.add_argument(
        "--count", type=int, default=1, help=f"Number of covers, 1 to {MAX_COUNT}.  [default: 1]"
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
    # Before the track is read, which takes seconds for music.
    sampler.check_conditioning(options.audio is not None, options.strength)
    track = None if options.audio is None else load_track(options.audio)
    covers = sampler.sample(
        track,
        seed=options.seed,
        count=options.count,
        strength=options.strength,
        truncation=options.truncation,
    )
    save(covers, options.out)
    print(f"{options.out}: {len(covers)} cover{'s'[: len(covers) > 1]}")
    percentile = None if track is None else sampler.typicality(track)
    if percentile is not None:
        for line in notices([options.audio], [percentile]):
            print(line, file=sys.stderr)


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
    if options.strength != 1.0 and options.audio is None:
        raise UsageError("--strength: it scales the effect of the audio; give --audio too")
    if options.truncation is not None and not options.truncation > 0.0:
        raise UsageError(f"--truncation {options.truncation}: expected a number above 0")
    if options.out.suffix.lower() != ".png":
        raise UsageError(
            f"--out {options.out}: covers are PNG files; give a name that ends in .png"
        )
    if not options.out.parent.is_dir():
        raise UsageError(f"--out {options.out}: no folder {options.out.parent}; make it first")
