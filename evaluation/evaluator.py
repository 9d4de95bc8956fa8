"""Measuring models on a split of data: covers are generated once, read, and compared with real."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation import readings, sections
from coverzoo.evaluation.built_in import BuiltIn
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.memorisation import nearest
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.readings import Network, Readings
from coverzoo.evaluation.reconstruction_sections import Reconstructions, reconstruction_sections
from coverzoo.evaluation.references import References
from coverzoo.zoo.registry import Entry

COVERS, NOISES = 1, 2  # seeds of the noise of one cover a track, and of several
PIXELS = 16  # side at which pixels are compared: 64 px would be 12,288 values a cover
SHOWN = 8  # tracks that a report shows several covers of

Sections = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """What a report shows besides the figures.

    Attributes:
        covers: Readings of covers by kind; empty of a model that generates none.
        reconstructions: Covers beside their reconstructions, and the map of the codes; None of a
            model that does not reconstruct.
    """

    covers: Mapping[str, Readings]
    reconstructions: Reconstructions | None


class Evaluator:
    """Measures models of one kind. What concerns real covers alone is read once.

    Args:
        entry: Entry of the model's kind in the registry.
        data: Data, see `training.data.Data`.
        split: Name of the split.
        references: Reference networks.
        protocol: Sizes of the evaluation.
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
        protocol: Protocol,
        *,
        audio: bool,
        image_size: int,
        groups: Mapping[str, str] | None = None,
    ) -> None:
        self.entry, self.data, self.split = entry, data, split
        self.references, self.protocol = references, protocol
        self.audio, self.image_size, self.groups = audio, image_size, groups
        self.samples: tuple[Sample, ...] = data.split(split).samples
        index = {name: number for number, name in enumerate(data.genres)}
        self.truth = np.array([index.get(each.genre or "", -1) for each in self.samples])
        # Tracks with several covers.
        self.chosen = _spaced(len(self.samples), protocol.noise_tracks)

    def prepare(self) -> None:
        """Train the reference networks, or read them, and read the real covers."""
        if self.entry.generates:
            _ = self.real, self.train, self.drawn

    def __call__(self, model: Any) -> tuple[Sections, Shown]:
        """Measure a model.

        Args:
            model: Model with `generate` or `reconstruct`, see `coverzoo.load`.

        Returns:
            The sections of metrics.json, and what a report shows besides.
        """
        found: dict[str, Readings] = {}
        reconstructions = None
        report: Sections = {}
        if self.entry.generates:
            found = {"real": self.real, "train": self.train, **self._generated(model)}
            if self.drawn is not None:
                found["drawn"] = self.drawn
            report = self._sections(found)
        if self.entry.reconstructs:
            of_reconstructions, reconstructions = reconstruction_sections(
                model, self.samples, self.split, self.protocol, self.references.progress
            )
            report = {
                **of_reconstructions,
                **report,
            }  # artefacts are those of generated covers, if any
        return report, Shown(found, reconstructions)

    @cached_property
    def real(self) -> Readings:
        """The real covers of the split."""
        batches = readings.real(self.samples, self.image_size)
        networks = {**self._quality, **self._adherence, **self._facts}
        keep = self.protocol.two_sample_covers
        return self._read("Reading real covers", len(self.samples), batches, networks, keep)

    @cached_property
    def train(self) -> Readings:
        """Covers of train, of which the nearest is taken."""
        batches = readings.real(self._train_samples, self.image_size)
        features = {"features": self.references.features}
        return self._read("Reading training covers", len(self._train_samples), batches, features)

    @cached_property
    def _train_samples(self) -> list[Sample]:
        samples = self.data.train.samples
        return [samples[place] for place in _spaced(len(samples), self.protocol.train_covers)]

    @cached_property
    def drawn(self) -> Readings | None:
        """Covers drawn anew for equal facts; None for data other than the built-in corpus."""
        if self._corpus is None:
            return None
        corpus, redraws = self._corpus, range(1, self.protocol.noises + 1)
        batches = (
            corpus.drawn(self.split, [self.samples[place]], self.image_size, redraws)
            for place in self.chosen
        )
        networks = {"features": self.references.features, **self._facts}
        return self._read("Drawing covers", len(self.chosen) * len(redraws), batches, networks)

    @cached_property
    def _corpus(self) -> BuiltIn | None:
        asked = self.audio and self.protocol.regressor_covers > 0
        return BuiltIn.at(self.data.root) if asked else None

    @property
    def _quality(self) -> dict[str, Network]:
        return {"features": self.references.features, "pixels": Network(_pixels, PIXELS)}

    @property
    def _adherence(self) -> dict[str, Network]:
        if not self.audio:
            return {}
        references, size = self.references, self.references.size
        return {
            "genre": Network(references.classifier.predict, size),
            "embedding": Network(references.dual.embed_covers, size),
        }

    @property
    def _facts(self) -> dict[str, Network]:
        if self._corpus is None:
            return {}
        return {
            "facts": Network(self.references.regressor(self._corpus).predict, self.references.size)
        }

    def _generated(self, model: Any) -> dict[str, Readings]:
        """Covers of the tracks, several of some of them, and covers of another track's audio."""
        samples, audio, protocol = self.samples, self.audio, self.protocol
        networks = {**self._quality, **self._adherence, **self._facts}
        chosen = [samples[place] for place in self.chosen]
        found = {
            "generated": self._read(
                "Generating covers",
                len(samples),
                readings.generated(model, samples, COVERS, audio=audio),
                networks,
                protocol.two_sample_covers,
            ),
            "noises": self._read(
                "Generating covers for several noises",
                len(chosen) * protocol.noises,
                readings.over_noises(model, chosen, NOISES, protocol.noises, audio=audio),
                {**self._quality, **self._facts},
                protocol.noises * SHOWN,
            ),
        }
        found["nearest"] = self._nearest(found["generated"])
        if audio and len(samples) > 1:
            others = [samples[place] for place in derangement(len(samples), protocol.seed)]
            found["shuffled"] = self._read(
                "Generating covers from shuffled audio",
                len(others),
                readings.generated(model, others, COVERS, audio=True),
                self._adherence,
            )
        return found

    def _nearest(self, made: Readings) -> Readings:
        """The training covers nearest to the first generated ones."""
        features = self.train.values["features"]
        _, places = nearest(made.values["features"][:SHOWN], features)
        samples = [self._train_samples[place] for place in places]
        return readings.read(readings.real(samples, self.image_size), {}, keep=SHOWN)

    def _read(
        self,
        label: str,
        total: int,
        batches: Any,
        networks: readings.Networks,
        keep: int = 0,
    ) -> Readings:
        with self.references.progress(label, total) as bar:

            def counted() -> Iterator[Any]:
                for batch in batches:
                    yield batch
                    bar.update(len(batch))

            return readings.read(counted(), networks, keep=keep)

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
                        found["noises"], protocol.noises, self.truth[self.chosen], real, self.truth
                    )
                ),
            },
        }
        if self._corpus is not None:
            shown = self._corpus.shown(self.split, self.samples)
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
        places = _spaced(len(self.samples), limit)
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


def _spaced(count: int, limit: int) -> np.ndarray:
    """At most `limit` of `count` places, at equal distances."""
    return np.unique(np.linspace(0, count - 1, limit).round().astype(int))


def _pixels(images: np.ndarray) -> np.ndarray:
    """Values in [0, 1] of covers, (N, values)."""
    return (images.reshape(len(images), -1) + 1.0) / 2.0
