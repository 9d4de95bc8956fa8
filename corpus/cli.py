"""The command `zoo-data`: where samples come from."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command, Group
from coverzoo.corpus.procedural.write import TEST, TRAIN, VAL


@contextlib.contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[[int], None] | None]:
    """A bar on standard error, from the first progress on, if someone may be watching."""
    if not sys.stderr.isatty():
        yield None
        return
    with contextlib.ExitStack() as stack:
        bars: list[Any] = []

        def advance(count: int) -> None:
            if not bars:
                bar = click.progressbar(length=length, label=label, file=sys.stderr)
                bars.append(stack.enter_context(bar))
            bars[0].update(count)

        yield advance


@click.group(cls=Group)
def main() -> None:
    """Make data to train on."""


@main.command(cls=Command)
@click.argument("root", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal bytes.")
@click.option("--train", default=TRAIN, show_default=True, help="Pairs to train on.")
@click.option("--val", default=VAL, show_default=True, help="Pairs to validate on.")
@click.option("--test", default=TEST, show_default=True, help="Pairs to test on.")
@click.option(
    "--size", default=128, show_default=True, help="Side of the covers: 32, 64, 128, 256."
)
@click.option("--workers", type=int, help="Processes.  [default: one a core]")
def synthesize(
    root: Path, seed: int, train: int, val: int, test: int, size: int, workers: int | None
) -> None:
    """Write the built-in procedural corpus to ROOT, a new or empty folder.

    Covers and audio vectors are generated from the same latent facts (genre, tempo, energy,
    brightness, mode), which ROOT/facts.csv lists. Nothing is downloaded.
    """
    from coverzoo.corpus import procedural

    with _progress(train + val + test, "Generating pairs") as progress:
        procedural.synthesize(
            root,
            seed=seed,
            train=train,
            val=val,
            test=test,
            size=size,
            workers=workers,
            progress=progress,
        )
    click.echo(f"{root}: {train} train, {val} val and {test} test pairs, {size}×{size}")
    click.echo(f"Their facts: {root / 'facts.csv'}")
