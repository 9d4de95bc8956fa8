"""The inputs that artefacts are compared by."""

import tempfile
from collections.abc import Iterator
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

COUNT = 64
SEED = 0
STRENGTHS = (1.0, 0.5, 1.5, 0.0)  # in turns: an artefact that ignored it would differ


@dataclass(frozen=True)
class Examples:
    """Inputs of every name a signature can have, a row an example.

    Attributes:
        values: by name: `z`, `audio`, `strength`, `image`, `code`, as far as the model has them.
    """

    values: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def of(self, names: Any) -> dict[str, np.ndarray]:
        """Those of the names, as one batch."""
        return {name: self.values[name] for name in names}

    def at_one_z(self) -> "Examples":
        """The same with the first z for all, at strength 1: what then differs, the music makes."""
        z = self.values["z"]
        ones = np.ones(len(z), np.float32)
        return Examples({**self.values, "z": np.repeat(z[:1], len(z), axis=0), "strength": ones})

    def batches(self, names: Any, rows: int) -> Iterator[dict[str, np.ndarray]]:
        """Those of the names, in batches of as many rows; the number of examples is a multiple."""
        whole = self.of(names)
        for start in range(0, len(self), rows):
            yield {name: value[start : start + rows] for name, value in whole.items()}


@contextmanager
def drawn() -> Iterator[Path]:
    """A test split of the built-in corpus, for a run trained on it that came from elsewhere."""
    with tempfile.TemporaryDirectory(prefix="coverzoo-") as folder:
        root = Path(folder) / "corpus"
        synthesize(root, train=1, val=1, test=COUNT)
        yield root


def examples(model: Any, root: Path | None, count: int = COUNT) -> Examples:
    """Examples for a model, of tracks and covers of the test split, every time the same.

    Args:
        model: what `zoo.load` gives.
        root: folder of the data; None only for a model that neither hears nor sees.
        count: how many; where the split has fewer, they come round again.

    Raises:
        UserError: if there is no such data.
    """
    values: dict[str, np.ndarray] = {}
    hears = getattr(model, "audio_encoder", None) is not None
    sees = hasattr(model, "reconstruct")
    if hasattr(model, "generate"):
        values["z"] = noise.normal(SEED, range(count), model.latent_dim)
        values["strength"] = np.resize(np.array(STRENGTHS, np.float32), count)
    if not (hears or sees):
        return Examples(values)
    if root is None or not root.is_dir():
        raise UserError(
            f"{root or 'no data'}: exports are compared on real tracks and covers. "
            "Give the folder the run was trained on with --data ROOT."
        )
    samples = read_split(root, "test", audio=hears).samples
    # Spread over the split, which is in the order of its genres.
    places = np.linspace(0, len(samples) - 1, count).round().astype(int)
    chosen = [samples[place] for place in places]
    if hears:
        values["audio"] = load_vectors(chosen).astype(np.float32)
    if sees:
        batches = ordered_batches(
            chosen, (), image_size=model.image_size, batch_size=count, audio=False
        )
        values["image"] = next(iter(batches))["image"].numpy()
        if model.method != "unpool":
            values["code"] = np.asarray(model.encode(values["image"]))
    return Examples(values)
