"""Scaling of raw audio features inside the model, so that all its users pass raw features."""

from typing import Any

import keras
import numpy as np
from keras import ops

from coverzoo.types import Tensor

CLIP = 5.0


def statistics(vectors: np.ndarray, parts: int = 2) -> dict[str, np.ndarray]:
    """Statistics of the train split for `FeatureScaling`.

    A part (half) of a vector that is all zeros is missing and excluded from the statistics.
    Where more than half of the values are equal, the median absolute deviation is 0 and the mean
    absolute deviation replaces it. A constant feature gets gain 0.

    Args:
        vectors: Raw features (N, width).
        parts: Number of equally long parts that can be missing independently.

    Returns:
        `median`, `scale`, `mean`, `gain`, each float32 (width,); a feature x is scaled as
        (sign(u) log(1 + |u|) - mean) * gain with u = (x - median) / scale.
    """
    vectors = np.asarray(vectors, np.float64)
    width = vectors.shape[1]
    median, scale = np.zeros(width), np.ones(width)
    mean, gain = np.zeros(width), np.zeros(width)
    for part in np.split(np.arange(width), parts):
        present = vectors[:, part]
        present = present[np.any(present != 0.0, axis=1)]
        if not len(present):
            continue
        median[part] = np.median(present, axis=0)
        deviation = np.abs(present - median[part])
        spread = np.median(deviation, axis=0)
        spread = np.where(spread > 0.0, spread, deviation.mean(axis=0))
        # In float32 a smaller spread is rounding error, and cannot be a divisor.
        varies = spread > np.maximum(1e-30, 1e-6 * np.abs(median[part]))
        scale[part] = np.where(varies, spread, 1.0)
        u = (present - median[part]) / scale[part]
        u = np.sign(u) * np.log1p(np.abs(u))
        mean[part] = np.where(varies, u.mean(axis=0), 0.0)
        gain[part] = np.where(varies, 1.0 / np.maximum(u.std(axis=0), 1e-3), 0.0)
    return {
        name: value.astype(np.float32)
        for name, value in {"median": median, "scale": scale, "mean": mean, "gain": gain}.items()
    }


@keras.saving.register_keras_serializable("coverzoo")
class FeatureScaling(keras.layers.Layer):
    """Raw features (B, width) → (B, width + parts), about standard normal, in [-5, 5].

    u = (x - median) / MAD;  y = clip((sign(u) log(1 + |u|) - mean) / std, ±5), zero where the
    part is missing (all zeros); then one number per part, 1 where it is present. Always
    float32: features span 1e-24 to 1e13, which no smaller type holds.

    Args:
        width: Number of features.
        parts: Number of equally long parts that can be missing independently.
    """

    def __init__(self, width: int, parts: int = 2, **kwargs: Any) -> None:
        kwargs.update(dtype="float32", autocast=False, trainable=False)
        super().__init__(**kwargs)
        if width % parts:
            raise ValueError(f"width must be a multiple of parts={parts}. Received: width={width}")
        self.width = width
        self.parts = parts

    def build(self, input_shape: Any) -> None:
        def weight(name: str, initializer: str) -> Any:
            return self.add_weight(
                shape=(self.width,), initializer=initializer, trainable=False, name=name
            )

        self.median = weight("median", "zeros")
        self.scale = weight("scale", "ones")
        self.mean = weight("mean", "zeros")
        self.gain = weight("gain", "ones")

    def adapt(self, vectors: np.ndarray) -> None:
        """Set the statistics from `vectors`, raw features (N, width) of the train split."""
        for name, value in statistics(vectors, self.parts).items():
            getattr(self, name).assign(value)

    def call(self, audio: Tensor, noise: Tensor | None = None) -> Tensor:
        """Scaled features and the flags of their parts.

        Args:
            audio: Raw features (B, width).
            noise: Noise (B, width) added to present features, in units of their standard
                deviation. Tracks that differ by less become indistinguishable, which keeps
                training from memorising single tracks.
        """
        audio = ops.cast(audio, "float32")
        u = (audio - self.median) / self.scale
        # log(1 + u), not log1p: TFLite and ONNX Runtime lack the latter.
        u = ops.sign(u) * ops.log(1.0 + ops.abs(u))
        u = (u - self.mean) * self.gain
        u = ops.clip(u if noise is None else u + noise, -CLIP, CLIP)
        by_part = ops.reshape(audio, (-1, self.parts, self.width // self.parts))
        present = ops.cast(ops.max(ops.abs(by_part), axis=-1) > 0.0, "float32")
        u = ops.reshape(u, (-1, self.parts, self.width // self.parts)) * present[:, :, None]
        return ops.concatenate([ops.reshape(u, (-1, self.width)), present], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0], self.width + self.parts)

    def get_config(self) -> dict:
        config = super().get_config()
        return {
            "name": config["name"],
            "width": self.width,
            "parts": self.parts,
        }
