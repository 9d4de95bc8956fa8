"""The reference networks of an evaluation: trained once for a data set, then read from a cache."""

import json
import logging
import zipfile
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
from coverzoo.evaluation.cover_encoder import CoverEncoder
from coverzoo.evaluation.cover_factors import EPOCHS, FactorRegressor
from coverzoo.evaluation.dual_encoder import DualEncoder
from coverzoo.evaluation.genre_accuracy import GenreClassifier
from coverzoo.evaluation.inception import InceptionEncoder
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.readings import Network
from coverzoo.evaluation.resizing import NAME as RESIZER
from coverzoo.files import replacing

logger = logging.getLogger(__name__)

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
        self.folder = folder or cache.cache_folder()
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
        if self.inception is not None:
            return Network(self.inception.features)  # which resizes covers itself
        return Network(self.encoder.features, self.size)

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
        return self._trained(
            "dual encoder", dual, steps, lambda update: dual.train(samples, val, steps, update)
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
        file = self.folder / f"{name.replace(' ', '-')}-{self._key(name, steps)}.npz"
        if _read(file, network.variables()):
            return network
        with self.progress(f"Training the {name}", steps) as bar:
            train(bar.update)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as temporary, open(temporary, "wb") as stream:
                np.savez(stream, *(np.asarray(each) for each in network.variables()))
        except OSError as error:  # it is trained again the next time
            logger.warning("%s: the %s is not kept: %s", file, name, error.strerror)
        return network

    def _key(self, name: str, steps: int) -> str:
        """What the weights depend on, as 32 hexadecimal digits."""
        parts = (
            *(name, protocols.VERSION, self.data.contents, self.size, steps, self.protocol.seed),
            *(keras.version(), self.data.genres, self.protocol.regressor_covers),
        )
        return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _read(file: Path, variables: list[Any]) -> bool:
    """Assign the weights of a file, if it is whole."""
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:
            values = [arrays[f"arr_{number}"] for number in range(len(variables))]
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        logger.warning("%s: damaged; it is made again", file)
        return False
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return True
