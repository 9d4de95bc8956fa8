"""Comparing runs by their metrics.json."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.errors import UserError
from coverzoo.evaluation.estimate import Estimate

# Figures of the table: title, and keys of metrics.json.
FIGURES: dict[str, tuple[str, ...]] = {
    "recall@1": ("adherence", "recall_at_1"),
    "p": ("adherence", "p_value"),
    "genre": ("adherence", "genre", "generated"),
    "diversity": ("diversity", "features", "value"),
    "KID": ("quality", "kid", "value"),
    "precision": ("quality", "precision"),
    "recall": ("quality", "recall"),
    "AUC at 8 px": ("quality", "two_sample", "8", "auc"),
    "grid energy": ("artefacts", "period_2", "energy"),
    "nearer to train": ("memorisation", "nearer"),
    "PSNR, dB": ("reconstruction", "psnr"),
}
# What must be equal in all runs that are compared, and what a user would call it.
SAME: dict[str, tuple[str, ...]] = {
    "protocol": ("protocol", "name"),
    "version of the protocol": ("protocol", "version"),
    "features": ("protocol", "features"),
    "split": ("data", "split"),
    "data": ("data", "contents"),
}


@dataclass(frozen=True)
class Row:
    """Runs that differ by their seed alone.

    Attributes:
        name: Name of the first run.
        runs: Number of runs.
        figures: Mean and standard error over the runs by title; None where a run lacks it.
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
            _value(found, keys, needed=True)
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
        for name, keys in SAME.items():
            first, other = _value(found[0], keys), _value(each, keys)
            if first != other:
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
            {title: _of_group(group, keys) for title, keys in FIGURES.items()},
        )
        for group in groups.values()
    ]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; figures that no run has are left out."""
    titles = [title for title in FIGURES if any(row.figures[title] for row in rows)]
    lines = [["run", "runs", *titles]]
    for row in rows:
        lines.append([row.name, str(row.runs), *(_text(row.figures[title]) for title in titles)])
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _of_group(group: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> Estimate | None:
    values = [_value(each, keys) for each in group]
    return None if None in values else Estimate.of_mean(values)


def _text(figure: Estimate | None) -> str:
    if figure is None:
        return "–"
    error = "" if np.isnan(figure.standard_error) else f" ± {figure.standard_error:.2g}"
    return f"{figure.value:.3g}{error}"


def _value(metrics: Any, keys: tuple[str, ...], *, needed: bool = False) -> Any:
    for key in keys:
        if not needed and (not isinstance(metrics, Mapping) or key not in metrics):
            return None
        metrics = metrics[key]
    return metrics
