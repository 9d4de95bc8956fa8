"""Critics: how real a cover looks, and how well it fits the music."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from zoo.condition import AudioEncoder
from zoo.initializers import pytorch
from zoo.layers.norm import InstanceNormalization

NORMS = ("none", "instance")


@dataclass(frozen=True)
class View:
    """What a critic sees in covers, sliced like a batch.

    Attributes:
        realness: ψ(φ(x)), float32 (B,).
        projected: Wᵀφ(x), float32 (B, D), or None for a plain critic.
    """

    realness: Any
    projected: Any

    def __getitem__(self, rows: slice) -> "View":
        return View(self.realness[rows], None if self.projected is None else self.projected[rows])


@keras.saving.register_keras_serializable("coverzoo")
class Critic(keras.Model):
    """Covers (B, S, S, 3) and, with a projection, audio → scores, float32 (B,).

    score = ψ(φ(x)) + ⟨φ(x), W e(a)⟩, Miyato & Koyama 2018, arXiv:1802.05637, with φ(x) the last
    4×4 feature map, ψ linear and e(a) continuous. A plain critic has the first term only.

    Args:
        widths: channels at half, a quarter, … of the cover's side, down to 4.
        norm: `none` or `instance`. Batch norm has no place under a gradient penalty, which is
            taken a sample at a time (arXiv:1704.00028).
        encoder: the critic's own audio encoder, or None for a plain critic.
        initial: `he`, or `normal` for the thesis's N(0, 0.02).
    """

    def __init__(
        self,
        widths: Sequence[int],
        norm: str = "none",
        encoder: AudioEncoder | None = None,
        initial: str = "he",
        **kwargs: Any,
    ) -> None:
        kwargs["autocast"] = False  # raw audio passes through here
        super().__init__(**kwargs)
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {NORMS}. Received: {norm!r}")
        self.widths, self.norm = tuple(widths), norm
        self.encoder, self.initial = encoder, initial
        dtype = self.dtype_policy
        thesis = initial == "normal"
        self.convolutions = [
            keras.layers.Conv2D(
                width,
                4,
                strides=2,
                padding="same",
                use_bias=norm == "none",
                kernel_initializer=(
                    keras.initializers.RandomNormal(0.0, 0.02) if thesis else "he_normal"
                ),
                dtype=dtype,
                name=f"conv_{index}",
            )
            for index, width in enumerate(self.widths)
        ]
        self.norms = [
            InstanceNormalization(dtype=dtype, name=f"norm_{index}") if norm == "instance" else None
            for index in range(len(self.widths))
        ]
        features = 16 * self.widths[-1]
        self.realness = keras.layers.Dense(
            1,
            kernel_initializer=pytorch() if thesis else "glorot_uniform",
            bias_initializer=pytorch(features) if thesis else "zeros",
            dtype="float32",
            name="realness",
        )
        self.projection = (
            None
            if encoder is None
            else keras.layers.Dense(
                encoder.dim,
                use_bias=False,
                kernel_initializer="glorot_uniform",
                dtype="float32",
                name="projection",
            )
        )

    def build(self, input_shape: Any = None) -> None:
        shape = (None, 4 * 2 ** len(self.widths), 4 * 2 ** len(self.widths), 3)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if norm is not None:
                norm.build(shape)
        features = (None, 16 * self.widths[-1])
        self.realness.build(features)
        if self.encoder is not None and self.projection is not None:
            if not self.encoder.built:  # one read from a file comes built
                self.encoder.build((None, self.encoder.width))
            self.projection.build(features)

    def look(self, image: Any, training: bool = False) -> View:
        """What the critic sees in covers (B, S, S, 3), before it hears anything."""
        x = image
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = convolution(x)
            if norm is not None:
                x = norm(x)
            x = ops.leaky_relu(x, 0.2)
        x = ops.reshape(ops.cast(x, "float32"), (-1, 16 * self.widths[-1]))
        projected = None if self.projection is None else self.projection(x)
        return View(self.realness(x)[:, 0], projected)

    def listen(
        self, audio: Any, keep: Any = None, noise: Any = None, training: bool = False
    ) -> Any:
        """The critic's condition e(a), float32 (B, D); None for a plain critic."""
        if self.encoder is None:
            return None
        return self.encoder(audio, keep=keep, noise=noise, training=training)

    def call(self, image: Any, audio: Any = None, keep: Any = None, training: bool = False) -> Any:
        condition = self.listen(audio, keep=keep, training=training)
        return score(self.look(image, training=training), condition)

    def get_build_config(self) -> dict:
        """Nothing but that it was built: the configuration tells every shape."""
        return {"built": True}

    def build_from_config(self, config: dict) -> None:
        """Build the weights, whatever `config` holds."""
        self.build()

    def get_config(self) -> dict:
        config = super().get_config()
        encoder = self.encoder
        return {
            "name": config["name"],
            "dtype": config["dtype"],
            "widths": list(self.widths),
            "norm": self.norm,
            "encoder": None if encoder is None else keras.saving.serialize_keras_object(encoder),
            "initial": self.initial,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: Any = None) -> "Critic":
        """The critic a config describes."""
        config = dict(config)
        encoder = config.pop("encoder")
        if encoder is not None:
            encoder = keras.saving.deserialize_keras_object(encoder, custom_objects)
        return cls(encoder=encoder, **config)


def score(view: View, condition: Any) -> Any:
    """ψ + ⟨Wᵀφ, e⟩ / √D, float32 (B,); ψ alone where there is no condition.

    The division keeps the two terms of one size whatever the condition's width D.
    """
    if condition is None:
        return view.realness
    dim = condition.shape[-1]
    return view.realness + ops.sum(view.projected * condition, axis=-1) / dim**0.5
