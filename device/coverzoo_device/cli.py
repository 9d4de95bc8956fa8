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

MAX_COUNT = 64  # in one picture, so that memory stays bounded
MOST = 100.0  # of a strength; far beyond it covers are noise, and then no numbers
SEEDS = (-(1 << 63), (1 << 64) - 1)

DESCRIPTION = """\
Paint a cover for a track with the model of MODEL.tflite, whose card NAME.json lies beside it.

A track is a .npy file of 1160 numbers, a .json document of AcousticBrainz or, with the extra
`audio`, music (.wav .mp3 .ogg .flac .m4a). Equal seeds give equal covers, those of zoo-sample."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong on one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; {self.prog} --help tells what can be given")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; what a user can mend is one line on standard error.

    It leaves with status 2 for options that cannot be, else with 1.
    """
    try:
        _generate(_parser().parse_args(arguments))
    except UsageError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
    except UserError as error:
        sys.exit(f"Error: {error}")
    except MemoryError:
        sys.exit("Error: out of memory; give a smaller --count or model")
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
        "--audio", type=Path, metavar="TRACK", help="Paint for this track; else without audio."
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="COVER.png",
        help="The picture. Of several covers it is a grid, as near a square as can be.",
    )
    parser.add_argument("--seed", type=int, default=0, help="Of the noise.  [default: 0]")
    parser.add_argument(
        "--count", type=int, default=1, help=f"Covers, 1 to {MAX_COUNT}.  [default: 1]"
    )
    parser.add_argument(
        "--strength",
        type=float,
        default=1.0,
        help="0 ignores the audio; try 1.5.  [default: 1]",
    )
    parser.add_argument(
        "--truncation", type=float, help="Noise beyond ±T is redrawn: safer, less varied."
    )
    return parser


def _generate(options: argparse.Namespace) -> None:
    _check(options)
    painter = Sampler(options.model)
    # Before the track is read: of music that takes seconds.
    painter.check_conditioning(options.audio is not None, options.strength)
    covers = painter.paint(
        None if options.audio is None else load_track(options.audio),
        seed=options.seed,
        count=options.count,
        strength=options.strength,
        truncation=options.truncation,
    )
    save(covers, options.out)
    print(f"{options.out}: {len(covers)} cover{'s'[: len(covers) > 1]}")


def _check(options: argparse.Namespace) -> None:
    """Refuse what no model can do, before a model is loaded."""
    if not SEEDS[0] <= options.seed <= SEEDS[1]:
        raise UsageError(f"--seed {options.seed}: expected an integer of 64 bits")
    if not 1 <= options.count <= MAX_COUNT:
        raise UsageError(f"--count {options.count}: expected 1 to {MAX_COUNT}")
    if not abs(options.strength) <= MOST:
        raise UsageError(
            f"--strength {options.strength}: expected a number from -{MOST:g} to {MOST:g}"
        )
    if options.strength != 1.0 and options.audio is None:
        raise UsageError("--strength: it says how much the audio counts; give --audio too")
    if options.truncation is not None and not options.truncation > 0.0:
        raise UsageError(f"--truncation {options.truncation}: expected a number above 0")
    if options.out.suffix.lower() != ".png":
        raise UsageError(f"--out {options.out}: covers are PNG; give a name that ends in .png")
    if not options.out.parent.is_dir():
        raise UsageError(f"--out {options.out}: no folder {options.out.parent}; make it first")
