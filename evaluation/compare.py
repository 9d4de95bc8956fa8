"""Comparing runs by their metrics.json."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.errors import UserError
from coverzoo.evaluation.estimate import Estimate
from coverzoo.evaluation.figures import FIGURES, value
from coverzoo.evaluation.report import charts
from coverzoo.files import replacing

# What must be equal in all runs that are compared, and what a user would call it.
SAME: dict[str, tuple[str, ...]] = {
    "protocol": ("protocol", "name"),
    "version of the protocol": ("protocol", "version"),
    "features": ("protocol", "features"),
    "split": ("data", "split"),
    "data": ("data", "contents"),
}
# What must be equal in those runs that have it: models without audio have no units.
SAME_WHERE_FOUND: dict[str, tuple[str, ...]] = {
    "number of units (--groups changes it)": ("adherence", "units")
}


CHARTS = (".svg", ".png", ".pdf")


@dataclass(frozen=True)
class Row:
    """Runs that differ by their seed alone.

    Attributes:
        name: Name of the first run.
        runs: Number of runs.
        figures: Mean and standard error over the runs by name; None where a run lacks it.
    """

    name: str
    runs: int
    figures: Mapping[str, Estimate | None]


def read_metrics(file: Path) -> dict[str, Any]:
    """The content of a metrics.json.

    Raises:
        UserError: If it is missing or damaged.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        for keys in SAME.values():
            if value(found, keys) is None:
                raise ValueError(".".join(keys))
        return found
    except FileNotFoundError:
        raise UserError(f"{file}: not there. Measure the run first: zoo-eval run RUN") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{file}: not written by zoo-eval run, or damaged. Measure the run again."
        ) from error


def compare(files: Sequence[Path]) -> list[Row]:
    """The figures of runs, those that differ by seed as one row.

    Args:
        files: metrics.json of each run.

    Raises:
        UserError: If the figures do not compare, because protocol or data differ.
    """
    found = [read_metrics(file) for file in files]
    for file, each in zip(files, found, strict=True):
        for name, keys in {**SAME, **SAME_WHERE_FOUND}.items():
            first, other = value(found[0], keys), value(each, keys)
            if first != other and (name in SAME or None not in (first, other)):
                raise UserError(
                    f"{file}: its {name} is {other}, that of {files[0]} {first}: the figures do "
                    "not compare. Measure both runs alike."
                )
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in found:
        groups.setdefault(each["run"]["settings"], []).append(each)
    return [
        Row(
            group[0]["run"]["name"],
            len(group),
            {name: _of_group(group, figure.keys) for name, figure in FIGURES.items()},
        )
        for group in groups.values()
    ]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; figures that no run has are left out."""
    names = [name for name in FIGURES if any(row.figures[name] for row in rows)]
    lines = [["run", "runs", *(FIGURES[name].title for name in names)]]
    for row in rows:
        lines.append([row.name, str(row.runs), *(_text(row.figures[name]) for name in names)])
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def write_chart(rows: Sequence[Row], file: Path) -> None:
    """Draw the figures of the rows, each with its standard error over seeds.

    Args:
        rows: Rows, see `compare`.
        file: A file that ends with .svg, .png or .pdf.

    Raises:
        UserError: If it cannot be written.
    """
    if file.suffix not in CHARTS:
        raise UserError(f"--chart {file}: expected a file of {', '.join(CHARTS)}")
    panels = {
        figure.title: [
            None if (each := row.figures[name]) is None else (each.value, each.standard_error)
            for row in rows
        ]
        for name, figure in FIGURES.items()
    }
    panels = {title: values for title, values in panels.items() if any(values)}
    drawn = charts.comparison([row.name for row in rows], panels)
    try:
        with replacing(file) as temporary:
            drawn.savefig(temporary, dpi=150)
    except OSError as error:
        raise UserError(f"--chart {file}: cannot be written: {error.strerror}") from error


def _of_group(group: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> Estimate | None:
    values = [value(each, keys) for each in group]
    return None if None in values else Estimate.of_mean(values)


def _text(figure: Estimate | None) -> str:
    if figure is None:
        return "–"
    error = "" if np.isnan(figure.standard_error) else f" ± {figure.standard_error:.2g}"
    return f"{figure.value:.3g}{error}"
