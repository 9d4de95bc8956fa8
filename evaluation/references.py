"""The reference networks of an evaluation: trained once for a data set, then read from a cache."""

from collections.abc import Callable
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import keras
import numpy as np

from coverzoo.evaluation import cache, readings
from coverzoo.evaluation import protocol as protocols
from coverzoo.evaluation.built_in import SHOWN, BuiltIn
from coverzoo.evaluation.cache import Cache
from coverzoo.evaluation.networks.cover_encoder import CoverEncoder
from coverzoo.evaluation.networks.cover_factors import EPOCHS, FactorRegressor
from coverzoo.evaluation.networks.dual_encoder import DualEncoder
from coverzoo.evaluation.networks.genre_accuracy import GenreClassifier
from coverzoo.evaluation.networks.inception import InceptionEncoder
from coverzoo.evaluation.networks.resizing import NAME as RESIZER
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.readings import Network

Progress = Callable[[str, int | None], Any]


class References:
    """Networks that measure models, trained on real pairs and never used in a training loss.

    Args:
        data: Data of the evaluation, see `training.data.Data`; the fingerprint of its contents is
            part of the names in the cache.
        image_size: Side of the covers in pixels; networks see at most the side of the protocol.
        protocol: Sizes of the evaluation.
        progress: (label, total) → a progress bar, a context manager with `update`.
        folder: Folder of the cache; the user's by default.
        inception: Network whose features quality, diversity and memorisation are measured with;
            None for the project's own encoder.
    """

    def __init__(
        self,
        data: Any,
        image_size: int,
        protocol: Protocol,
        progress: Progress,
        folder: Path | None = None,
        inception: InceptionEncoder | None = None,
    ) -> None:
        self.data, self.protocol = data, protocol
        self.size = min(image_size, protocol.size)
        self.progress = progress
        self.cache = Cache(folder or cache.cache_folder())
        self.inception = inception

    def features_name(self, covers: int) -> str:
        """The name of the features, which runs that are compared have in common.

        Args:
            covers: Number of real covers of the split.
        """
        if self.inception is not None:
            return self.inception.name(covers)
        return f"own, {self.size} px, {RESIZER}"

    @property
    def features(self) -> Network:
        """What quality, diversity and memorisation are measured with."""
        if self.inception is not None:  # which resizes covers itself
            return Network(self.inception.features, digest=self.inception.digest)
        return Network(self.encoder.features, self.size, _digest(self.encoder))

    @property
    def genre(self) -> Network:
        """The genre of a cover."""
        return Network(self.classifier.predict, self.size, _digest(self.classifier))

    @property
    def embedding(self) -> Network:
        """The place of a cover in the space that it shares with audio."""
        return Network(self.dual.embed_covers, self.size, _digest(self.dual))

    def facts(self, corpus: BuiltIn) -> Network:
        """Facts and free factors of a cover of the built-in corpus."""
        regressor = self.regressor(corpus)
        return Network(regressor.predict, self.size, _digest(regressor))

    @cached_property
    def encoder(self) -> CoverEncoder:
        """The project's own encoder of covers."""
        encoder, steps = CoverEncoder(self.size, self.protocol.seed), self.protocol.encoder_steps
        return self._trained(
            "cover encoder",
            encoder,
            steps,
            lambda update: encoder.train(self.data.train.samples, steps, update),
        )

    @cached_property
    def dual(self) -> DualEncoder:
        """The dual encoder of covers and audio."""
        samples, steps = self.data.train.samples, self.protocol.dual_steps
        val = self.data.listings["val"].samples if "val" in self.data.listings else ()
        width = self.data.vectors().shape[1]
        dual = DualEncoder(self.size, width, self.protocol.seed)
        batch = self.protocol.dual_batch
        return self._trained(
            "dual encoder",
            dual,
            steps,
            lambda update: dual.train(samples, val, steps, update, batch),
        )

    @cached_property
    def classifier(self) -> GenreClassifier:
        """The genre classifier on covers."""
        steps = self.protocol.classifier_steps
        classifier = GenreClassifier(self.data.genres, self.size, self.protocol.seed)
        return self._trained(
            "genre classifier",
            classifier,
            steps,
            lambda update: classifier.train(self.data.train.samples, steps, update),
        )

    def regressor(self, corpus: BuiltIn) -> FactorRegressor:
        """The regressor of facts and free factors, on covers of the built-in corpus."""
        samples = self.data.train.samples[: self.protocol.regressor_covers]
        regressor = FactorRegressor()
        regressor.build((self.size, self.size, 3), len(SHOWN), self.protocol.seed)

        def train(update: Callable[[int], None]) -> None:
            batches = readings.real(samples, self.size)
            covers = np.concatenate([np.asarray(batch) for batch in batches])
            shown = corpus.shown("train", samples)
            regressor.fit(covers, shown, self.protocol.seed, progress=update)

        return self._trained("regressor of facts", regressor, EPOCHS, train)

    def _trained(
        self, name: str, network: Any, steps: int, train: Callable[[Callable], Any]
    ) -> Any:
        """The network with the weights of the cache, or trained and then written there."""
        protocol = self.protocol
        parts = [
            *(protocols.VERSION, self.data.contents, self.size, steps, protocol.seed),
            *(keras.version(), self.data.genres, protocol.regressor_covers),
            protocol.dual_batch,
        ]
        kept, variables = self.cache.read(name, parts), network.variables()
        if kept is not None and len(kept) == len(variables):
            for number, variable in enumerate(variables):
                variable.assign(kept[f"arr_{number}"])
            return network
        with self.progress(f"Training the {name}", steps) as bar:
            train(bar.update)
        values = {f"arr_{number}": np.asarray(each) for number, each in enumerate(variables)}
        self.cache.write(name, parts, values)
        return network


def _digest(network: Any) -> str:
    """A digest of the weights of a network, 32 hexadecimal digits."""
    found = blake2b(digest_size=16)
    for variable in network.variables():
        found.update(np.ascontiguousarray(variable).tobytes())
    return found.hexdigest()
