"""What each part of the recipe is worth: `wgan-gp --audio` with one thing changed, over seeds.

Runs `zoo-train` on the built-in corpus, a run for each variant and seed, all for the same steps,
and prints one JSON object: balanced genre accuracy of covers for test audio, and how far covers of
one track differ by noise. The runs stay; one that is there already is read, not trained again, so
that several calls can share the work.

    python benchmarks/ablation.py --out RUNS [--variant NAME …] [--seed N …] [--steps 1500]
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from every_model import figures, trained

from coverzoo.command import Command
from coverzoo.errors import UserError

# One thing each, as zoo-train takes it.
VARIANTS: dict[str, tuple[str, ...]] = {
    "default": (),
    "no-mismatch": ("--set", "mismatch=0"),
    "no-average": ("--set", "ema=0"),
    "diffaugment": ("--set", "augment=translation"),
    "feature-noise": ("--set", "feature_noise=0.25"),
    "plain-critic": ("--critic", "plain", "--set", "mismatch=0"),
}


@click.command(cls=Command)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the runs.")
@click.option("--variant", "names", multiple=True, type=click.Choice(list(VARIANTS)))
@click.option("--seed", "seeds", multiple=True, default=(0, 1, 2), show_default=True, type=int)
@click.option("--steps", default=1500, show_default=True, help="Of training, each.")
def main(out: Path, names: Sequence[str], seeds: Sequence[int], steps: int) -> None:
    """Print one JSON object."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names or VARIANTS}
    for seed in seeds:
        for name, runs in found.items():
            words = ["--model", "wgan-gp", "--audio", "--preset", "small", *VARIANTS[name]]
            run = out / f"{name}-{seed}"
            runs.append(figures(trained(run, [*words, "--seed", str(seed)], steps)))
            if "diversity" not in runs[-1]:
                raise UserError(f"{run}: cut off before its figures. Remove it and try again.")
    report = {"steps": steps, "seeds": list(seeds), "variants": summary(found)}
    click.echo(json.dumps(report, indent=2))


def summary(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Figures of every variant, seed by seed, their means, and the gain over `default` in pairs.

    Args:
        found: figures of runs (`every_model.figures`) by variant, in the order of the seeds.
    """
    report: dict[str, Any] = {}
    base = [run["genre_accuracy"]["generated"] for run in found.get("default", ())]
    for name, runs in found.items():
        accuracy = [run["genre_accuracy"]["generated"] for run in runs]
        report[name] = {
            "generated": accuracy,
            "mean": round(statistics.mean(accuracy), 4),
            "shuffled": [run["genre_accuracy"]["shuffled"] for run in runs],
            "by_noise": [run["diversity"]["noise"] for run in runs],
            "minutes": [run["minutes"] for run in runs],
        }
        if base and name != "default":
            gains = [round(other - own, 4) for other, own in zip(accuracy, base, strict=True)]
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
