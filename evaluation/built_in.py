"""What is known of the built-in corpus alone: the facts of its tracks, and covers drawn anew."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coverzoo.corpus.audio_facts import FACTS
from coverzoo.corpus.layout import Sample
from coverzoo.corpus.procedural.covers import FreeFactors, draw
from coverzoo.corpus.procedural.table import FACTS_FILE, numbers, read_table
from coverzoo.corpus.procedural.tracks import track
from coverzoo.corpus.procedural.write import SETTINGS_FILE, VERSION

FREE = ("x", "y", "hue", "arrangement", "ground_hue_cos", "ground_hue_sin")
SHOWN = (*FACTS, *FREE)  # what a cover shows, in the order of the columns of `shown`


class BuiltIn:
    """The truth of a data folder that `zoo-data synthesize` wrote.

    Args:
        root: Data folder.
        seed: Seed of the corpus.
    """

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.seed = root, seed

    @classmethod
    def at(cls, root: Path) -> "BuiltIn | None":
        """The corpus of a folder; None if it holds other data or another edition."""
        try:
            settings = json.loads((root / SETTINGS_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not (root / FACTS_FILE).is_file() or settings.get("version") != VERSION:
            return None
        return cls(root, int(settings["seed"]))

    def shown(self, split: str, samples: Sequence[Sample]) -> np.ndarray:
        """Facts and free factors of the covers of samples, (N, 11); a hue is cosine and sine."""
        rows = read_table(self.root, split)
        columns = (*FACTS, *(name for name in FreeFactors._fields if name != "ground_hue"))
        chosen = [rows[sample.name] for sample in samples]
        angle = np.deg2rad(numbers(chosen, ("ground_hue",)))
        return np.concatenate([numbers(chosen, columns), np.cos(angle), np.sin(angle)], axis=1)

    def drawn(
        self, split: str, samples: Sequence[Sample], size: int, redraws: Sequence[int]
    ) -> np.ndarray:
        """Covers drawn anew for equal facts, in [-1, 1], (N · redraws, S, S, 3), by sample.

        Args:
            split: Name of the split.
            samples: Samples of it.
            size: Side of the covers in pixels.
            redraws: Number of each drawing, 1 or more; 0 is the cover of the corpus.
        """
        rows = read_table(self.root, split)
        place = {name: index for index, name in enumerate(rows)}
        covers = []
        for sample in samples:
            facts = numbers([rows[sample.name]], tuple(FACTS))[0]
            one = track(self.seed, split, place[sample.name])
            covers += [draw(one, facts, size, number)[0] for number in redraws]
        return np.stack(covers).astype(np.float32) / 127.5 - 1.0
