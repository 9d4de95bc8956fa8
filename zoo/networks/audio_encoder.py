"""From raw audio features to the condition that generators and critics work with."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.scaling import FeatureScaling


@keras.saving.register_keras_serializable("coverzoo")
class AudioEncoder(keras.layers.Layer):
    """Raw audio features (B, width) → a condition e (B, dim), by a multilayer perceptron.

    Args:
        width: how many raw features.
        dim: D, how many values the condition has.
        hidden: widths of the hidden layers.
        scaled: scale the features first (`FeatureScaling`); without it the net sees raw ones,
            as the thesis's did.
        normalized: the thesis's form: batch norm after every Dense.
        initial: how weights begin, see `zoo.layers.initializers`.
        slope: of the LeakyReLU between.
        null: learn a null condition that stands for "no audio", and take its place in training
            with the probability the caller chooses (`keep`), as in classifier-free guidance,
            arXiv:2207.12598.
        augmented: conditioning augmentation, arXiv:1612.03242: `distribution` gives σ(a)² too,
            and training draws e from N(μ(a), σ(a)²); a call gives μ(a).
        parts: how many equally long parts of the features can be missing independently.
    """

    def __init__(
        self,
        width: int,
        dim: int,
        hidden: Sequence[int] = (128,),
        scaled: bool = True,
        normalized: bool = False,
        weight_init: str = "he",
        slope: float = 0.2,
        null: bool = True,
        augmented: bool = False,
        parts: int = 2,
        **kwargs: Any,
    ) -> None:
        kwargs["autocast"] = False  # mixed_float16 would cast raw features to infinity
        super().__init__(**kwargs)
        self.width, self.dim, self.hidden, self.parts = width, dim, tuple(hidden), parts
        self.scaled, self.normalized = scaled, normalized
        self.weight_init, self.slope = weight_init, slope
        self.null, self.augmented = null, augmented
        # Raw features overflow float16, and so does what a Dense makes of them.
        dtype = self.dtype_policy if scaled else "float32"
        self.scaling = FeatureScaling(width, parts, name="scaling") if scaled else None
        self.stack: list[keras.layers.Layer] = []
        fan_in = width
        for index, units in enumerate((*self.hidden, dim)):
            last = index == len(self.hidden)
            self.stack.append(
                keras.layers.Dense(
                    units,
                    kernel_initializer=initializers.dense(
                        weight_init, "glorot_uniform" if last else "he_normal"
                    ),
                    bias_initializer=initializers.bias(weight_init, fan_in),
                    dtype=dtype,
                    name=f"dense_{index}",
                )
            )
            if normalized:
                self.stack.append(batch_norm(f"norm_{index}", dtype, weight_init))
            if not last:
                self.stack.append(keras.layers.LeakyReLU(slope, dtype=dtype))
            fan_in = units
        # Starts narrow (σ = e⁻² of a unit condition), so that the music is audible at once.
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

    def distribution(
        self, audio: Any, noise: Any = None, training: bool = False
    ) -> tuple[Any, Any]:
        """μ and log σ² of the condition, each float32 (B, dim); log σ² is None if not augmented.

        Args:
            audio: (B, width) raw features.
            noise: (B, width), see `FeatureScaling.call`.
            training: whether batch norms use the batch's statistics.
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
        audio: Any,
        strength: Any = None,
        keep: Any = None,
        noise: Any = None,
        training: bool = False,
    ) -> Any:
        """The condition of `audio`, float32 (B, dim).

        Args:
            audio: (B, width) raw features.
            strength: (B,), s in e = null + s (e(audio) - null); 1 if not given.
            keep: (B,), where 0 the null condition takes the sample's place.
            noise: (B, width), see `distribution`.
            training: whether batch norms use the batch's statistics.
        """
        condition, _ = self.distribution(audio, noise, training=training)
        return self.steer(condition, strength=strength, keep=keep)

    def steer(self, condition: Any, strength: Any = None, keep: Any = None) -> Any:
        """Move a condition towards the null condition, (B, dim) → (B, dim); see `call`."""
        for amount in (strength, keep):
            if amount is None:
                continue
            if not self.null:
                raise ValueError("a model trained without a null condition knows strength 1 only")
            amount = ops.cast(amount, "float32")[:, None]
            condition = self.null_condition + amount * (condition - self.null_condition)
        return condition

    def no_audio(self, count: Any) -> Any:
        """The null condition, `count` times, float32 (count, dim)."""
        if not self.null:
            raise ValueError("a model trained without a null condition cannot do without audio")
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
            "hidden": list(self.hidden),
            "scaled": self.scaled,
            "normalized": self.normalized,
            "weight_init": self.weight_init,
            "slope": self.slope,
            "null": self.null,
            "augmented": self.augmented,
            "parts": self.parts,
        }
