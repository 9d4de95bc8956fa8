"""The inputs on which artefacts are compared with the Keras model."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.procedural import synthesize
from coverzoo.corpus.vectors import load_vectors
from coverzoo.errors import UserError
from coverzoo.zoo import noise

EXAMPLE_COUNT = 64
NOISE_SEED = 0
STRENGTHS = (1.0, 0.5, 1.5, 0.0)  # in turns, so that an artefact that ignores strength differs


@dataclass(frozen=True)
class Examples:
    """Inputs of every name that a signature can have, a row per example.

    Attributes:
        values: Arrays by name: `z`, `audio`, `strength`, `image`, `code`, where the model has them.
    """

    values: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def select(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """The inputs of these names, as one batch."""
        return {name: self.values[name] for name in names}

    def with_one_z(self) -> "Examples":
        """The same with the first z for all and strength 1, so that only the audio varies."""
        z = self.values["z"]
        ones = np.ones(len(z), np.float32)
        return Examples({**self.values, "z": np.repeat(z[:1], len(z), axis=0), "strength": ones})

    def batches(self, names: Iterable[str], rows: int) -> Iterator[dict[str, np.ndarray]]:
        """The inputs of these names in batches.

        Args:
            names: Names of the inputs.
            rows: Batch size, a divisor of the number of examples.
        """
        selected = self.select(names)
        for start in range(0, len(self), rows):
            yield {name: value[start : start + rows] for name, value in selected.items()}


@contextmanager
def built_in_corpus() -> Iterator[Path]:
    """A temporary test split of the built-in corpus, for a run trained on it elsewhere."""
    with tempfile.TemporaryDirectory(prefix="coverzoo-") as folder:
        root = Path(folder) / "corpus"
        synthesize(root, train=1, val=1, test=EXAMPLE_COUNT)
        yield root


def load_examples(model: Any, root: Path | None, count: int = EXAMPLE_COUNT) -> Examples:
    """Examples for a model from tracks and covers of the test split, always the same.

    Args:
        model: Model as `coverzoo.load` returns it.
        root: Folder of the data; None only for a model that needs neither audio nor images.
        count: Number of examples; samples repeat where the split has fewer.

    Raises:
        UserError: If the data is not there.
    """
    values: dict[str, np.ndarray] = {}
    needs_audio = getattr(model, "audio_encoder", None) is not None
    needs_images = hasattr(model, "reconstruct")
    if hasattr(model, "generate"):
        values["z"] = noise.normal(NOISE_SEED, range(count), model.latent_dim)
        values["strength"] = np.resize(np.array(STRENGTHS, np.float32), count)
    if not (needs_audio or needs_images):
        return Examples(values)
    if root is None or not root.is_dir():
        raise UserError(
            f"{root or 'no data'}: artefacts are compared on real tracks and covers, and there is "
            "no such folder. Give the folder the run was trained on with --data ROOT."
        )
    samples = read_split(root, "test", audio=needs_audio).samples
    # Spread over the split, which is sorted by genre.
    places = np.linspace(0, len(samples) - 1, count).round().astype(int)
    chosen = [samples[place] for place in places]
    if needs_audio:
        values["audio"] = load_vectors(chosen).astype(np.float32)
    if needs_images:
        batches = ordered_batches(
            chosen, (), image_size=model.image_size, batch_size=count, audio=False
        )
        values["image"] = next(iter(batches))["image"].numpy()
        if model.method != "unpool":
            values["code"] = np.asarray(model.encode(values["image"]))
    return Examples(values)
