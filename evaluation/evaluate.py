"""The evaluation of a run: covers are generated once, read, and compared with real ones."""

import json
import platform
from collections.abc import Mapping
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from coverzoo.corpus.contents import contents
from coverzoo.corpus.layout import Sample
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation import protocol as protocols
from coverzoo.evaluation import readings, sections
from coverzoo.evaluation.built_in import BuiltIn
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.readings import Readings
from coverzoo.evaluation.reconstruction import reconstruction_quality
from coverzoo.evaluation.references import Progress, References
from coverzoo.evaluation.resizing import NAME as RESIZER
from coverzoo.files import sha256
from coverzoo.training.run import Run
from coverzoo.zoo.registry import MODELS

COVERS, NOISES = 1, 2  # seeds of the noise of one cover a track, and of several
PIXELS = 16  # side at which pixels are compared: 64 px would be 12,288 values a cover

Report = dict[str, Any]


def evaluate(
    run: Run,
    data: Any,
    split: str,
    protocol: Protocol,
    progress: Progress,
    *,
    groups: Mapping[str, str] | None = None,
    cache: Path | None = None,
) -> tuple[Report, dict[str, Readings]]:
    """Measure the model of a run on a split.

    Args:
        run: Run.
        data: Data, see `training.data.Data`.
        split: Name of the split.
        protocol: Sizes of the evaluation.
        progress: (label, total) → a progress bar, a context manager with `update`.
        groups: Unit of each NAME, where several vectors come from one recording.
        cache: Folder of the reference networks; the user's by default.

    Returns:
        The content of metrics.json, and the readings that a report shows.
    """
    config = run.config(("model", "audio", "settings"))
    entry, model = MODELS[config["model"]], run.model()
    samples = data.split(split).samples
    fingerprint = contents(data.listings.values())
    references = References(data, fingerprint, model.image_size, protocol, progress, cache)
    evaluation = _Evaluation(model, bool(config["audio"]), data, split, references, protocol)
    report: Report = {
        "protocol": {
            "name": protocol.name,
            "version": protocols.VERSION,
            "features": f"own, {references.size} px, {RESIZER}",
        },
        "versions": {
            "coverzoo": version("coverzoo"),
            "tensorflow": tf.__version__,
            "keras": keras.version(),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "seeds": {"protocol": protocol.seed, "training": config.get("seed")},
        "run": {
            "name": run.name,
            **{key: config.get(key) for key in ("model", "audio", "preset")},
            "steps": config["settings"].get("steps"),
            "settings": _digest(config),
            "sha256": sha256(run.model_file),
        },
        "data": {
            "split": split,
            "contents": fingerprint,
            "that_of_training": data.record()["fingerprint"]
            == config.get("corpus", {}).get("fingerprint"),
        },
        "n": {name: len(listing.samples) for name, listing in data.listings.items()},
    }
    found: dict[str, Readings] = {}
    if entry.generates:
        found = evaluation.read()
        report |= evaluation.report(found, groups)
    if entry.reconstructs:
        result = reconstruction_quality(model, samples, split)
        report["reconstruction"] = result.to_json()
    return report, found


def _digest(config: Mapping[str, Any]) -> str:
    """Equal for runs that differ by their seed alone."""
    parts = [config[key] for key in ("model", "audio", "settings")]
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()


class _Evaluation:
    """Reads covers, and makes the sections of a model that generates them."""

    def __init__(
        self,
        model: Any,
        audio: bool,
        data: Any,
        split: str,
        references: References,
        protocol: Protocol,
    ) -> None:
        self.model, self.audio, self.data, self.split = model, audio, data, split
        self.references, self.protocol = references, protocol
        self.samples: tuple[Sample, ...] = data.split(split).samples
        index = {name: number for number, name in enumerate(data.genres)}
        self.truth = np.array([index.get(each.genre or "", -1) for each in self.samples])
        places = np.linspace(0, len(self.samples) - 1, protocol.noise_tracks).round()
        self.chosen = np.unique(places.astype(int))  # tracks with several covers

    def read(self) -> dict[str, Readings]:
        """Generate covers, and read them and the real ones."""
        protocol, model, size = self.protocol, self.model, self.references.size
        encoder = {"features": self.references.encoder.features}
        pixels = {"pixels": _pixels}
        corpus = BuiltIn.at(self.data.root) if self.audio else None
        adherence: dict[str, Any] = {}
        facts = {} if corpus is None else {"facts": self.references.regressor(corpus).predict}
        if self.audio:
            adherence = {
                "genre": self.references.classifier.predict,
                "embedding": self.references.dual.embed_covers,
            }
        keep, side = protocol.two_sample_covers, model.image_size
        total = 2 * len(self.samples) + len(self.chosen) * protocol.noises
        with self.references.progress("Reading covers", total) as bar:

            def counted(batches: Any) -> Any:
                for batch in batches:
                    yield batch
                    bar.update(len(batch))

            def of(batches: Any, networks: readings.Networks, kept: int = 0) -> Readings:
                return readings.read(counted(batches), networks, size, keep=kept)

            audio, samples = self.audio, self.samples
            found = {
                "real": of(
                    readings.real(samples, side), {**encoder, **adherence, **facts, **pixels}, keep
                ),
                "generated": of(
                    readings.generated(model, samples, COVERS, audio=audio),
                    {**encoder, **adherence, **facts, **pixels},
                    keep,
                ),
            }
            chosen = [samples[place] for place in self.chosen]
            found["noises"] = of(
                readings.over_noises(model, chosen, NOISES, protocol.noises, audio=audio),
                {**encoder, **facts, **pixels},
                protocol.noises * 8,
            )
            if corpus is not None:
                redraws = range(1, protocol.noises + 1)
                drawn = (corpus.drawn(self.split, [each], side, redraws) for each in chosen)
                found["drawn"] = of(drawn, {**encoder, **facts})
            train = self.data.train.samples
            places = np.linspace(0, len(train) - 1, protocol.train_covers).round().astype(int)
            found["train"] = of(
                readings.real([train[place] for place in np.unique(places)], side),
                encoder,
                protocol.train_covers,
            )
            if audio and len(samples) > 1:
                partner = derangement(len(samples), protocol.seed)
                others = [samples[place] for place in partner]
                found["shuffled"] = of(
                    readings.generated(model, others, COVERS, audio=True), adherence
                )
        return found

    def report(self, found: dict[str, Readings], groups: Mapping[str, str] | None) -> Report:
        """The sections of a model that generates covers."""
        real, made, protocol = found["real"], found["generated"], self.protocol
        measured = sections.measured
        report = {
            "quality": measured(lambda: sections.quality(real, made, protocol)),
            "artefacts": measured(lambda: sections.artefacts(real, made)),
            "memorisation": measured(lambda: sections.copies(found["train"], real, made)),
            "diversity": measured(
                lambda: sections.diversity(
                    found["noises"], protocol.noises, self.truth[self.chosen], real, self.truth
                )
            ),
        }
        if "drawn" in found:
            shown = BuiltIn(self.data.root, 0).shown(self.split, self.samples)
            report["facts"] = sections.facts(shown, real, made)
            report["diversity"] |= sections.against_drawn(
                found["noises"], found["drawn"], protocol.noises
            )
        if self.audio and "shuffled" not in found:
            report["adherence"] = {"not_measurable": "needs two tracks or more, found 1"}
        elif self.audio:
            kinds = {kind: found[kind] for kind in ("generated", "real", "shuffled")}
            report["adherence"] = {
                **measured(lambda: self._matching(kinds, groups)),
                "genre": measured(lambda: sections.genre(self.truth, kinds, self.data.genres)),
            }
        return report

    def _matching(
        self, kinds: dict[str, Readings], groups: Mapping[str, str] | None
    ) -> sections.Section:
        limit = self.protocol.retrieval_tracks
        places = np.unique(np.linspace(0, len(self.samples) - 1, limit).round().astype(int))
        samples = [self.samples[place] for place in places]
        vectors, own = np.unique(load_vectors(samples), axis=0, return_inverse=True)
        own = own.reshape(-1)
        units = np.arange(len(vectors))
        if groups is not None:
            names = [groups[sample.name] for sample in samples]
            numbers = np.unique(names, return_inverse=True)[1]
            units[own] = numbers
        audio = self.references.dual.embed_audio(vectors.astype(np.float32))
        similarity = {
            kind: each.values["embedding"][places] @ audio.T for kind, each in kinds.items()
        }
        return sections.matching(similarity, own, units, self.protocol)


def _pixels(images: np.ndarray) -> np.ndarray:
    """Values in [0, 1] of covers at a small side, (N, values)."""
    from coverzoo.evaluation.resizing import reduced

    return (reduced(images, PIXELS).reshape(len(images), -1) + 1.0) / 2.0
