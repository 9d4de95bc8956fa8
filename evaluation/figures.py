"""The figures of metrics.json that tables, curves and `--keep-best` use, as plain data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Figure:
    """One number of metrics.json.

    Attributes:
        title: Its name in tables.
        keys: Its place in metrics.json.
        meaning: One sentence for the reference.
        better: Whether `higher` or `lower` values are better; None where neither is.
    """

    title: str
    keys: tuple[str, ...]
    meaning: str
    better: Literal["higher", "lower"] | None = None


_ADHERENCE, _GENRE, _QUALITY = ("adherence",), ("adherence", "genre"), ("quality",)

FIGURES: dict[str, Figure] = {
    "recall_at_1": Figure(
        "recall@1",
        (*_ADHERENCE, "recall_at_1"),
        "Share of generated covers whose own audio is the most similar one of the pool.",
        "higher",
    ),
    "p_value": Figure(
        "p", (*_ADHERENCE, "p_value"), "Permutation p-value that covers match their audio."
    ),
    "genre": Figure(
        "genre",
        (*_GENRE, "generated"),
        "Balanced accuracy of the genre classifier on generated covers.",
        "higher",
    ),
    "diversity": Figure(
        "diversity",
        ("diversity", "features", "value"),
        "Difference of two covers of one track over that of real ones of its genre, in features.",
    ),
    "energy_coefficient": Figure(
        "energy coefficient",
        ("diversity", "energy_coefficient", "value"),
        "Energy distance of the covers of a track to those drawn for equal facts, in [0, 1].",
        "lower",
    ),
    "kid": Figure(
        "KID",
        (*_QUALITY, "kid", "value"),
        "KID in the features that `protocol.features` names.",
        "lower",
    ),
    "fid": Figure("FID", (*_QUALITY, "fid", "value"), "FID in these features.", "lower"),
    "precision": Figure(
        "precision",
        (*_QUALITY, "precision"),
        "Share of generated covers among real ones.",
        "higher",
    ),
    "recall": Figure(
        "recall", (*_QUALITY, "recall"), "Share of real covers among generated ones.", "higher"
    ),
    "auc_8px": Figure(
        "AUC at 8 px",
        (*_QUALITY, "two_sample", "8", "auc"),
        "Area under the curve of a classifier of generated against real covers, at 8 px.",
        "lower",
    ),
    "auc_32px": Figure(
        "AUC at 32 px", (*_QUALITY, "two_sample", "32", "auc"), "The same at 32 px.", "lower"
    ),
    "grid_energy": Figure(
        "grid energy",
        ("artefacts", "period_2", "energy"),
        "Energy at a period of 2 pixels over that of real covers.",
    ),
    "nearer_to_train": Figure(
        "nearer to train",
        ("memorisation", "nearer"),
        "Probability that a generated cover is nearer to a training cover than a held-out one is.",
    ),
    "psnr": Figure(
        "PSNR, dB", ("reconstruction", "psnr"), "Mean PSNR of reconstructions, in dB.", "higher"
    ),
    "ssim": Figure("SSIM", ("reconstruction", "ssim"), "Mean SSIM of reconstructions.", "higher"),
    "elbo": Figure(
        "ELBO", ("reconstruction", "elbo"), "Evidence lower bound, in nats per cover.", "higher"
    ),
}
# The same numbers on real covers and on covers of another track's audio: what they compare with.
CONTROLS: dict[str, Figure] = {
    "recall_at_1_real": Figure(
        "recall@1, real", (*_ADHERENCE, "real", "recall_at_1"), "`recall_at_1` of real covers."
    ),
    "recall_at_1_shuffled": Figure(
        "recall@1, shuffled",
        (*_ADHERENCE, "shuffled", "recall_at_1"),
        "`recall_at_1` of covers that are generated from another track's audio.",
    ),
    "genre_real": Figure("genre, real", (*_GENRE, "real"), "`genre` of real covers."),
    "genre_shuffled": Figure(
        "genre, shuffled",
        (*_GENRE, "shuffled"),
        "`genre` of covers that are generated from another track's audio.",
    ),
}


def value(metrics: Any, keys: tuple[str, ...]) -> Any:
    """The value at a place of metrics.json; None if it has none there."""
    for key in keys:
        if not isinstance(metrics, Mapping) or key not in metrics:
            return None
        metrics = metrics[key]
    return metrics


def figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    """All figures and controls that metrics.json has, by name."""
    found = {name: value(metrics, figure.keys) for name, figure in {**FIGURES, **CONTROLS}.items()}
    return {name: each for name, each in found.items() if each is not None}


def line(found: Mapping[str, float]) -> str:
    """The figures as one line, for a log."""
    shown = (
        f"{figure.title} {found[name]:.3g}" for name, figure in FIGURES.items() if name in found
    )
    return ", ".join(shown) or "nothing that can be measured"


def is_better(name: str, new: float, old: float | None) -> bool:
    """Whether a value of a figure is finite and better than an older one; None is the worst.

    Args:
        name: A figure whose `better` is not None.
        new: Its value.
        old: The value that it is compared with.
    """
    if not math.isfinite(new):
        return False
    if old is None:
        return True
    return new > old if FIGURES[name].better == "higher" else new < old
