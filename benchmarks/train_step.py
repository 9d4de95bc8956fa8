"""Images per second of a training step, compared with PyTorch and with the peak of the cores.

The step is that of `wgan-gp --audio --preset thesis` at 128 px: five critic updates on one batch
and a generator update. Project and peer have equal networks and alternate on the same cores.
Images/s count updates × batch. Prints one JSON object, which docs/experiments/benchmarks.md
explains.

    python benchmarks/train_step.py
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from machine import limit
from peer import SCRIPTS, Peer, option, python_of

from coverzoo.command import Command
from coverzoo.errors import UserError


@click.command(cls=Command)
@click.option("--batch", default=16, show_default=True, help="Samples per update.")
@click.option("--rounds", default=7, show_default=True, help="Timed steps of each engine.")
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads of each engine.  [default: all cores]"
)
@option
def main(batch: int, rounds: int, threads: int | None, peer: Path | None) -> None:
    """Compare a training step with that of PyTorch."""
    threads = limit(threads)
    python = python_of(peer)
    from coverzoo import backend

    backend.start()
    import flops
    import tensorflow as tf
    from convolutions import Convolutions, Gemm

    from coverzoo.corpus.layout import AUDIO_WIDTH
    from coverzoo.zoo import registry

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    settings = registry.settings_of("wgan-gp", "thesis", True, {"batch_size": batch})
    project, convolutions, gemm = Step(settings, AUDIO_WIDTH), Convolutions(settings), Gemm()
    arguments = ("--batch", batch, "--threads", threads)
    with Peer(python, SCRIPTS / "train_step.py", *arguments) as torch:
        if torch.properties["parameters"] != project.parameters:
            raise UserError(
                f"the peer's networks have {torch.properties['parameters']} parameters, "
                f"the project's {project.parameters}; correct benchmarks/peers/train_step.py"
            )
        steps = {
            "project": project.step,
            "peer": lambda: torch.run()["seconds"],
            "convolutions": convolutions.step,
            "gemm": gemm.step,
        }
        seconds = medians(steps, rounds)
    work = {
        "project": flops.of_settings(settings, AUDIO_WIDTH),
        "convolutions": flops.of_settings(settings, AUDIO_WIDTH, with_dense=False),
        "gemm": gemm.flops,
    }
    work["peer"] = work["project"]
    images = (settings.critic_steps + 1) * batch
    report = {
        "step": "wgan-gp --audio --preset thesis, 128 px",
        "batch": batch,
        "threads": threads,
        "rounds": rounds,
        "parameters": project.parameters,
        "engines": {"project": f"tensorflow {tf.__version__}", "peer": torch.properties["engine"]},
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "images_per_second": {
            name: round(images / seconds[name], 2) for name in ("project", "peer", "convolutions")
        },
        "project_over_peer": round(seconds["peer"] / seconds["project"], 3),
        "step_gflop": round(work["project"] / 1e9, 1),
        "gflop_per_second": {name: round(work[name] / seconds[name] / 1e9, 1) for name in seconds},
        "share_of_gemm": {
            name: round(work[name] / seconds[name] * seconds["gemm"] / work["gemm"], 3)
            for name in ("project", "peer", "convolutions")
        },
    }
    print(json.dumps(report, indent=2))


def medians(steps: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each function over alternating rounds.

    The first call of each is not counted.

    Args:
        steps: Functions that run a step and return its seconds, by name.
        rounds: Number of timed rounds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds + 1):
        for name, step in steps.items():
            elapsed = step()
            if number:
                seconds[name].append(elapsed)
            time.sleep(0.2)  # until the threads of one engine no longer spin
        shown = ", ".join(f"{name} {times[-1]:.2f} s" for name, times in seconds.items() if times)
        print(f"Round {number}: {shown or 'warm-up'}", file=sys.stderr)
    return {name: statistics.median(times) for name, times in seconds.items()}


class Step:
    """The project's training step on one batch, as `fit` runs it.

    Args:
        settings: Settings of the preset.
        audio_width: Number of audio features.
    """

    def __init__(self, settings: Any, audio_width: int) -> None:
        import keras
        import tensorflow as tf

        from coverzoo.zoo import registry

        # As in training; see docs/explanation/platform.md.
        tf.config.optimizer.set_experimental_options({"remapping": False})
        keras.utils.set_random_seed(0)
        model = registry.build("wgan-gp", settings, audio_width=audio_width)
        side, size = settings.image_size, settings.batch_size
        rng = tf.random.Generator.from_seed(0)
        batch = {
            "image": rng.uniform((size, side, side, 3), -1.0, 1.0),
            "audio": rng.normal((size, audio_width)),
            "genre": tf.zeros((size,), tf.int32),
            "group": tf.range(size, dtype=tf.int64),
        }
        self.batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
        model.make_train_function()
        self.train = model.train_function
        self.parameters = {
            network.name: sum(int(tf.size(weight)) for weight in network.trainable_variables)
            for network in (model.generator, model.critic)
        }

    def step(self) -> float:
        """Run one step and return its seconds."""
        start = time.perf_counter()
        logs = self.train(self.batches)
        float(logs["generator_loss"])
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
