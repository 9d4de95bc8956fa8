"""Milliseconds of a 128 px cover for a track: Keras, what it is exported to, and three peers.

The thesis's generator with audio, at batch 1 and 16, on one thread and two: Keras, SavedModel,
TFLite in float32, float16 and int8; the same network in PyTorch, ONNX Runtime and OpenVINO. All
take turns in one run. Then the cold start of `zoo-sample` for one cover. Prints one JSON object.

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

OURS = ("keras", "saved_model", "tflite_float32", "tflite_float16", "tflite_int8")
PEERS = ("pytorch", "onnxruntime", "openvino")
EXTRA = ("onnx", "onnxruntime", "openvino")
SAMPLE = (sys.executable, "-c", "from export.cli import sample; sample()")


@click.command(cls=Command)
@click.option("--batch", "batches", multiple=True, default=(1, 16), show_default=True, type=int)
@click.option("--threads", "each", multiple=True, default=(1, 2), show_default=True, type=int)
@click.option("--rounds", default=9, show_default=True, help="Turns of each.")
@click.option("--repeats", default=5, show_default=True, help="Covers or batches a turn.")
@option
def main(
    batches: tuple[int, ...], each: tuple[int, ...], rounds: int, repeats: int, peer: Path | None
) -> None:
    """Print one JSON object."""
    python = python_of(peer, EXTRA)
    report: dict[str, Any] = {"network": "generator of wgan-gp --audio --preset thesis, 128 px"}
    report["rounds"], report["runs"] = rounds, []
    with tempfile.TemporaryDirectory() as folder:
        for threads in sorted(each, reverse=True):  # cores are only ever taken away
            limit(threads)
            for batch in batches:
                report["runs"].append(turns(python, folder, batch, threads, rounds, repeats))
        report["cold_start"] = cold_start(Path(folder))
    click.echo(json.dumps(report, indent=2))


def turns(
    python: Path, folder: str, batch: int, threads: int, rounds: int, repeats: int
) -> dict[str, Any]:
    """Milliseconds a batch of every engine, medians of turns, and what the aims are about."""
    arguments = ("--batch", batch, "--threads", threads, "--repeats", repeats)
    ours = Peer(Path(sys.executable), SCRIPTS.parent / "engines.py", "--folder", folder, *arguments)
    with ours, Peer(python, SCRIPTS / "sampling.py", *arguments) as theirs:
        if ours.facts["parameters"] != theirs.facts["parameters"]:
            raise UserError(
                f"the peers' network has {theirs.facts['parameters']} parameters, "
                f"ours {ours.facts['parameters']}: mend benchmarks/peers/train_step.py"
            )
        seconds: dict[str, list[float]] = {name: [] for name in (*OURS, *PEERS)}
        for number in range(rounds + 1):
            for name, taken in seconds.items():
                spent = (ours if name in OURS else theirs).turn(name)["seconds"]
                if number:  # the first does not count
                    taken.append(spent)
                time.sleep(0.02)
            click.echo(f"batch {batch}, {threads} threads: round {number}", err=True)
        versions = theirs.facts["engines"]
    medians = {name: 1e3 * statistics.median(taken) for name, taken in seconds.items()}
    best = min(PEERS, key=medians.__getitem__)
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
    """Seconds of `zoo-sample` for one cover of the same network, from start to its end."""
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
