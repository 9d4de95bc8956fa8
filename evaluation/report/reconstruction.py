"""The report's section on reconstructions: figures, pictures and the latent map."""

from collections.abc import Mapping
from typing import Any

from coverzoo.evaluation.evaluator import Shown
from coverzoo.evaluation.report import charts
from coverzoo.evaluation.report.parts import Picture, Section, grid

QUALITY = (
    "PSNR is 10 log₁₀(1 / squared error), a mean over covers. SSIM compares means, variances and "
    "the covariance in windows of 11 × 11 pixels; it is 1 for exact reconstructions."
)
ELBO = (
    " The ELBO, the expected log-likelihood minus the KL divergence of posterior and prior, is a "
    "lower bound of the log-likelihood of a cover. The decoder is Bernoulli, so that exact "
    "reconstructions reach the limit below, not 0. A dimension of z is active if the variance of "
    "its posterior mean over covers, on the scale of the prior, is above 0.01."
)
LATENT = " The map has the codes of {} covers on their two principal axes."
NO_LATENT = " There is no map of the codes: {}."


def reconstruction(title: str, section: Mapping[str, Any], shown: Shown) -> Section:
    """The section on reconstructions.

    Args:
        title: Its title.
        section: Section `reconstruction` of metrics.json.
        shown: What is shown besides, see `evaluator.Evaluator`.
    """
    latent = section["latent"]
    text = QUALITY + (ELBO if "elbo" in section else "")
    text += (
        NO_LATENT.format(latent["not_measurable"])
        if "not_measurable" in latent
        else LATENT.format(latent["covers"])
    )
    return Section(
        title, text, charts=_map(shown), columns=("figure", "value"), rows=_rows(section)
    )


def pairs(section: Mapping[str, Any], shown: Shown) -> list[Picture]:
    """Covers above their reconstructions."""
    if shown.reconstructions is None:
        return []
    covers = shown.reconstructions.pairs
    text = "Above: covers of the split. Below: their reconstructions."
    return [grid(text, covers, len(covers) // 2)]


def _rows(section: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("covers", f"{section['covers']}"),
        ("MSE", f"{section['mse']:.5f}"),
        ("PSNR", f"{section['psnr']:.2f} dB"),
        ("SSIM", f"{section['ssim']:.3f}"),
    ]
    if "elbo" in section:
        names = {
            "elbo": "ELBO",
            "log_likelihood": "expected log-likelihood",
            "log_likelihood_limit": "limit of the log-likelihood",
            "kl": "KL divergence",
        }
        rows += [(name, f"{section[key]:,.1f} nats") for key, name in names.items()]
        rows.append(("active dimensions", f"{section['active_units']} of {section['latent_dim']}"))
    return rows


def _map(shown: Shown) -> list[str]:
    if shown.reconstructions is None or shown.reconstructions.latent is None:
        return []
    latent = shown.reconstructions.latent
    names = [
        f"axis {number}: {share:.0%} of the variance"
        for number, share in enumerate(latent.shares, 1)
    ]
    return [charts.scatter(latent.points, latent.genres, (names[0], names[1]))]
