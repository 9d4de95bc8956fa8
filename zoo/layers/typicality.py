"""How typical a track is of the tracks that a model was trained on."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from coverzoo.types import Tensor
from coverzoo.typicality import ATYPICAL

LEVELS = (*range(100), 99.5, ATYPICAL, 100)
"""Percentiles of the training tracks' distances that a table holds."""

UNSEEN = -1.0  # in a table without training tracks; less than any distance


@keras.saving.register_keras_serializable("coverzoo")
class Typicality(keras.layers.Layer):
    """Scaled features of `FeatureScaling`, (B, width + parts) → percentiles (B,) in [0, 100].

    A track's distance is the root mean square of the scaled features of its parts that are
    present. Its percentile is read, with linear interpolation, from the quantiles of the training
    tracks' distances over the same parts: about 50 for a usual track, 100 for one that is farther
    than every training track or has parts that no training track has together. A track without
    any part, which stands for no audio, has 0. Always float32.

    Args:
        width: Number of features.
        parts: Number of equally long parts that can be missing independently.
    """

    def __init__(self, width: int, parts: int = 2, **kwargs: Any) -> None:
        kwargs.update(dtype="float32", autocast=False, trainable=False)
        super().__init__(**kwargs)
        self.width, self.parts = width, parts

    def build(self, input_shape: Any) -> None:
        # A row for each set of parts: row n - 1 is of the parts whose bits are set in n.
        self.quantiles = self.add_weight(
            shape=(2**self.parts - 1, len(LEVELS)),
            initializer=keras.initializers.Constant(UNSEEN),
            trainable=False,
            name="quantiles",
        )

    def adapt(self, batches: Iterable[Tensor]) -> None:
        """Set the quantiles from scaled features of the train split.

        A track counts for every set of parts that it has, since any of its parts may be missing
        from a track that is sampled.

        Args:
            batches: Scaled features (B, width + parts) without noise, a batch at a time.
        """
        pairs = [map(np.asarray, self._by_part(batch)) for batch in batches]
        squares, present = map(np.concatenate, zip(*pairs, strict=True))
        table = np.full(self.quantiles.shape, UNSEEN, np.float32)
        for row in range(len(table)):
            chosen = [part for part in range(self.parts) if (row + 1) >> part & 1]
            having = squares[present[:, chosen].all(axis=1)][:, chosen]
            if len(having):
                table[row] = np.percentile(np.sqrt(having.mean(axis=1)), LEVELS)
        self.quantiles.assign(table)

    def call(self, scaled: Tensor) -> Tensor:
        """Percentiles (B,) of scaled features (B, width + parts)."""
        # Products and sums instead of a lookup or a matrix product: every runtime has them, and
        # no quantiser rounds the table.
        squares, present = self._by_part(scaled)
        count = ops.maximum(ops.sum(present, axis=-1), 1.0)
        distance = ops.sqrt(ops.sum(squares, axis=-1) / count)
        bits = np.float32(2.0 ** np.arange(self.parts))
        rows = np.arange(1, 2**self.parts, dtype=np.float32)
        chosen = ops.cast(ops.equal(ops.sum(present * bits, axis=-1)[:, None], rows), "float32")
        quantiles = ops.sum(chosen[:, :, None] * self.quantiles, axis=1)
        below, above = quantiles[:, :-1], quantiles[:, 1:]
        # Between equal quantiles the percentile rises at once beyond them.
        share = (distance[:, None] - below) / ops.maximum(above - below, 1e-30)
        steps = np.diff(LEVELS).astype(np.float32)
        percentile = ops.sum(steps * ops.clip(share, 0.0, 1.0), axis=-1)
        return ops.minimum(percentile, 100.0)

    def _by_part(self, scaled: Tensor) -> tuple[Tensor, Tensor]:
        """Mean squares of the features of each part, and whether it is present, (B, parts)."""
        features, present = scaled[:, : self.width], scaled[:, self.width :]
        by_part = ops.reshape(features, (-1, self.parts, self.width // self.parts))
        return ops.mean(ops.square(by_part), axis=-1), present

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0],)

    def get_config(self) -> dict:
        return {"name": self.name, "width": self.width, "parts": self.parts}
