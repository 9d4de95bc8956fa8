"""Measuring models on a split of data: covers are generated once, read, and compared with real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation import sections
from coverzoo.evaluation.cover_readings import SHOWN, CoverReadings, spaced
from coverzoo.evaluation.readings import Readings
from coverzoo.evaluation.reconstruction_sections import Reconstructions, reconstruction_sections
from coverzoo.evaluation.references import References
from coverzoo.zoo.registry import Entry

Sections = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """What a report shows besides the figures.

    Attributes:
        covers: Readings of covers by kind; empty of a model that generates none.
        genres: Genres of the tracks whose covers are shown.
        reconstructions: Covers beside their reconstructions, and the map of the codes; None of a
            model that does not reconstruct.
    """

    covers: Mapping[str, Readings]
    genres: Sequence[str]
    reconstructions: Reconstructions | None


class Evaluator:
    """Measures models of one kind. What concerns real covers alone is read once.

    Args:
        entry: Entry of the model's kind in the registry.
        data: Data, see `training.data.Data`.
        split: Name of the split.
        references: Reference networks, with the protocol.
        audio: Whether models are conditioned on audio.
        image_size: Side of the covers in pixels.
        groups: Unit of each NAME, where several vectors come from one recording.
    """

    def __init__(
        self,
        entry: Entry,
        data: Any,
        split: str,
        references: References,
        *,
        audio: bool,
        image_size: int,
        groups: Mapping[str, str] | None = None,
    ) -> None:
        self.entry, self.data, self.split = entry, data, split
        self.references, self.protocol = references, references.protocol
        self.audio, self.groups = audio, groups
        self.covers = CoverReadings(data, split, references, audio=audio, image_size=image_size)
        self.samples, self.chosen = self.covers.samples, self.covers.chosen
        index = {name: number for number, name in enumerate(data.genres)}
        self.truth = np.array([index.get(each.genre or "", -1) for each in self.samples])

    def prepare(self) -> None:
        """Train the reference networks, or read them, and read the real covers."""
        if self.entry.generates:
            self.covers.prepare()

    def __call__(self, model: Any) -> tuple[Sections, Shown]:
        """Measure a model.

        Args:
            model: Model with `generate` or `reconstruct`, see `coverzoo.load`.

        Returns:
            The sections of metrics.json, and what a report shows besides.
        """
        found: Mapping[str, Readings] = {}
        reconstructions = None
        report: Sections = {}
        if self.entry.reconstructs:
            report, reconstructions = reconstruction_sections(
                model, self.samples, self.split, self.protocol, self.references.progress
            )
        if self.entry.generates:  # its artefacts are those of generated covers
            found = self.covers.of(model)
            report |= self._sections(found)
        genres = [self.samples[place].genre or "no genre" for place in self.chosen[:SHOWN]]
        return report, Shown(found, genres, reconstructions)

    def _sections(self, found: Mapping[str, Readings]) -> Sections:
        """The sections of a model that generates covers."""
        real, made, protocol = found["real"], found["generated"], self.protocol
        measured = sections.measured
        report = {
            "quality": measured(lambda: sections.quality(real, made, protocol, paired=self.audio)),
            "artefacts": measured(lambda: sections.artefacts(real, made)),
            "memorisation": measured(lambda: sections.copies(found["train"], real, made)),
            "diversity": {
                "noises": protocol.noises,
                "tracks": len(self.chosen),
                **measured(
                    lambda: sections.diversity(
                        found["noises"],
                        protocol.noises,
                        self.truth[self.chosen],
                        real,
                        self.truth,
                        found.get("drawn"),
                    )
                ),
            },
        }
        if self.covers.corpus is not None:
            shown = self.covers.corpus.shown(self.split, self.samples)
            report["facts"] = sections.facts(shown, real, made)
            report["diversity"] |= sections.against_drawn(
                found["noises"], found["drawn"], protocol.noises
            )
        if self.audio and "shuffled" not in found:
            report["adherence"] = {"not_measurable": "needs two tracks or more, found 1"}
        elif self.audio:
            kinds = {kind: found[kind] for kind in ("generated", "real", "shuffled")}
            report["adherence"] = {
                **measured(lambda: self._matching(kinds)),
                "genre": measured(lambda: sections.genre(self.truth, kinds, self.data.genres)),
            }
        return report

    def _matching(self, kinds: Mapping[str, Readings]) -> sections.Section:
        limit = self.protocol.retrieval_tracks
        places = spaced(len(self.samples), limit)
        samples = [self.samples[place] for place in places]
        vectors, own = np.unique(load_vectors(samples), axis=0, return_inverse=True)
        own = own.reshape(-1)
        audio = self.references.dual.embed_audio(vectors.astype(np.float32))
        similarity = {
            kind: each.values["embedding"][places] @ audio.T for kind, each in kinds.items()
        }
        return sections.matching(similarity, own, self._units(samples, own), self.protocol)

    def _units(self, samples: Sequence[Sample], own: np.ndarray) -> np.ndarray:
        """The unit of each distinct vector (M,): itself, or the group of its samples."""
        units = np.arange(own.max() + 1)
        if self.groups is not None:
            names = [self.groups[sample.name] for sample in samples]
            units[own] = np.unique(names, return_inverse=True)[1]
        return units
