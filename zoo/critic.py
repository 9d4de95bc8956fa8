"""Critics: how real a cover looks, and how well it fits the music."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from zoo import initializers
from zoo.condition import AudioEncoder
from zoo.layers.batch_norm import batch_norm
from zoo.layers.convolution import DownsampleConv
from zoo.layers.instance_norm import InstanceNormalization
from zoo.network import Network

NORMS = ("none", "instance", "batch")
BIASES = ("all", "last", "none")


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
class Critic(Network):
    """Covers (B, S, S, 3) and, with a projection, audio → scores, float32 (B,).

    score = ψ(φ(x)) + ⟨φ(x), W e(a)⟩, Miyato & Koyama 2018, arXiv:1802.05637, with φ(x) the last
    4×4 feature map, ψ linear and e(a) continuous. A plain critic has the first term only.

    Args:
        widths: channels at half, a quarter, … of the cover's side, down to 4.
        norm: `none`, `instance` or `batch`. Batch norm has no place under a gradient penalty,
            which is taken a sample at a time (arXiv:1704.00028).
        bare: convolutions, counted from 0, that no norm follows.
        linear: convolutions that no activation follows.
        bias: which layers have one: `all`, the `last`, `none`.
        audio_encoder: the critic's own audio encoder, or None for a plain critic.
        initial: how weights begin, see `zoo.initializers`.
    """

    def __init__(
        self,
        widths: Sequence[int],
        norm: str = "none",
        bare: Sequence[int] = (),
        linear: Sequence[int] = (),
        bias: str = "all",
        audio_encoder: AudioEncoder | None = None,
        initial: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(audio_encoder, **kwargs)
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {NORMS}. Received: {norm!r}")
        if bias not in BIASES:
            raise ValueError(f"bias must be one of {BIASES}. Received: {bias!r}")
        self.widths, self.norm = tuple(widths), norm
        self.bare, self.linear, self.bias = tuple(bare), tuple(linear), bias
        self.initial = initial
        self.convolutions = [
            DownsampleConv(
                width,
                use_bias=bias == "all",
                kernel_initializer=initializers.kernel(initial, "he_normal"),
                bias_initializer=initializers.bias(initial, 16 * fan_in),
                dtype=self.dtype_policy,
                name=f"conv_{index}",
            )
            for index, (fan_in, width) in enumerate(pairwise((3, *self.widths)))
        ]
        self.norms = [
            None if index in self.bare else self._norm(index) for index in range(len(self.widths))
        ]
        # Without a bias it is the thesis's last convolution, 4×4 'valid' on a 4×4 map.
        begin = initializers.kernel if bias == "none" else initializers.dense
        self.realness = keras.layers.Dense(
            1,
            use_bias=bias != "none",
            kernel_initializer=begin(initial, "glorot_uniform"),
            bias_initializer=initializers.bias(initial, 16 * self.widths[-1]),
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
        return batch_norm(name, dtype, self.initial) if self.norm == "batch" else None

    @property
    def mixes(self) -> bool:
        """Whether a score depends on the other covers of its batch."""
        return self.norm == "batch"

    def build(self, input_shape: Any = None) -> None:
        shape = (None, 4 * 2 ** len(self.widths), 4 * 2 ** len(self.widths), 3)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if norm is not None:
                norm.build(shape)
        features = (None, 16 * self.widths[-1])
        self.realness.build(features)
        self.build_audio()
        if self.projection is not None:
            self.projection.build(features)

    def look(self, image: Any, training: bool = False) -> View:
        """What the critic sees in covers (B, S, S, 3), before it hears anything."""
        x = image
        for index, (convolution, norm) in enumerate(
            zip(self.convolutions, self.norms, strict=True)
        ):
            x = convolution(x)
            if norm is not None:
                x = norm(x, training=training)
            if index not in self.linear:
                x = ops.leaky_relu(x, 0.2)
        x = ops.reshape(ops.cast(x, "float32"), (-1, 16 * self.widths[-1]))
        projected = None if self.projection is None else self.projection(x)
        return View(self.realness(x)[:, 0], projected)

    def listen(
        self, audio: Any, keep: Any = None, noise: Any = None, training: bool = False
    ) -> Any:
        """The critic's condition e(a), float32 (B, D); None for a plain critic."""
        if self.audio_encoder is None:
            return None
        return self.audio_encoder(audio, keep=keep, noise=noise, training=training)

    def call(self, image: Any, audio: Any = None, keep: Any = None, training: bool = False) -> Any:
        condition = self.listen(audio, keep=keep, training=training)
        return score(self.look(image, training=training), condition)

    def arguments(self) -> dict[str, Any]:
        return {
            "widths": self.widths,
            "norm": self.norm,
            "bare": self.bare,
            "linear": self.linear,
            "bias": self.bias,
            "audio_encoder": self.audio_encoder,
            "initial": self.initial,
        }


def score(view: View, condition: Any) -> Any:
    """ψ + ⟨Wᵀφ, e⟩ / √D, float32 (B,); ψ alone where there is no condition.

    The division keeps the two terms of one size whatever the condition's width D.
    """
    if condition is None:
        return view.realness
    dim = condition.shape[-1]
    return view.realness + ops.sum(view.projected * condition, axis=-1) / dim**0.5
