"""Images per second of the input pipeline, compared with a PyTorch DataLoader on the same folder.

Both decode every cover, scale it to [-1, 1] and read its vector, genre and group. They alternate on
the same cores; the peer has no workers, then two. All files are read once before the timed rounds,
so that no disk is measured. Prints one JSON object, which docs/experiments/benchmarks.md explains.

    python benchmarks/input_pipeline.py
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from machine import limit
from peer import SCRIPTS, Peer, option, python_of

from coverzoo.command import Command
from coverzoo.errors import UserError

SIZE = 128
PEER_WORKERS = (0, 2)
DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
UNTIMED_BATCHES = 8  # more than the batches prefetched while the peer ran


@click.command(cls=Command)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with pairs.  [default: COVERZOO_DATA/real, else the built-in corpus]",
)
@click.option("--batch", default=64, show_default=True, help="Samples per batch.")
@click.option("--rounds", default=5, show_default=True, help="Timed passes of each engine.")
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads of each engine.  [default: all cores]"
)
@option
def main(
    data: Path | None, batch: int, rounds: int, threads: int | None, peer: Path | None
) -> None:
    """Compare the input pipeline with that of PyTorch."""
    threads = limit(threads)
    python = python_of(peer)
    from coverzoo import backend

    backend.start()
    import tensorflow as tf

    from coverzoo.corpus.layout import read_split

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    root = data or _default_data()
    listing = read_split(root, "train", audio=True)
    if len(listing.samples) < batch:
        raise UserError(f"--batch {batch}: {root} has {len(listing.samples)} train pairs only")
    project = Pipeline(listing.samples, listing.genres, batch)
    arguments = (root, "--batch", batch, "--size", SIZE, "--threads", threads)
    rates: dict[str, list[float]] = {}
    with Peer(python, SCRIPTS / "input_pipeline.py", *arguments) as torch:
        if torch.properties["samples"] != len(listing.samples):
            raise UserError(
                f"{root}: the peer found {torch.properties['samples']} pairs, the project "
                f"{len(listing.samples)}; give a folder without rejected files"
            )
        for number in range(rounds + 1):
            passes = {"project": project.read()}
            passes |= {
                f"peer_{workers}_workers": torch.run(str(workers)) for workers in PEER_WORKERS
            }
            _check(passes)
            for name, done in passes.items():
                rates.setdefault(name, [])
                rates[name] += [done["images"] / done["seconds"]] * (number > 0)
            print(f"Round {number}: {passes}", file=sys.stderr)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    report = {
        "pipeline": f"pairs, {SIZE} px",
        "data": str(root.name if data is None else data),
        "pairs": len(listing.samples),
        "batch": batch,
        "threads": threads,
        "rounds": rounds,
        "engines": {"project": f"tensorflow {tf.__version__}", "peer": torch.properties["engine"]},
        "images_per_second": {name: round(value, 1) for name, value in medians.items()},
        "project_over_peer": {
            name: round(medians["project"] / value, 2)
            for name, value in medians.items()
            if name != "project"
        },
    }
    print(json.dumps(report, indent=2))


def _default_data() -> Path:
    """Return the folder of real pairs if there is one, else the built-in corpus."""
    from coverzoo.training.data import built_in

    real = Path(os.environ.get("COVERZOO_DATA") or DEFAULT_DATA) / "real"
    return real if (real / "audio-cover_dataset").is_dir() else built_in()


def _check(passes: dict[str, dict[str, float]]) -> None:
    """Raise UserError unless all passes read the same number of images of similar mean."""
    images = {done["images"] for done in passes.values()}
    means = [done["mean"] for done in passes.values()]
    if len(images) != 1 or max(means) - min(means) > 0.5:
        raise UserError(f"the engines did not read the same images: {passes}")


class Pipeline:
    """The project's batches, as training reads them.

    Args:
        samples: Samples of the train split.
        genres: Names of the genres.
        batch: Samples per batch.
    """

    def __init__(self, samples: Sequence[Any], genres: Sequence[str], batch: int) -> None:
        from coverzoo.corpus.batches import training_batches

        self.count = len(samples) // batch
        self.batches = iter(
            training_batches(samples, genres, image_size=SIZE, batch_size=batch, seed=0, audio=True)
        )

    def read(self) -> dict[str, float]:
        """Read as many batches as the samples fill, and return images, seconds and a mean."""
        for _ in range(UNTIMED_BATCHES):
            next(self.batches)
        images = 0
        start = time.perf_counter()
        for _ in range(self.count):
            batch = next(self.batches)
            images += len(batch["image"])
        seconds = time.perf_counter() - start
        mean = float(batch["image"].numpy().mean())
        return {"images": images, "seconds": seconds, "mean": mean}


if __name__ == "__main__":
    main()
