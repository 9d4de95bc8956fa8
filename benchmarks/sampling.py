"""Milliseconds per 128 px cover: Keras, the exported files and three peers.

The thesis's generator with audio, at batch 1 and 16, on one thread and two: Keras, SavedModel,
TFLite in float32, float16 and int8, and the same network in PyTorch, ONNX Runtime and OpenVINO. All
of them alternate in one run. The cold start of `zoo-sample` for one cover is measured too. Prints
one JSON object.

    python benchmarks/sampling.py
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from machine import limit
from peer import SCRIPTS, Peer, option, python_of

from coverzoo.command import Command
from coverzoo.corpus.layout import AUDIO_WIDTH
from coverzoo.errors import UserError

PROJECT_ENGINES = ("keras", "saved_model", "tflite_float32", "tflite_float16", "tflite_int8")
PEER_ENGINES = ("pytorch", "onnxruntime", "openvino")
PEER_PACKAGES = ("onnx", "onnxruntime", "openvino")
SAMPLE = (sys.executable, "-c", "from coverzoo.sampling.cli import main; main()")


@click.command(cls=Command)
@click.option(
    "--batch",
    "batches",
    multiple=True,
    default=(1, 16),
    show_default=True,
    type=int,
    help="Covers per batch; repeatable.",
)
@click.option(
    "--threads",
    "thread_counts",
    multiple=True,
    default=(1, 2),
    show_default=True,
    type=int,
    help="Threads of each engine; repeatable.",
)
@click.option("--rounds", default=9, show_default=True, help="Timed rounds.")
@click.option("--repeats", default=5, show_default=True, help="Batches of an engine per round.")
@option
def main(
    batches: tuple[int, ...],
    thread_counts: tuple[int, ...],
    rounds: int,
    repeats: int,
    peer: Path | None,
) -> None:
    """Compare the time per cover of all engines."""
    python = python_of(peer, PEER_PACKAGES)
    report: dict[str, Any] = {"network": "generator of wgan-gp --audio --preset thesis, 128 px"}
    report["rounds"], report["runs"] = rounds, []
    with tempfile.TemporaryDirectory() as folder:
        for threads in sorted(thread_counts, reverse=True):  # `limit` cannot add cores
            limit(threads)
            for batch in batches:
                report["runs"].append(compare(python, folder, batch, threads, rounds, repeats))
        report["cold_start"] = cold_start(Path(folder))
    click.echo(json.dumps(report, indent=2))


def compare(
    python: Path, folder: str, batch: int, threads: int, rounds: int, repeats: int
) -> dict[str, Any]:
    """Return the median milliseconds per batch of every engine, and their ratios."""
    arguments = ("--batch", batch, "--threads", threads, "--repeats", repeats)
    project = Peer(
        Path(sys.executable), SCRIPTS.parent / "engines.py", "--folder", folder, *arguments
    )
    with project, Peer(python, SCRIPTS / "sampling.py", *arguments) as peers:
        if project.properties["parameters"] != peers.properties["parameters"]:
            raise UserError(
                f"the peers' network has {peers.properties['parameters']} parameters, "
                f"the project's {project.properties['parameters']}; "
                "correct benchmarks/peers/train_step.py"
            )
        seconds: dict[str, list[float]] = {name: [] for name in (*PROJECT_ENGINES, *PEER_ENGINES)}
        for number in range(rounds + 1):
            for name, taken in seconds.items():
                process = project if name in PROJECT_ENGINES else peers
                elapsed = process.run(name)["seconds"]
                if number:  # the first round is not counted
                    taken.append(elapsed)
                time.sleep(0.02)
            click.echo(f"batch {batch}, {threads} threads: round {number}", err=True)
        versions = peers.properties["engines"]
    medians = {name: 1e3 * statistics.median(taken) for name, taken in seconds.items()}
    best = min(PEER_ENGINES, key=medians.__getitem__)
    return {
        "batch": batch,
        "threads": threads,
        "milliseconds": {name: round(value, 2) for name, value in medians.items()},
        "best_peer": best,
        "float32_over_best_peer": round(medians[best] / medians["tflite_float32"], 3),
        "int8_over_float32": round(medians["tflite_float32"] / medians["tflite_int8"], 3),
        "int8_over_best_peer": round(medians[best] / medians["tflite_int8"], 3),
        "peers": versions,
    }


def cold_start(folder: Path, rounds: int = 3) -> dict[str, float]:
    """Return the median seconds of `zoo-sample` for one cover, from its start to its end."""
    from engines import prepare

    from coverzoo import backend

    backend.start()
    run = folder / "run"
    run.mkdir()
    prepare(folder, 1).save(run / "model.keras")
    (run / "config.json").write_text("{}")
    np.save(folder / "track.npy", np.random.default_rng(0).standard_normal(AUDIO_WIDTH))
    command = [*SAMPLE, str(run), "--audio", str(folder / "track.npy"), "--count", "1"]
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run([*command, "--out", str(folder / "cover.png")], check=True, stdout=2)
        seconds.append(time.perf_counter() - start)
    return {"zoo_sample_seconds": round(statistics.median(seconds), 2)}


if __name__ == "__main__":
    main()
