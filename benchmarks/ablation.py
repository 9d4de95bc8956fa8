"""Effect of each part of the recipe: `wgan-gp --audio` with one change each, over several seeds.

Runs `zoo-train` on the built-in corpus for each variant and seed, all for the same number of steps.
Prints one JSON object: balanced genre accuracy of covers generated from test audio, and diversity
of covers of one track over noise. The runs are kept, and a finished run is not trained again, so
that several calls can share the work.

    python benchmarks/ablation.py --out RUNS [--variant NAME …] [--seed N …] [--steps 1500]
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from every_model import last_results, trained

from coverzoo.command import Command
from coverzoo.errors import UserError

# One change each, as options of zoo-train.
VARIANTS: dict[str, tuple[str, ...]] = {
    "default": (),
    "no-mismatch": ("--set", "mismatch_weight=0"),
    "no-ema": ("--set", "ema_decay=0"),
    "diffaugment": ("--set", "augment=translation"),
    "no-feature-noise": ("--set", "feature_noise=0"),
    "plain-critic": ("--critic", "plain", "--set", "mismatch_weight=0"),
}


@click.command(cls=Command)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the runs.")
@click.option(
    "--variant",
    "names",
    multiple=True,
    type=click.Choice(list(VARIANTS)),
    help="Variant; repeatable.  [default: all]",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    default=(0, 1, 2),
    show_default=True,
    type=int,
    help="Seed of the runs; repeatable.",
)
@click.option("--steps", default=1500, show_default=True, help="Training steps per run.")
def main(out: Path, names: Sequence[str], seeds: Sequence[int], steps: int) -> None:
    """Compare variants of the recipe of wgan-gp --audio."""
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names or VARIANTS}
    for seed in seeds:
        for name, runs in results.items():
            options = ["--model", "wgan-gp", "--audio", "--preset", "small", *VARIANTS[name]]
            run = out / f"{name}-{seed}"
            runs.append(last_results(trained(run, [*options, "--seed", str(seed)], steps)))
            if "genre" not in runs[-1].get("evaluation", {}):
                raise UserError(f"{run}: has no evaluation. Remove it and run this again.")
    report = {"steps": steps, "seeds": list(seeds), "variants": summary(results)}
    click.echo(json.dumps(report, indent=2))


def summary(results: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Return results of every variant by seed, their means, and paired gains over `default`.

    Args:
        results: Results of runs, as `every_model.last_results` returns them, by variant, in the
            order of the seeds.
    """
    report: dict[str, Any] = {}
    default = [run["evaluation"]["genre"] for run in results.get("default", ())]
    for name, runs in results.items():
        accuracy = [run["evaluation"]["genre"] for run in runs]
        report[name] = {
            "generated": accuracy,
            "mean": round(statistics.mean(accuracy), 4),
            "shuffled": [run["evaluation"]["genre_shuffled"] for run in runs],
            "diversity": [run["evaluation"]["diversity"] for run in runs],
            "minutes": [run["minutes"] for run in runs],
        }
        if default and name != "default":
            gains = [round(other - own, 4) for other, own in zip(accuracy, default, strict=True)]
            report[name]["over_default"] = {
                "each": gains,
                "mean": round(statistics.mean(gains), 4),
                "standard_error": round(statistics.stdev(gains) / len(gains) ** 0.5, 4)
                if len(gains) > 1
                else None,
            }
    return report


if __name__ == "__main__":
    main()
