"""The sections of a report, each from its section of metrics.json and the covers that were read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coverzoo.evaluation.evaluator import Shown
from coverzoo.evaluation.figures import value
from coverzoo.evaluation.report import charts
from coverzoo.evaluation.report.parts import Picture, Section, grid, number
from coverzoo.evaluation.report.reconstruction import pairs, reconstruction

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A section of the report.

    Attributes:
        title: Its title.
        keys: Its place in metrics.json.
        build: (title, the section there, what is shown) → the section of the report.
        pictures: (the section there, what is shown) → pictures, also where it is not measurable.
    """

    title: str
    keys: tuple[str, ...]
    build: Callable[[str, Content, Shown], Section]
    pictures: Callable[[Content, Shown], Sequence[Picture]] = lambda content, shown: ()


def sections(metrics: Content, shown: Shown) -> list[Section]:
    """The sections that metrics.json has.

    Args:
        metrics: Content of metrics.json.
        shown: What is shown besides, see `evaluator.Evaluator`.
    """
    made = []
    for kind in KINDS:
        content = value(metrics, kind.keys)
        if content is None:
            continue
        if "not_measurable" in content:
            section = Section(kind.title, f"Not measurable: {content['not_measurable']}.")
        else:
            section = kind.build(kind.title, content, shown)
        made.append(replace(section, pictures=kind.pictures(content, shown)))
    return made


def _adherence(title: str, section: Content, shown: Shown) -> Section:
    ranks = ("recall_at_1", "recall_at_5", "recall_at_10")
    kinds = {"generated": section, "real": section["real"], "shuffled": section["shuffled"]}
    rows = [
        (kind, *(number(each[rank]) for rank in ranks), f"{each['median_rank']:.1f}",
         f"{each['p_value']:.3g}")
        for kind, each in kinds.items()
    ]  # fmt: skip
    return Section(
        title,
        "A dual encoder of covers and audio, which no training loss uses, ranks the audio of "
        f"{section['pool']} tracks by similarity to a cover. Recall: the share of covers whose "
        "own audio is among the first 1, 5 or 10. Real covers show what this network reads; "
        "generated ones can exceed them where they show it more plainly. Covers "
        "generated from another track's audio should be at chance; with few tracks their p, of one "
        "random pairing, can be small by chance.",
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


def _genres(title: str, section: Content, shown: Shown) -> Section:
    kinds = ("generated", "real", "shuffled")
    names = list(section["genres"])
    rows = [
        (name, each["tracks"], *(number(each[kind]) for kind in kinds))
        for name, each in section["genres"].items()
    ]
    indices = [index for index, row in enumerate(section["confusion"]) if sum(row)]
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


def _facts(title: str, section: Content, shown: Shown) -> Section:
    return Section(
        title,
        "Rank correlation over tracks of each fact with the same fact read from a cover by a "
        "regressor that no training loss uses. 1: covers show it exactly; 0: not at all.",
        charts=[
            charts.bars(
                [name.replace("_", " ") for name in section],
                {kind: [each[kind] for each in section.values()] for kind in ("generated", "real")},
            )
        ],
    )


def _diversity(title: str, section: Content, shown: Shown) -> Section:
    bars = {name: section[name]["value"] for name in ("features", "pixels")}
    text = (
        "The difference of two covers of one track, over that of two real covers of its genre: 0 "
        "if the noise has no effect, 1 if covers of a track differ as much as those of the genre."
    )
    if "drawn" in section:
        bars["features, drawn"] = section["drawn"]["value"]
        text += " The last bar is that of covers drawn anew for equal facts: what the truth has."
    return Section(title, text, charts=[charts.bars(list(bars), {"": list(bars.values())})])


def _noises(section: Content, shown: Shown) -> list[Picture]:
    text = f"Rows: tracks ({', '.join(shown.genres)}). Columns: noises."
    return [grid(text, shown.covers["noises"].covers, section["noises"])]


def _spread(title: str, section: Content, shown: Shown) -> Section:
    return Section(
        title,
        "Spread of each free factor over the covers of a track, over that of covers drawn anew "
        "for equal facts; 1 is the truth.",
        charts=[
            charts.bars(
                [name.replace("_", " ") for name in section],
                {"generated over drawn": list(section.values())},
            )
        ],
    )


def _quality(title: str, section: Content, shown: Shown) -> Section:
    tests = section["two_sample"].values()
    names = ("precision", "recall", "density", "coverage")
    rows = [
        ("KID", f"{section['kid']['value']:.4f} ± {section['kid']['standard_error']:.4f}"),
        ("FID", f"{section['fid']['value']:.2f}"),
        ("FID, extrapolated to infinite samples", f"{section['fid']['extrapolated']:.2f}"),
        *((name, number(section[name])) for name in names),
    ]
    return Section(
        title,
        "A small network is trained to separate generated from held-out real covers, and scores "
        "covers that it has not seen: an AUC of 0.5 means that it cannot. KID, FID and the "
        "figures by neighbours compare with figures of the same features and number of covers "
        "only.",
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


def _artefacts(title: str, section: Content, shown: Shown) -> Section:
    rows = [
        (name.removeprefix("period_"), *map(number, each.values()))
        for name, each in section.items()
        if name != "sharpness"
    ]
    return Section(
        title,
        "Energy at the periods of a pixel grid, over that of real covers, and the share of it that "
        "is the same in all covers: a grid that the generator adds everywhere. Sharpness is "
        f"{number(section['sharpness'])} of that of real covers.",
        columns=("period, px", "energy", "equal in all", "of real covers"),
        rows=rows,
    )


def _memorisation(title: str, section: Content, shown: Shown) -> Section:
    return Section(
        title,
        "The distance to the nearest training cover: a generated cover is nearer to its own than a "
        f"held-out real cover with a probability of {number(section['nearer'])} (0.5 for covers as "
        "new as real ones, 1 for copies).",
    )


def _nearest(section: Content, shown: Shown) -> list[Picture]:
    made, nearest = shown.covers["noises"].covers, shown.covers["nearest"].covers
    first = made[:: len(made) // len(nearest)]  # the first cover of each track
    text = "Above: generated. Below: the nearest training covers."
    return [grid(text, np.concatenate([first, nearest]), len(nearest))]


KINDS = (
    Kind("Does the cover follow the audio?", ("adherence",), _adherence),
    Kind("Does it show the genre?", ("adherence", "genre"), _genres),
    Kind("Does it show the facts of the track?", ("facts",), _facts),
    Kind("Does the noise count?", ("diversity",), _diversity, _noises),
    Kind("Does chance vary what the audio leaves free?", ("diversity", "spread"), _spread),
    Kind("How close are generated covers to real ones?", ("quality",), _quality),
    Kind("Artefacts", ("artefacts",), _artefacts),
    Kind("How close are reconstructions?", ("reconstruction",), reconstruction, pairs),
    Kind("Are they copies?", ("memorisation",), _memorisation, _nearest),
)
