"""What is read of real covers, once, and of the covers of each model that is measured."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np

from coverzoo.corpus.layout import Sample
from coverzoo.evaluation import readings
from coverzoo.evaluation.built_in import BuiltIn
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.metrics.memorisation import nearest
from coverzoo.evaluation.readings import Network, Readings
from coverzoo.evaluation.references import References

COVERS, NOISES = 1, 2  # seeds of the noise of one cover a track, and of several
PIXELS = 16  # side at which pixels are compared: 64 px would be 12,288 values a cover
SHOWN = 8  # tracks that a report shows several covers of


class CoverReadings:
    """Reads real covers of a split, of train and drawn anew, and covers that models generate.

    Args:
        data: Data, see `training.data.Data`.
        split: Name of the split.
        references: Reference networks, with the protocol.
        audio: Whether models are conditioned on audio.
        image_size: Side of the covers in pixels.
    """

    def __init__(
        self, data: Any, split: str, references: References, *, audio: bool, image_size: int
    ) -> None:
        self.data, self.split, self.references = data, split, references
        self.protocol = references.protocol
        self.audio, self.image_size = audio, image_size
        self.samples: tuple[Sample, ...] = data.split(split).samples
        # Tracks with several covers; a report shows the first, which are of all genres.
        chosen = spaced(len(self.samples), self.protocol.noise_tracks)
        first = chosen[spaced(len(chosen), SHOWN)]
        self.chosen = np.concatenate([first, np.setdiff1d(chosen, first)])

    def prepare(self) -> None:
        """Read the real covers, for which the reference networks are trained or read."""
        _ = self.real, self.train, self.drawn

    @cached_property
    def real(self) -> Readings:
        """The real covers of the split."""
        batches = readings.real(self.samples, self.image_size)
        networks = {**self._quality, **self._adherence, **self._facts}
        keep, count = self.protocol.two_sample_covers, len(self.samples)
        return self._kept("real covers", count, batches, networks, keep)

    @cached_property
    def train(self) -> Readings:
        """Covers of train, of which the nearest is taken."""
        batches = readings.real(self._train_samples, self.image_size)
        features = {"features": self.references.features}
        return self._kept("training covers", len(self._train_samples), batches, features)

    @cached_property
    def _train_samples(self) -> list[Sample]:
        samples = self.data.train.samples
        return [samples[place] for place in spaced(len(samples), self.protocol.train_covers)]

    @cached_property
    def drawn(self) -> Readings | None:
        """Covers drawn anew for equal facts; None for data other than the built-in corpus."""
        if self.corpus is None:
            return None
        corpus, redraws = self.corpus, range(1, self.protocol.noises + 1)
        batches = (
            corpus.drawn(self.split, [self.samples[place]], self.image_size, redraws)
            for place in self.chosen
        )
        networks = {"features": self.references.features, **self._facts}
        return self._kept("drawn covers", len(self.chosen) * len(redraws), batches, networks)

    @cached_property
    def corpus(self) -> BuiltIn | None:
        asked = self.audio and self.protocol.regressor_covers > 0
        return BuiltIn.at(self.data.root) if asked else None

    @property
    def _quality(self) -> dict[str, Network]:
        return {"features": self.references.features, "pixels": Network(_pixels, PIXELS)}

    @property
    def _adherence(self) -> dict[str, Network]:
        if not self.audio:
            return {}
        return {"genre": self.references.genre, "embedding": self.references.embedding}

    @property
    def _facts(self) -> dict[str, Network]:
        return {} if self.corpus is None else {"facts": self.references.facts(self.corpus)}

    def of(self, model: Any) -> dict[str, Readings]:
        """Covers of a model by kind, and the real ones.

        `generated` has one cover for each track, `noises` several for some, `shuffled` one of
        another track's audio. `real` has the covers of the split, `train` some of train, `nearest`
        those of them that are nearest to the first of `noises`, and `drawn` covers of the built-in
        corpus for equal facts.
        """
        samples, audio, protocol = self.samples, self.audio, self.protocol
        networks = {**self._quality, **self._adherence, **self._facts}
        chosen = [samples[place] for place in self.chosen]
        found = {
            "real": self.real,
            "train": self.train,
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
        found["nearest"] = self._nearest(found["noises"])
        if self.drawn is not None:
            found["drawn"] = self.drawn
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
        """The training covers nearest to the first generated one of each track that is shown."""
        first = made.values["features"][:: self.protocol.noises][:SHOWN]
        _, places = nearest(first, self.train.values["features"])
        samples = [self._train_samples[place] for place in places]
        return readings.read(readings.real(samples, self.image_size), {}, keep=SHOWN)

    def _kept(
        self,
        name: str,
        total: int,
        batches: Any,
        networks: readings.Networks,
        keep: int = 0,
    ) -> Readings:
        """Read covers that do not depend on a model, or take what an earlier call kept."""
        references = self.references
        parts = [
            *(self.data.contents, self.split, self.image_size, keep),
            asdict(self.protocol),
            {name: network.digest for name, network in networks.items()},
        ]
        kept = references.cache.read(name, parts)
        if kept is not None:
            return Readings.from_arrays(kept)
        found = self._read(f"Reading {name}", total, batches, networks, keep)
        references.cache.write(name, parts, found.to_arrays())
        return found

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


def spaced(count: int, limit: int) -> np.ndarray:
    """At most `limit` of `count` places, at equal distances."""
    return np.unique(np.linspace(0, count - 1, limit).round().astype(int))


def _pixels(images: np.ndarray) -> np.ndarray:
    """Values in [0, 1] of covers, (N, values)."""
    return (images.reshape(len(images), -1) + 1.0) / 2.0
