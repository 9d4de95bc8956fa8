"""The sections of reconstructions in metrics.json, and what a report shows of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.layout import Sample
from coverzoo.evaluation.metrics.elbo import ElboMeter
from coverzoo.evaluation.metrics.latent_map import LatentMap, latent_map
from coverzoo.evaluation.metrics.reconstruction import QualityMeter, reconstructed_batches
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.readings import Reader
from coverzoo.evaluation.references import Progress
from coverzoo.evaluation.result import NotMeasurableError
from coverzoo.evaluation.sections import artefacts, measured
from coverzoo.types import Tensor

PAIRS = 8  # covers that are shown above their reconstructions
POSTERIOR = 3  # seed of the noise of the posteriors


@dataclass(frozen=True)
class Reconstructions:
    """What a report shows.

    Attributes:
        pairs: The first covers and then their reconstructions, uint8 (2 · K, S, S, 3).
        latent: Latent map, or None where it cannot be measured.
    """

    pairs: np.ndarray
    latent: LatentMap | None


def reconstruction_sections(
    model: Any, samples: Sequence[Sample], split: str, protocol: Protocol, progress: Progress
) -> tuple[dict[str, Any], Reconstructions]:
    """Measure reconstructions, their artefacts, the ELBO and the codes, in one pass over covers.

    `latent` has the share of the variance of the codes on their two principal axes, for up to
    `protocol.map_covers` covers at equal distances in the split.

    Args:
        model: Model that reconstructs, see `coverzoo.load`.
        samples: Samples of a split.
        split: Name of the split.
        protocol: Sizes of the evaluation.
        progress: (label, total) → a progress bar, a context manager with `update`.

    Returns:
        The sections `reconstruction` and `artefacts`, and what a report shows.
    """
    quality = QualityMeter()
    elbo = ElboMeter(model, POSTERIOR) if hasattr(model, "posterior") else None
    codes = _Codes(model, len(samples), protocol.map_covers)
    originals, made = (Reader({}, keep=PAIRS) for _ in range(2))
    with progress("Reconstructing covers", len(samples)) as bar:
        for images, audio, reconstructed in reconstructed_batches(model, samples):
            quality.update(images, reconstructed)
            codes.update(images, None if elbo is None else elbo.update(images, audio))
            originals.update(images)
            made.update(reconstructed)
            bar.update(len(images))
    section = quality.result(split).to_json()
    if elbo is not None:
        section |= elbo.result().to_json()
    latent = None
    try:
        latent = latent_map(codes.result(), [samples[place].genre for place in codes.places])
        section["latent"] = {
            "covers": len(codes.places),
            "variance_shares": list(latent.shares),
        }
    except NotMeasurableError as error:
        section["latent"] = {"not_measurable": str(error)}
    real, reconstructions = originals.result(), made.result()
    report = {
        "reconstruction": section,
        "artefacts": measured(lambda: artefacts(real, reconstructions)),
    }
    shown = np.concatenate([real.covers, reconstructions.covers])
    return report, Reconstructions(shown, latent)


class _Codes:
    """The codes of covers at equal distances, of those that come in batches."""

    def __init__(self, model: Any, count: int, limit: int) -> None:
        self.model = model
        self.places = np.unique(np.linspace(0, count - 1, limit).round().astype(int))
        self._codes: list[np.ndarray] = []
        self._done = 0

    def update(self, images: Tensor, codes: np.ndarray | None) -> None:
        """Keep the codes of the chosen covers of a batch; `codes` are theirs where known."""
        inside = self.places[(self.places >= self._done) & (self.places < self._done + len(images))]
        chosen = inside - self._done
        self._done += len(images)
        if len(chosen) and self._has_codes:
            found = self.model.encode(images) if codes is None else codes
            self._codes.append(np.asarray(found, np.float32)[chosen])

    def result(self) -> np.ndarray:
        """The codes (N, D).

        Raises:
            NotMeasurableError: If the model has no code that says all of a cover.
        """
        if not self._has_codes:
            raise NotMeasurableError("the decoder also takes the encoder's pooling indices")
        return np.concatenate(self._codes)

    @property
    def _has_codes(self) -> bool:
        return getattr(self.model, "method", None) != "unpool"
