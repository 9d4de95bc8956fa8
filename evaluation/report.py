"""The report of an evaluation: one HTML file that needs nothing else."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from PIL import Image

from coverzoo.evaluation import charts
from coverzoo.evaluation.conclusion import conclusion
from coverzoo.evaluation.memorisation import nearest
from coverzoo.evaluation.readings import Readings

TRACKS = 8  # rows of the grid
CURVES = ("critic_loss", "generator_loss", "critic_score_gap", "loss", "reconstruction_loss")


@dataclass(frozen=True)
class Picture:
    """A picture with its caption; the PNG file is base64."""

    text: str
    png: str


@dataclass(frozen=True)
class Section:
    """A part of the report under one title."""

    title: str
    text: str = ""
    charts: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = field(default=())


def render(metrics: Mapping[str, Any], found: Mapping[str, Readings], records: Path) -> str:
    """The report as HTML.

    Args:
        metrics: Content of metrics.json.
        found: Readings of covers by kind, see `evaluate`; empty without generated covers.
        records: metrics.jsonl of the run.
    """
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        files("coverzoo.evaluation").joinpath("templates/report.html").read_text("utf-8")
    )
    builders = (
        _adherence,
        _genres,
        _facts,
        _diversity,
        _drawn,
        _quality,
        _artefacts,
        _memorisation,
    )
    sections = [section for build in builders if (section := build(metrics, found)) is not None]
    sections += _curves(records)
    protocol = [
        *metrics["versions"].items(),
        *((f"seed of {name}", seed) for name, seed in metrics["seeds"].items()),
        *((f"{name} tracks", count) for name, count in metrics["n"].items()),
        ("data", metrics["data"]["contents"]),
        ("model.keras (SHA-256)", metrics["run"]["sha256"]),
    ]
    return template.render(
        metrics=metrics, conclusion=conclusion(metrics), sections=sections, protocol=protocol
    )


def _adherence(metrics: Mapping[str, Any], found: Any) -> Section | None:
    section = metrics.get("adherence")
    if section is None:
        return None
    title = "Does the cover follow the audio?"
    if "not_measurable" in section:
        return Section(title, f"Not measurable: {section['not_measurable']}.")
    ranks = ("recall_at_1", "recall_at_5", "recall_at_10")
    kinds = {"generated": section, "real": section["real"], "shuffled": section["shuffled"]}
    rows = [
        (kind, *(f"{each[rank]:.3f}" for rank in ranks), f"{each['median_rank']:.1f}",
         f"{each['p_value']:.3g}")
        for kind, each in kinds.items()
    ]  # fmt: skip
    return Section(
        title,
        "A dual encoder of covers and audio, which no training loss uses, ranks the audio of "
        f"{section['pool']} tracks by similarity to a cover. Recall: the share of covers whose "
        "own audio is among the first 1, 5 or 10. Real covers show what can be reached; covers "
        "generated from another track's audio should be at chance.",
        charts=[
            charts.bars(
                ["recall@1", "recall@5", "recall@10"],
                {kind: [each[rank] for rank in ranks] for kind, each in kinds.items()},
                chance=section["chance"],
            )
        ],
        columns=("covers", "recall@1", "@5", "@10", "median rank", "p"),
        rows=rows,
    )


def _genres(metrics: Mapping[str, Any], found: Any) -> Section | None:
    section = metrics.get("adherence", {}).get("genre")
    if section is None:
        return None
    title = "Does it show the genre?"
    if "not_measurable" in section:
        return Section(title, f"Not measurable: {section['not_measurable']}.")
    kinds = ("generated", "real", "shuffled")
    names = list(section["genres"])
    rows = [
        (name, each["tracks"], *(f"{each[kind]:.3f}" for kind in kinds))
        for name, each in section["genres"].items()
    ]
    indices = [number for number, row in enumerate(section["confusion"]) if sum(row)]
    counts = np.asarray(section["confusion"])[np.ix_(indices, indices)].tolist()
    return Section(
        title,
        "Balanced accuracy of a genre classifier on covers: the mean over genres of the share that "
        "is named correctly.",
        charts=[
            charts.bars(
                ["all"],
                {kind: [section[kind]] for kind in kinds},
                chance=section["chance"],
                errors=[(section["generated_low"], section["generated_high"])],
            ),
            charts.confusion(names, counts),
        ],
        columns=("genre", "tracks", *kinds),
        rows=rows,
    )


def _facts(metrics: Mapping[str, Any], found: Any) -> Section | None:
    section = metrics.get("facts")
    if section is None:
        return None
    kinds = ("generated", "real")
    return Section(
        "Does it show the facts of the track?",
        "Rank correlation over tracks of each fact with the same fact read from a cover by a "
        "regressor that no training loss uses. 1: covers show it exactly; 0: not at all.",
        charts=[
            charts.bars(
                [name.replace("_", " ") for name in section],
                {kind: [each[kind] for each in section.values()] for kind in kinds},
            )
        ],
    )


def _drawn(metrics: Mapping[str, Any], found: Any) -> Section | None:
    section = metrics.get("diversity", {})
    if "spread" not in section:
        return None
    energy = section["energy_coefficient"]
    return Section(
        "Does chance vary what the audio leaves free?",
        "Spread of each free factor over the covers of a track, over that of covers drawn anew "
        "for equal facts; 1 is the truth. Energy distance of both sets of covers over its largest "
        f"value: {energy['value']:.3f} ± {energy['standard_error']:.3f} (0 for equal "
        "distributions).",
        charts=[
            charts.bars(
                [name.replace("_", " ") for name in section["spread"]],
                {"generated over drawn": list(section["spread"].values())},
            )
        ],
    )


def _diversity(metrics: Mapping[str, Any], found: Mapping[str, Readings]) -> Section | None:
    section = metrics.get("diversity")
    if section is None:
        return None
    title = "Does the noise count?"
    pictures = []
    covers, noises = found["noises"].covers, metrics["diversity"].get("noises", 8)
    rows = min(TRACKS, len(covers) // noises)
    if rows:
        pictures = [_grid("Rows: tracks. Columns: noises.", covers[: rows * noises], noises)]
    if "not_measurable" in section:
        return Section(title, f"Not measurable: {section['not_measurable']}.", pictures=pictures)
    return Section(
        title,
        "The difference of two covers of one track, over that of two real covers of its genre: 0 "
        "if the noise has no effect, 1 if covers of a track differ as much as those of the genre.",
        charts=[
            charts.bars(
                ["features", "pixels"],
                {"generated": [section[name]["value"] for name in ("features", "pixels")]},
            )
        ],
        pictures=pictures,
    )


def _quality(metrics: Mapping[str, Any], found: Any) -> Section | None:
    section = metrics.get("quality")
    if section is None:
        return None
    title = "How close are generated covers to real ones?"
    if "not_measurable" in section:
        return Section(title, f"Not measurable: {section['not_measurable']}.")
    tests = section["two_sample"].values()
    names = ("precision", "recall", "density", "coverage")
    rows = [
        ("KID", f"{section['kid']['value']:.4f} ± {section['kid']['standard_error']:.4f}"),
        ("FID", f"{section['fid']['value']:.2f}"),
        ("FID for sets without end", f"{section['fid']['extrapolated']:.2f}"),
        *((name, f"{section[name]:.3f}") for name in names),
    ]
    return Section(
        title,
        "A small network is trained to separate generated from held-out real covers, and scores "
        "covers that it has not seen: an AUC of 0.5 means that it cannot. KID, FID and the "
        f"figures by neighbours use the features {metrics['protocol']['features']}; they compare "
        "with figures of the same features and number of covers only.",
        charts=[
            charts.bars(
                [f"{test['size']} px" for test in tests],
                {"AUC": [test["auc"] for test in tests]},
                chance=0.5,
            )
        ],
        columns=("figure", "value"),
        rows=rows,
    )


def _artefacts(metrics: Mapping[str, Any], found: Any) -> Section | None:
    section = metrics.get("artefacts")
    if section is None:
        return None
    title = "Artefacts"
    if "not_measurable" in section:
        return Section(title, f"Not measurable: {section['not_measurable']}.")
    rows = [
        (name.replace("_", " ") + " px", *(_number(each[key]) for key in each))
        for name, each in section.items()
        if name != "sharpness"
    ]
    return Section(
        title,
        "Energy at the periods of a pixel grid, over that of real covers, and the share of it that "
        "is the same in all covers: a grid that the generator adds everywhere. Sharpness is "
        f"{_number(section['sharpness'])} of that of real covers.",
        columns=("period", "energy over real", "shared by all", "shared by real covers"),
        rows=rows,
    )


def _memorisation(metrics: Mapping[str, Any], found: Mapping[str, Readings]) -> Section | None:
    section = metrics.get("memorisation")
    if section is None or "not_measurable" in section:
        return None
    made, train = found["generated"], found["train"]
    shown = min(TRACKS, len(made.covers))
    _, places = nearest(made.values["features"][:shown], train.values["features"])
    pictures = []
    if len(train.covers) > places.max():
        both = np.concatenate([made.covers[:shown], train.covers[places]])
        text = "Above: generated. Below: the nearest training covers."
        pictures = [_grid(text, both, shown)]
    return Section(
        "Are they copies?",
        "The distance to the nearest training cover: a generated cover is nearer to its own than a "
        f"held-out real cover with a probability of {section['nearer']:.3f} (0.5 for covers as new "
        "as real ones, 1 for copies).",
        pictures=pictures,
    )


def _curves(file: Path) -> list[Section]:
    if not file.is_file():
        return []
    records = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    names = [name for name in CURVES if sum(name in each for each in records) > 1]
    if not names:
        return []
    return [Section("Training", charts=[charts.curves(records, names)])]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _grid(text: str, covers: np.ndarray, columns: int) -> Picture:
    """Covers in rows, without margins."""
    rows, (_, side, _, channels) = len(covers) // columns, covers.shape
    grid = covers[: rows * columns].reshape(rows, columns, side, side, channels)
    pixels = grid.swapaxes(1, 2).reshape(rows * side, columns * side, channels)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return Picture(text, base64.b64encode(stream.getvalue()).decode())
