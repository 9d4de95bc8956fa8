"""The command `zoo-data`."""

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
    """Show a progress bar on standard error if it is a terminal, from the first progress on."""
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
    """Generate data to train on."""


@main.command(cls=Command)
@click.argument("root", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Seed; equal seeds give equal files.")
@click.option("--train", default=TRAIN, show_default=True, help="Number of train pairs.")
@click.option("--val", default=VAL, show_default=True, help="Number of val pairs.")
@click.option("--test", default=TEST, show_default=True, help="Number of test pairs.")
@click.option(
    "--size", default=128, show_default=True, help="Side of the covers: 32, 64, 128 or 256."
)
@click.option("--workers", type=int, help="Number of processes.  [default: one per core]")
def synthesize(
    root: Path, seed: int, train: int, val: int, test: int, size: int, workers: int | None
) -> None:
    """Write the built-in corpus to ROOT, a new or empty folder.

    A cover shows the genre of its track and five facts of its audio vector: tempo, onset rate,
    brightness, pitch salience and key strength. ROOT/facts.csv lists them, and what is free in
    each cover. Nothing is downloaded.
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
    click.echo(f"Facts of the tracks: {root / 'facts.csv'}")
