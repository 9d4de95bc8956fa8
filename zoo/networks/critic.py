"""Critics: how real a cover looks, and how well it fits the music."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.convolution import DownsampleConv
from coverzoo.zoo.layers.instance_norm import InstanceNormalization
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.network import Network

NORMS = ("none", "instance", "batch")
BIASES = ("all", "last", "none")


@dataclass(frozen=True)
class CriticFeatures:
    """What a critic sees in covers, sliced like a batch.

    Attributes:
        realness: ψ(φ(x)), float32 (B,).
        projected: Wᵀφ(x), float32 (B, D), or None for a plain critic.
    """

    realness: Any
    projected: Any

    def __getitem__(self, rows: slice) -> "CriticFeatures":
        return CriticFeatures(
            self.realness[rows], None if self.projected is None else self.projected[rows]
        )


@keras.saving.register_keras_serializable("coverzoo")
class Critic(Network):
    """Covers (B, S, S, 3) and, with a projection, audio → scores, float32 (B,).

    score = ψ(φ(x)) + ⟨φ(x), W e(a)⟩, Miyato & Koyama 2018, arXiv:1802.05637, with φ(x) the last
    4×4 feature map, ψ linear and e(a) continuous. A plain critic has the first term only.

    Args:
        channels: channels at half, a quarter, … of the cover's side, down to 4.
        norm: `none`, `instance` or `batch`. Batch norm has no place under a gradient penalty,
            which is taken a sample at a time (arXiv:1704.00028).
        no_norm_layers: convolutions, counted from 0, that no norm follows.
        linear_layers: convolutions that no activation follows.
        bias: which layers have one: `all`, the `last`, `none`.
        audio_encoder: the critic's own audio encoder, or None for a plain critic.
        initial: how weights begin, see `zoo.layers.initializers`.
    """

    def __init__(
        self,
        channels: Sequence[int],
        norm: str = "none",
        no_norm_layers: Sequence[int] = (),
        linear_layers: Sequence[int] = (),
        bias: str = "all",
        audio_encoder: AudioEncoder | None = None,
        weight_init: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(audio_encoder, **kwargs)
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {NORMS}. Received: {norm!r}")
        if bias not in BIASES:
            raise ValueError(f"bias must be one of {BIASES}. Received: {bias!r}")
        self.channels, self.norm = tuple(channels), norm
        self.no_norm_layers, self.linear_layers, self.bias = (
            tuple(no_norm_layers),
            tuple(linear_layers),
            bias,
        )
        self.weight_init = weight_init
        self.convolutions = [
            DownsampleConv(
                width,
                use_bias=bias == "all",
                kernel_initializer=initializers.kernel(weight_init, "he_normal"),
                bias_initializer=initializers.bias(weight_init, 16 * fan_in),
                dtype=self.dtype_policy,
                name=f"conv_{index}",
            )
            for index, (fan_in, width) in enumerate(pairwise((3, *self.channels)))
        ]
        self.norms = [
            None if index in self.no_norm_layers else self._norm(index)
            for index in range(len(self.channels))
        ]
        # Without a bias it is the thesis's last convolution, 4×4 'valid' on a 4×4 map.
        begin = initializers.kernel if bias == "none" else initializers.dense
        self.realness = keras.layers.Dense(
            1,
            use_bias=bias != "none",
            kernel_initializer=begin(weight_init, "glorot_uniform"),
            bias_initializer=initializers.bias(weight_init, 16 * self.channels[-1]),
            dtype="float32",
            name="realness",
        )
        self.projection = (
            None
            if audio_encoder is None
            else keras.layers.Dense(
                audio_encoder.dim,
                use_bias=False,
                kernel_initializer="glorot_uniform",
                dtype="float32",
                name="projection",
            )
        )

    def _norm(self, index: int) -> keras.layers.Layer | None:
        name, dtype = f"norm_{index}", self.dtype_policy
        if self.norm == "instance":
            return InstanceNormalization(dtype=dtype, name=name)
        return batch_norm(name, dtype, self.weight_init) if self.norm == "batch" else None

    @property
    def mixes(self) -> bool:
        """Whether a score depends on the other covers of its batch."""
        return self.norm == "batch"

    def build(self, input_shape: Any = None) -> None:
        shape = (None, 4 * 2 ** len(self.channels), 4 * 2 ** len(self.channels), 3)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if norm is not None:
                norm.build(shape)
        features = (None, 16 * self.channels[-1])
        self.realness.build(features)
        self.build_audio()
        if self.projection is not None:
            self.projection.build(features)

    def image_features(self, image: Any, training: bool = False) -> CriticFeatures:
        """What the critic sees in covers (B, S, S, 3), before it hears anything."""
        x = image
        for index, (convolution, norm) in enumerate(
            zip(self.convolutions, self.norms, strict=True)
        ):
            x = convolution(x)
            if norm is not None:
                x = norm(x, training=training)
            if index not in self.linear_layers:
                x = ops.leaky_relu(x, 0.2)
        x = ops.reshape(ops.cast(x, "float32"), (-1, 16 * self.channels[-1]))
        projected = None if self.projection is None else self.projection(x)
        return CriticFeatures(self.realness(x)[:, 0], projected)

    def encode_audio(
        self, audio: Any, keep: Any = None, noise: Any = None, training: bool = False
    ) -> Any:
        """The critic's condition e(a), float32 (B, D); None for a plain critic."""
        if self.audio_encoder is None:
            return None
        return self.audio_encoder(audio, keep=keep, noise=noise, training=training)

    def call(self, image: Any, audio: Any = None, keep: Any = None, training: bool = False) -> Any:
        condition = self.encode_audio(audio, keep=keep, training=training)
        return score(self.image_features(image, training=training), condition)

    def arguments(self) -> dict[str, Any]:
        return {
            "channels": self.channels,
            "norm": self.norm,
            "no_norm_layers": self.no_norm_layers,
            "linear_layers": self.linear_layers,
            "bias": self.bias,
            "audio_encoder": self.audio_encoder,
            "weight_init": self.weight_init,
        }


def score(view: CriticFeatures, condition: Any) -> Any:
    """ψ + ⟨Wᵀφ, e⟩ / √D, float32 (B,); ψ alone where there is no condition.

    The division keeps the two terms of one size whatever the condition's width D.
    """
    if condition is None:
        return view.realness
    dim = condition.shape[-1]
    return view.realness + ops.sum(view.projected * condition, axis=-1) / dim**0.5
