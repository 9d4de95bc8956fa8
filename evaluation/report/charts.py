"""Charts of a report as SVG text, drawn by Matplotlib."""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

COLOURS = ("#2a6f97", "#89a7b8", "#c9b79c")  # generated, real, shuffled
CHANCE = "#b3261e"
# As many pairs of both as their product: 30 groups differ.
GROUP_COLOURS = (
    *("#1f77b4", "#d95f02", "#2a9d4e", "#b3261e", "#7b52ab"),
    *("#8c564b", "#d6459b", "#4d5a63", "#a08a00", "#17a2b8"),
)
GROUP_MARKERS = ("o", "s", "^")
LEGEND_CHARACTERS = 15  # of a group, of which three are beside each other
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
    figure = Figure((4.4, 0.8 + 0.24 * len(names) * len(values)), layout="constrained")
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


def scatter(points: np.ndarray, groups: Sequence[str], names: tuple[str, str]) -> str:
    """Points coloured by group; the legend is below, so that it fits a phone.

    Args:
        points: Coordinates (N, 2); both axes have one scale.
        groups: Group of each point.
        names: Names of the two axes.
    """
    found = np.unique(groups)
    figure = Figure((5.0, 4.4 + 0.21 * -(-len(found) // 3)), layout="constrained")
    axes = figure.add_subplot()
    for number, group in enumerate(found):
        axes.plot(
            *points[np.asarray(groups) == group].T,
            ls="",
            marker=GROUP_MARKERS[number % len(GROUP_MARKERS)],
            ms=4.5,
            mew=0,
            alpha=0.75,
            color=GROUP_COLOURS[number % len(GROUP_COLOURS)],
        )
    axes.set_aspect("equal", "datalim")
    axes.set(xlabel=names[0], ylabel=names[1], xticks=[], yticks=[])
    axes.spines[["top", "right"]].set_visible(False)
    legend = figure.legend(
        axes.lines,
        ["group"] * len(found),  # a name that starts with an underscore would be left out
        fontsize=10,
        frameon=False,
        loc="outside lower center",
        ncols=3,
        markerscale=1.5,
        handletextpad=0.1,
        columnspacing=1.0,
    )
    for text, group in zip(legend.get_texts(), found, strict=True):
        text.set_parse_math(False)  # a genre is the name of a folder, whatever it contains
        text.set_text(_shortened(group))
    return _svg(figure)


def comparison(
    names: Sequence[str], panels: Mapping[str, Sequence[tuple[float, float] | None]]
) -> Figure:
    """A panel of points with error bars for each figure; a row for each name.

    Args:
        names: Names of the rows.
        panels: By title, (value, standard error) of each row; None where it has no value, NaN for
            no error.
    """
    columns = min(4, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure((2.0 + 2.2 * columns, rows * (0.9 + 0.28 * len(names))), layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for axes, (title, values) in zip(grid, panels.items(), strict=False):
        for place, each in enumerate(values):
            if each is not None:
                error = None if np.isnan(each[1]) else each[1]
                axes.errorbar(each[0], place, xerr=error, fmt="o", ms=5, color=COLOURS[0])
        axes.set_title(title, fontsize=9)
        axes.grid(axis="x", color="#e4e8eb")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(labelsize=8)
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=3)
        axes.margins(x=0.15)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    grid[0].set_yticks(range(len(names)), names, parse_math=False)
    grid[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def _shortened(name: str) -> str:
    if len(name) <= LEGEND_CHARACTERS:
        return name
    return name[: LEGEND_CHARACTERS - 1] + "…"


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    # Text as text: smaller, and it can be searched and read aloud.
    with (
        matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "coverzoo"}),
        warnings.catch_warnings(),
    ):
        # Of a genre in letters that Matplotlib's font lacks; the browser's font has them.
        warnings.filterwarnings("ignore", r"Glyph .* missing from font")
        figure.savefig(stream, format="svg", metadata=dict.fromkeys(METADATA))
    text = stream.getvalue()
    return text[text.index("<svg") :]  # without the XML declaration, to stand within HTML
