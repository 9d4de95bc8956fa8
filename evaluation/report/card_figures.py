"""The figures of metrics.json as a model card shows them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coverzoo.evaluation.report.conclusion import conclusion

Metrics = Mapping[str, Any]

SECTIONS = {
    "adherence": "Adherence to the audio",
    "genre": "Genre",
    "diversity": "Diversity",
    "quality": "Quality",
    "artefacts": "Artefacts",
    "memorisation": "Memorisation",
}
# Free factors of the built-in corpus, see `built_in.FREE`, as a reader knows them.
FACTORS = {
    "x": "horizontal place",
    "y": "vertical place",
    "ground_hue_cos": "hue of the ground (cosine)",
    "ground_hue_sin": "hue of the ground (sine)",
}
RECALLS = (1, 5, 10)
KINDS = ("generated", "real", "shuffled")


@dataclass(frozen=True)
class Figure:
    """A figure of a model.

    Attributes:
        metric: Its identifier in the model index; empty if only the table has it.
        name: Its name for people.
        value: Value for generated covers, or for reconstructions.
        reference: What it compares with: chance, or its value for equal distributions.
        spread: Standard error or interval as text; empty without one.
        real: Value for real covers; None where the figure itself compares with them.
        shuffled: Value for covers generated from another track's audio, or None.
    """

    metric: str
    name: str
    value: float
    reference: str
    spread: str = ""
    real: float | None = None
    shuffled: float | None = None

    @property
    def text(self) -> str:
        """Value and spread."""
        return f"{number(self.value)} {self.spread}".strip()


@dataclass(frozen=True)
class Evaluation:
    """An evaluation as a card shows it.

    Attributes:
        split: Name of the split.
        protocol: Name of the protocol, `full` or `quick`.
        arguments: What must be equal for figures to compare: protocol, features and data.
        of_training_data: Whether the data is that of training.
        sentences: The conclusion.
        figures: All figures that were measured.
        not_measurable: Section and reason, for sections that could not be measured.
        genres: Genre, tracks and the share that is named correctly of each of `KINDS`.
        details: Name and value of what is needed to repeat the evaluation.
    """

    split: str
    protocol: str
    arguments: Mapping[str, str]
    of_training_data: bool
    sentences: Sequence[str]
    figures: Sequence[Figure]
    not_measurable: Sequence[tuple[str, str]]
    genres: Sequence[Sequence[Any]]
    details: Sequence[tuple[str, Any]]

    @property
    def compared(self) -> list[Sequence[str]]:
        """Rows of a table: name, generated, real, audio of another track, chance."""
        return [
            (each.name, each.text, number(each.real), number(each.shuffled), each.reference)
            for each in self.figures
            if each.real is not None
        ]

    @property
    def relative(self) -> list[Sequence[str]]:
        """Rows of a table: name, value, and what it compares with."""
        return [
            (each.name, each.text, each.reference) for each in self.figures if each.real is None
        ]

    @classmethod
    def of(cls, metrics: Metrics) -> "Evaluation":
        """The evaluation in a metrics.json.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: If the content is not what `evaluate`
                returns.
        """
        protocol, data = metrics["protocol"], metrics["data"]
        version = f"{protocol['name']}, version {protocol['version']}"
        return cls(
            split=data["split"],
            protocol=protocol["name"],
            arguments={
                "protocol": version,
                "features": protocol["features"],
                "fingerprint": data["contents"],
            },
            of_training_data=data["that_of_training"],
            sentences=conclusion(metrics),
            figures=[figure for figure in figures(metrics) if math.isfinite(figure.value)],
            not_measurable=list(_not_measurable(metrics)),
            genres=_by_genre(metrics),
            details=[
                ("Protocol", version),
                ("Features", protocol["features"]),
                ("Covers", f"{metrics['n'][data['split']]:,} of the split {data['split']}"),
                *(
                    (f"Seed of the {name}", "not recorded" if seed is None else seed)
                    for name, seed in metrics["seeds"].items()
                ),
                ("Versions", ", ".join(f"{n} {v}" for n, v in metrics["versions"].items())),
                ("Fingerprint of the data", data["contents"]),
                ("model.keras (SHA-256)", metrics["run"]["sha256"]),
            ],
        )


def figures(metrics: Metrics) -> Iterator[Figure]:
    """The figures of all sections that were measured, those of adherence first.

    Args:
        metrics: Content of metrics.json.
    """
    adherence = metrics.get("adherence", {})
    if "recall_at_1" in adherence:
        yield from _retrieval(adherence)
    if "generated" in adherence.get("genre", {}):
        yield _genre(adherence["genre"])
    for name, each in metrics.get("facts", {}).items():
        title = f"rank correlation of {name.replace('_', ' ')}"
        yield Figure("", title, each["generated"], "0", real=each["real"])
    for name, build in (
        ("quality", _quality),
        ("diversity", _diversity),
        ("artefacts", _artefacts),
        ("memorisation", _memorisation),
        ("reconstruction", _reconstruction),
    ):
        section = metrics.get(name)
        if section is not None and "not_measurable" not in section:
            yield from build(section)


def number(value: float | None) -> str:
    """A number with three significant digits; a dash where there is none."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3g}"


def _error(section: Metrics) -> str:
    """`± 0.01`; empty where a single value has no standard error."""
    error = section["standard_error"]
    return f"± {error:.2g}" if error is not None and math.isfinite(error) else ""


def _retrieval(section: Metrics) -> Iterator[Figure]:
    pool, real, shuffled = section["pool"], section["real"], section["shuffled"]

    def figure(metric: str, key: str, name: str, chance: str) -> Figure:
        return Figure(metric, name, section[key], chance, "", real[key], shuffled[key])

    for k in RECALLS:
        key, chance = f"recall_at_{k}", number(min(k / pool, 1.0))
        place = "first" if k == 1 else f"among the first {k}"
        yield figure(key, key, f"own audio ranked {place} of {pool}", chance)
    yield figure(
        "", "median_rank", f"median rank of the own audio among {pool}", number((pool + 1) / 2)
    )
    yield figure("", "p_value", "p-value of permuted audio", "–")


def _genre(section: Metrics) -> Figure:
    return Figure(
        "balanced_accuracy",
        "balanced accuracy of the genre",
        section["generated"],
        number(section["chance"]),
        f"(95 % interval {section['generated_low']:.3g} to {section['generated_high']:.3g})",
        section["real"],
        section["shuffled"],
    )


def _quality(section: Metrics) -> Iterator[Figure]:
    kid, fid = section["kid"], section["fid"]
    yield Figure("kid", "KID", kid["value"], "0", _error(kid))
    yield Figure("fid", "FID", fid["value"], "0")
    yield Figure("", "FID, extrapolated to any number of covers", fid["extrapolated"], "0")
    yield Figure("improved_precision", "precision", section["precision"], "1 at most")
    yield Figure("improved_recall", "recall", section["recall"], "1 at most")
    yield Figure("density", "density", section["density"], "1")
    yield Figure("coverage", "coverage", section["coverage"], "1 at most")
    for test in sorted(section["two_sample"].values(), key=lambda test: test["size"]):
        name = f"AUC of generated against real covers at {test['size']} px"
        yield Figure(f"two_sample_auc_{test['size']}px", name, test["auc"], "0.5", _error(test))


def _diversity(section: Metrics) -> Iterator[Figure]:
    for name in ("features", "pixels"):
        title = f"difference of a track's covers over that of real ones of its genre, {name}"
        part = section[name]
        yield Figure(f"relative_diversity_{name}", title, part["value"], "1", _error(part))
    if "energy_coefficient" in section:
        part = section["energy_coefficient"]
        title = "energy coefficient of generated covers and of ones drawn anew for a track"
        yield Figure("energy_coefficient", title, part["value"], "0", _error(part))
    for name, value in section.get("spread", {}).items():
        title = f"spread of the {FACTORS.get(name, name)} over that of covers drawn anew"
        yield Figure("", title, value, "1")


def _artefacts(section: Metrics) -> Iterator[Figure]:
    for name, part in section.items():
        if name != "sharpness" and part["energy"] is not None:
            period = name.removeprefix("period_")
            title = f"energy at a period of {period} px over that of real covers"
            yield Figure("", title, part["energy"], "1")
    if section["sharpness"] is not None:
        yield Figure("", "sharpness over that of real covers", section["sharpness"], "1")


def _memorisation(section: Metrics) -> Iterator[Figure]:
    title = "probability that a generated cover is nearer to training than a held-out real one"
    yield Figure("memorisation", title, section["nearer"], "0.5")


def _reconstruction(section: Metrics) -> Iterator[Figure]:
    yield Figure("psnr", "PSNR of reconstructions, dB", section["psnr"], "–")
    yield Figure("ssim", "SSIM of reconstructions", section["ssim"], "1")
    yield Figure("mse", "MSE of reconstructions, values in [0, 1]", section["mse"], "0")
    if "elbo" in section:
        limit = f"below {number(section['log_likelihood_limit'])}"
        yield Figure("", "ELBO, nats per cover", section["elbo"], limit)


def _not_measurable(metrics: Metrics) -> Iterator[tuple[str, str]]:
    sections = {**metrics, "genre": metrics.get("adherence", {}).get("genre", {})}
    for key, title in SECTIONS.items():
        if "not_measurable" in sections.get(key, {}):
            yield title, sections[key]["not_measurable"]


def _by_genre(metrics: Metrics) -> list[Sequence[Any]]:
    found = metrics.get("adherence", {}).get("genre", {}).get("genres", {})
    return [
        (name, each["tracks"], *(number(each[kind]) for kind in KINDS))
        for name, each in found.items()
    ]
