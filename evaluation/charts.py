"""Charts of a report as SVG text, drawn by Matplotlib."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

COLOURS = ("#2a6f97", "#89a7b8", "#c9b79c")  # generated, real, shuffled
CHANCE = "#b3261e"
METADATA = ("Creator", "Date", "Format", "Type")  # of SVG files; left out


def bars(
    names: Sequence[str],
    values: Mapping[str, Sequence[float]],
    chance: float | None = None,
    errors: Sequence[tuple[float, float]] | None = None,
) -> str:
    """Horizontal bars of several kinds beside each other, with a line at chance.

    Args:
        names: Name of each group of bars.
        values: By kind, the length of its bar in each group.
        chance: Where a dashed line is drawn; None for none.
        errors: Lower and upper end of the interval of the first kind's bars.
    """
    figure = Figure((5.0, 0.8 + 0.24 * len(names) * len(values)), layout="constrained")
    axes = figure.add_subplot()
    height = 0.8 / len(values)
    places = np.arange(len(names))
    for number, (kind, lengths) in enumerate(values.items()):
        offset = (number - (len(values) - 1) / 2) * height
        bars = axes.barh(
            places + offset, lengths, 0.9 * height, label=kind, color=COLOURS[number % 3]
        )
        axes.bar_label(bars, fmt="%.3g", padding=3, fontsize=8)
        if errors is not None and number == 0:
            spans = np.abs(np.transpose(errors) - np.asarray(lengths))
            axes.errorbar(lengths, places + offset, xerr=spans, fmt="none", color="black", lw=1)
    if chance is not None:
        axes.axvline(chance, color=CHANCE, ls="--", lw=1, label="chance")
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    if len(values) > 1 or chance is not None:
        figure.legend(fontsize=8, frameon=False, loc="outside lower center", ncols=4)
    return _svg(figure)


def confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """A confusion matrix: rows are the genres of the audio, columns those of the covers."""
    table = np.asarray(counts, float)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    side = 1.8 + 0.36 * len(names)
    figure = Figure((side, side), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for row, column in np.ndindex(*shares.shape):
        if table[row, column]:
            colour = "white" if shares[row, column] > 0.5 else "black"
            text = f"{table[row, column]:.0f}"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("genre that covers show")
    axes.set_ylabel("genre of the audio")
    return _svg(figure)


def curves(records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Values of metrics.jsonl over the training steps, a panel each."""
    figure = Figure((6.0, 1.3 * len(names)), layout="constrained")
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, names, strict=True):
        points = [(each["step"], each[name]) for each in records if each.get(name) is not None]
        axes.plot(*np.transpose(points), color=COLOURS[0], lw=1)
        axes.set_title(name, fontsize=9, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlabel("step")
    return _svg(figure)


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    # Text as text: smaller, and it can be searched and read aloud.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "coverzoo"}):
        figure.savefig(stream, format="svg", metadata=dict.fromkeys(METADATA))
    text = stream.getvalue()
    return text[text.index("<svg") :]  # without the XML declaration, to stand within HTML
