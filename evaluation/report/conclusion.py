"""The conclusion of an evaluation in three sentences, from metrics.json alone."""

from collections.abc import Mapping
from typing import Any

ALPHA = 0.05
# Relative diversity, over that of drawn covers where there are any, below and above which the
# conclusion says so.
LITTLE, MUCH = 0.1, 1.1


def conclusion(metrics: Mapping[str, Any]) -> list[str]:
    """Sentences on adherence, diversity and quality, or on reconstructions.

    Args:
        metrics: Content of metrics.json.
    """
    sentences = []
    if "adherence" in metrics:
        sentences.append(_adherence(metrics["adherence"]))
    if "diversity" in metrics:
        sentences.append(_diversity(metrics["diversity"]))
    if "quality" in metrics:
        sentences.append(_quality(metrics["quality"]))
    if "reconstruction" in metrics:
        found = metrics["reconstruction"]
        sentences.append(
            f"Reconstructions of {found['covers']} covers have a PSNR of {found['psnr']:.1f} dB "
            f"and an SSIM of {found['ssim']:.2f}."
        )
    return sentences


def _adherence(found: Mapping[str, Any]) -> str:
    if "not_measurable" in found:
        return f"Whether covers follow the audio cannot be measured: {found['not_measurable']}."
    figures = (
        f"of {found['pool']} tracks its own is the most similar to "
        f"{found['recall_at_1']:.0%} of the covers (real covers "
        f"{found['real']['recall_at_1']:.0%}, audio shuffled "
        f"{found['shuffled']['recall_at_1']:.1%}, chance {found['chance']:.0%}; "
        f"p = {found['p_value']:.2g}){_genre(found.get('genre'))}"
    )
    if found["p_value"] > ALPHA:
        return f"There is no evidence that covers follow the audio: {figures}."
    return f"Covers follow the audio: {figures}."


def _genre(found: Mapping[str, Any] | None) -> str:
    """The part of the sentence on the genre, where it was measured."""
    if found is None or "not_measurable" in found:
        return ""
    return (
        f"; {found['generated']:.0%} show its genre (real covers {found['real']:.0%}, audio "
        f"shuffled {found['shuffled']:.0%}, chance {found['chance']:.0%})"
    )


def _diversity(found: Mapping[str, Any]) -> str:
    if "not_measurable" in found:
        return f"Diversity cannot be measured: {found['not_measurable']}."
    value = found["features"]["value"]
    figures = f"covers of one track differ {value:.2f} times as much as real ones of its genre"
    if "drawn" in found:
        figures += f" (those drawn for equal facts {found['drawn']['value']:.2f} times)"
    truth = found["drawn"]["value"] if "drawn" in found else 1.0
    if value < LITTLE * truth:
        return f"The noise has hardly any effect: {figures}."
    if value > MUCH * truth:
        return f"Covers vary more than the data: {figures}."
    return f"The noise has an effect: {figures}."


def _quality(found: Mapping[str, Any]) -> str:
    if "not_measurable" in found:
        return f"Quality cannot be measured: {found['not_measurable']}."
    tests = sorted(found["two_sample"].values(), key=lambda test: test["size"])
    ends = tests[:1] + tests[1:][-1:]  # the smallest and the largest side
    at = " and ".join(f"{test['auc']:.2f} at {test['size']} px" for test in ends)
    return (
        f"A classifier separates generated from real covers with an AUC of {at} (0.5 if it "
        f"cannot); the KID is {found['kid']['value']:.3f} ± {found['kid']['standard_error']:.3f}."
    )
