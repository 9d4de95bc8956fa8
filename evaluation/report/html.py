"""The report of an evaluation: one HTML file that needs nothing else."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from coverzoo.evaluation.evaluator import Shown
from coverzoo.evaluation.report import charts
from coverzoo.evaluation.report.conclusion import conclusion
from coverzoo.evaluation.report.parts import Section
from coverzoo.evaluation.report.sections import sections

CURVES = ("critic_loss", "generator_loss", "critic_score_gap", "loss", "reconstruction_loss")


def render(metrics: Mapping[str, Any], shown: Shown, records: Path) -> str:
    """The report as HTML.

    Args:
        metrics: Content of metrics.json.
        shown: What is shown besides, see `evaluator.Evaluator`.
        records: metrics.jsonl of the run.
    """
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        files("coverzoo.evaluation.report").joinpath("templates/report.html").read_text("utf-8")
    )
    protocol = [
        *metrics["versions"].items(),
        *((f"seed of {name}", seed) for name, seed in metrics["seeds"].items()),
        *((f"{name} tracks", count) for name, count in metrics["n"].items()),
        ("data", metrics["data"]["contents"]),
        ("model.keras (SHA-256)", metrics["run"]["sha256"]),
    ]
    return template.render(
        metrics=metrics,
        conclusion=conclusion(metrics),
        sections=[*sections(metrics, shown), *_curves(records)],
        protocol=protocol,
    )


def _curves(file: Path) -> list[Section]:
    """The losses over the training steps, where metrics.jsonl has them."""
    if not file.is_file():
        return []
    records = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    names = [name for name in CURVES if sum(name in each for each in records) > 1]
    return [Section("Training", charts=[charts.curves(records, names)])] if names else []
