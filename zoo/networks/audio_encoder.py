"""The audio encoder: from raw audio features to the condition of generators and critics."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.scaling import FeatureScaling
from coverzoo.zoo.layers.typicality import Typicality

ADAPT_ROWS = 4096  # scaled at a time, so that memory stays bounded


@keras.saving.register_keras_serializable("coverzoo")
class AudioEncoder(keras.layers.Layer):
    """Raw audio features (B, width) → a condition e (B, dim), by a multilayer perceptron.

    Args:
        width: Number of raw features.
        dim: Number of values D of the condition.
        hidden_units: Units of the hidden layers.
        scale_features: Whether to scale the features first (`FeatureScaling`); the thesis's
            network took raw ones.
        batch_norm_layers: Whether to apply batch norm after every Dense, as the thesis did.
        weight_init: Scheme of the initial weights, see `zoo.layers.initializers`.
        slope: Negative slope of the LeakyReLU between layers.
        null: Whether to learn a null condition that stands for "no audio". In training it replaces
            the condition of samples that the caller chooses (`keep`), as in classifier-free
            guidance, arXiv:2207.12598.
        augmented: Conditioning augmentation, arXiv:1612.03242: `distribution` returns σ(a)² too,
            and training draws e from N(μ(a), σ(a)²); a call returns μ(a).
        parts: Number of equally long parts of the features that can be missing independently.
        typicality: Whether to measure how typical a track is of the training data (`Typicality`).
            It has no effect without `scale_features`. Models of earlier versions have none.
    """

    def __init__(
        self,
        width: int,
        dim: int,
        hidden_units: Sequence[int] = (128,),
        scale_features: bool = True,
        batch_norm_layers: bool = False,
        weight_init: str = "he",
        slope: float = 0.2,
        null: bool = True,
        augmented: bool = False,
        parts: int = 2,
        typicality: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs["autocast"] = False  # mixed_float16 would cast raw features to infinity
        super().__init__(**kwargs)
        self.width, self.dim, self.parts = width, dim, parts
        self.hidden_units = tuple(hidden_units)
        self.scale_features, self.batch_norm_layers = scale_features, batch_norm_layers
        self.weight_init, self.slope = weight_init, slope
        self.null, self.augmented = null, augmented
        # Raw features overflow float16, and so does the output of a Dense on them.
        dtype = self.dtype_policy if scale_features else "float32"
        self.scaling = FeatureScaling(width, parts, name="scaling") if scale_features else None
        self.typicality = (
            Typicality(width, parts, name="typicality") if typicality and scale_features else None
        )
        self.stack: list[keras.layers.Layer] = []
        inputs = width
        for index, units in enumerate((*self.hidden_units, dim)):
            last = index == len(self.hidden_units)
            self.stack.append(
                keras.layers.Dense(
                    units,
                    kernel_initializer=initializers.dense(
                        weight_init, "glorot_uniform" if last else "he_normal"
                    ),
                    bias_initializer=initializers.bias(weight_init, inputs),
                    dtype=dtype,
                    name=f"dense_{index}",
                )
            )
            if batch_norm_layers:
                self.stack.append(batch_norm(f"norm_{index}", dtype, weight_init))
            if not last:
                self.stack.append(keras.layers.LeakyReLU(slope, dtype=dtype))
            inputs = units
        # A small initial variance (σ = e⁻² for a unit condition) lets the audio count at once.
        self.log_variance = (
            keras.layers.Dense(
                dim,
                kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant(-4.0),
                dtype="float32",
                name="log_variance",
            )
            if augmented
            else None
        )

    def build(self, input_shape: Any) -> None:
        shape = (None, self.width)
        if self.scaling is not None:
            self.scaling.build(shape)
            shape = self.scaling.compute_output_shape(shape)
        if self.typicality is not None:
            self.typicality.build(shape)
        before_last = shape
        for layer in self.stack:
            if isinstance(layer, keras.layers.Dense):
                before_last = shape
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        if self.log_variance is not None:
            self.log_variance.build(before_last)
        if self.null:
            self.null_condition = self.add_weight(
                shape=(self.dim,), initializer="zeros", name="null_condition", dtype="float32"
            )

    def adapt(self, vectors: np.ndarray) -> None:
        """Fit scaling and typicality, where there are any, to raw features (N, width)."""
        if self.scaling is not None:
            self.scaling.adapt(vectors)
        self.adapt_typicality(vectors)

    def adapt_typicality(self, vectors: np.ndarray) -> None:
        """Fit the typicality, where there is one, to raw features (N, width), scaled as before."""
        scaling, starts = self.scaling, range(0, len(vectors), ADAPT_ROWS)
        if scaling is not None and self.typicality is not None:
            self.typicality.adapt(scaling(vectors[i : i + ADAPT_ROWS]) for i in starts)

    def percentiles(self, audio: Tensor) -> Tensor | None:
        """The typicality of raw features (B, width); None if it is not measured."""
        if self.scaling is None or self.typicality is None:
            return None
        return self.typicality(self.scaling(audio))

    def distribution(
        self, audio: Tensor, noise: Tensor | None = None, training: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """μ and log σ² of the condition, each float32 (B, dim); log σ² is None if not augmented.

        Args:
            audio: Raw features (B, width).
            noise: Noise (B, width) on scaled features, see `FeatureScaling.call`.
            training: Whether batch norms use the batch's statistics.
        """
        if self.scaling is not None:
            x = self.scaling(audio, noise=noise)
        elif noise is None:
            x = ops.cast(audio, "float32")
        else:
            raise ValueError("noise is in units of scaled features; this encoder scales none")
        before_last = x
        for layer in self.stack:
            if isinstance(layer, keras.layers.Dense):
                before_last = x
            x = layer(x, training=training)
        log_variance = None if self.log_variance is None else self.log_variance(before_last)
        return ops.cast(x, "float32"), log_variance

    def call(
        self,
        audio: Tensor,
        strength: Tensor | None = None,
        keep: Tensor | None = None,
        noise: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        """The condition of `audio`, float32 (B, dim).

        Args:
            audio: Raw features (B, width).
            strength: s in e = null + s (e(audio) - null), (B,); 1 unless given.
            keep: Mask (B,); where it is 0 the null condition replaces the sample's.
            noise: Noise (B, width), see `distribution`.
            training: Whether batch norms use the batch's statistics.
        """
        condition, _ = self.distribution(audio, noise, training=training)
        return self.interpolate(condition, strength=strength, keep=keep)

    def interpolate(
        self, condition: Tensor, strength: Tensor | None = None, keep: Tensor | None = None
    ) -> Tensor:
        """Interpolate between the null condition and a condition, (B, dim); see `call`."""
        for amount in (strength, keep):
            if amount is None:
                continue
            if not self.null:
                raise ValueError("strength must be 1: this model has no null condition")
            amount = ops.cast(amount, "float32")[:, None]
            condition = self.null_condition + amount * (condition - self.null_condition)
        return condition

    def null_conditions(self, count: int | Tensor) -> Tensor:
        """The null condition, `count` times, float32 (count, dim)."""
        if not self.null:
            raise ValueError("audio: this model has no null condition, so it needs audio")
        return ops.tile(ops.cast(self.null_condition, "float32")[None], (count, 1))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0], self.dim)

    def get_config(self) -> dict:
        config = super().get_config()
        return {
            "name": config["name"],
            "dtype": config["dtype"],
            "width": self.width,
            "dim": self.dim,
            "hidden_units": list(self.hidden_units),
            "scale_features": self.scale_features,
            "batch_norm_layers": self.batch_norm_layers,
            "weight_init": self.weight_init,
            "slope": self.slope,
            "null": self.null,
            "augmented": self.augmented,
            "parts": self.parts,
            "typicality": self.typicality is not None,
        }
