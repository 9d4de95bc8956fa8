"""Critics: they score how real a cover is and, with a projection, how well it fits the audio."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.convolution import DownsampleConv
from coverzoo.zoo.layers.instance_norm import InstanceNormalization
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.network import Network

NORMS = ("none", "instance", "batch")
BIASES = ("all", "last", "none")
MAX_LOG_PRECISION = 4.0  # q(z | x) is no narrower, so that its likelihood is bounded


@dataclass(frozen=True)
class CriticFeatures:
    """What a critic computes from covers before the audio enters; slicing selects rows.

    Attributes:
        logit: ψ(φ(x)), float32 (B,).
        projection: Wᵀφ(x), float32 (B, D), or None for an unconditional critic.
        latent: Mean and logarithm of the variance of q(z | x), float32 (B, L) each, or () for a
            critic that does not recover z.
    """

    logit: Tensor
    projection: Tensor | None
    latent: tuple[Tensor, ...] = ()

    def __getitem__(self, rows: slice) -> "CriticFeatures":
        projection = None if self.projection is None else self.projection[rows]
        latent = tuple(value[rows] for value in self.latent)
        return CriticFeatures(self.logit[rows], projection, latent)


@keras.saving.register_keras_serializable("coverzoo")
class Critic(Network):
    """Covers (B, S, S, 3) and, with a projection, audio → scores, float32 (B,).

    score = ψ(φ(x)) + ⟨φ(x), W e(a)⟩, Miyato & Koyama 2018, arXiv:1802.05637, with φ(x) the last
    4×4 feature map, ψ linear and e(a) continuous. An unconditional critic has only the first term.

    Args:
        channels: Channels at half, a quarter, … of the cover's side, down to 4.
        norm: `none`, `instance` or `batch`. Batch norm must not be combined with a gradient
            penalty, which is taken per sample (arXiv:1704.00028).
        no_norm_layers: Convolutions, counted from 0, that no norm follows.
        linear_layers: Convolutions, counted from 0, that no activation follows.
        residual: Whether a residual 3×3 convolution follows every convolution but the first,
            x ← (x + leaky_relu(conv(x))) / √2. It sees what a stride of 2 passes over.
        bias: Layers with a bias: `all`, the `last`, `none`.
        audio_encoder: The critic's own audio encoder, or None for an unconditional critic.
        latent_dim: Values L of z that a linear map of φ(x) recovers from a cover, as mean and
            variance; 0 for none.
        weight_init: Scheme of the initial weights, see `zoo.layers.initializers`.
    """

    def __init__(
        self,
        channels: Sequence[int],
        norm: str = "none",
        no_norm_layers: Sequence[int] = (),
        linear_layers: Sequence[int] = (),
        residual: bool = False,
        bias: str = "all",
        audio_encoder: AudioEncoder | None = None,
        latent_dim: int = 0,
        weight_init: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(audio_encoder, **kwargs)
        self.latent_dim = latent_dim
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {NORMS}. Received: {norm!r}")
        if bias not in BIASES:
            raise ValueError(f"bias must be one of {BIASES}. Received: {bias!r}")
        self.channels, self.norm, self.bias = tuple(channels), norm, bias
        self.residual = residual
        self.no_norm_layers, self.linear_layers = tuple(no_norm_layers), tuple(linear_layers)
        self.weight_init = weight_init
        self.convolutions = [
            DownsampleConv(
                filters,
                use_bias=bias == "all",
                kernel_initializer=initializers.kernel(weight_init, "he_normal"),
                bias_initializer=initializers.bias(weight_init, 16 * inputs),
                dtype=self.dtype_policy,
                name=f"conv_{index}",
            )
            for index, (inputs, filters) in enumerate(pairwise((3, *self.channels)))
        ]
        self.residuals = [
            self._residual_conv(index, filters) if residual and index else None
            for index, filters in enumerate(self.channels)
        ]
        self.norms = [
            None if index in self.no_norm_layers else self._norm(index)
            for index in range(len(self.channels))
        ]
        # Without a bias it is the thesis's last convolution, 4×4 'valid' on a 4×4 map.
        initializer = initializers.kernel if bias == "none" else initializers.dense
        self.logit = keras.layers.Dense(
            1,
            use_bias=bias != "none",
            kernel_initializer=initializer(weight_init, "glorot_uniform"),
            bias_initializer=initializers.bias(weight_init, 16 * self.channels[-1]),
            dtype="float32",
            name="logit",
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

        self.latent = (
            keras.layers.Dense(
                2 * latent_dim, kernel_initializer="glorot_uniform", dtype="float32", name="latent"
            )
            if latent_dim
            else None
        )

    def _residual_conv(self, index: int, filters: int) -> keras.layers.Layer:
        return keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=self.bias == "all",
            kernel_initializer=initializers.kernel(self.weight_init, "he_normal"),
            bias_initializer=initializers.bias(self.weight_init, 9 * filters),
            dtype=self.dtype_policy,
            name=f"residual_{index}",
        )

    def _norm(self, index: int) -> keras.layers.Layer | None:
        name, dtype = f"norm_{index}", self.dtype_policy
        if self.norm == "instance":
            return InstanceNormalization(dtype=dtype, name=name)
        return batch_norm(name, dtype, self.weight_init) if self.norm == "batch" else None

    @property
    def mixes_samples(self) -> bool:
        """Whether a score depends on the other covers of its batch."""
        return self.norm == "batch"

    def build(self, input_shape: Any = None) -> None:
        side = 4 * 2 ** len(self.channels)
        shape = (None, side, side, 3)
        levels = zip(self.convolutions, self.norms, self.residuals, strict=True)
        for convolution, norm, residual in levels:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if norm is not None:
                norm.build(shape)
            if residual is not None:
                residual.build(shape)
        features = (None, 16 * self.channels[-1])
        self.logit.build(features)
        self.build_audio()
        if self.projection is not None:
            self.projection.build(features)
        if self.latent is not None:
            self.latent.build(features)

    def image_features(self, image: Tensor, training: bool = False) -> CriticFeatures:
        """The features of covers (B, S, S, 3), which do not depend on audio."""
        x = image
        levels = zip(self.convolutions, self.norms, self.residuals, strict=True)
        for index, (convolution, norm, residual) in enumerate(levels):
            x = convolution(x)
            if norm is not None:
                x = norm(x, training=training)
            if index not in self.linear_layers:
                x = ops.leaky_relu(x, 0.2)
            if residual is not None:
                x = (x + ops.leaky_relu(residual(x), 0.2)) / 2**0.5
        x = ops.reshape(ops.cast(x, "float32"), (-1, 16 * self.channels[-1]))
        projection = None if self.projection is None else self.projection(x)
        return CriticFeatures(self.logit(x)[:, 0], projection, self._latent(x))

    def _latent(self, x: Tensor) -> tuple[Tensor, ...]:
        """Mean and logarithm of the variance of q(z | x); the latter starts near 0."""
        if self.latent is None:
            return ()
        mean, raw = ops.split(self.latent(x), 2, axis=-1)
        return mean, -MAX_LOG_PRECISION * ops.sigmoid(raw - 3.0)

    def features_of_both(
        self, real: Tensor, fake: Tensor, training: bool = False
    ) -> tuple[CriticFeatures, CriticFeatures]:
        """Features of two batches of covers, in one call unless the norms would mix them."""
        if self.mixes_samples:
            return (
                self.image_features(real, training=training),
                self.image_features(fake, training=training),
            )
        both = self.image_features(ops.concatenate([real, fake], axis=0), training=training)
        size = ops.shape(real)[0]
        return both[:size], both[size:]

    def encode_audio(
        self,
        audio: Tensor,
        keep: Tensor | None = None,
        noise: Tensor | None = None,
        training: bool = False,
    ) -> Tensor | None:
        """The critic's condition e(a), float32 (B, D); None for an unconditional critic."""
        if self.audio_encoder is None:
            return None
        return self.audio_encoder(audio, keep=keep, noise=noise, training=training)

    def call(
        self,
        image: Tensor,
        audio: Tensor | None = None,
        keep: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        condition = self.encode_audio(audio, keep=keep, training=training)
        return score(self.image_features(image, training=training), condition)

    def arguments(self) -> dict[str, Any]:
        return {
            "channels": self.channels,
            "norm": self.norm,
            "no_norm_layers": self.no_norm_layers,
            "linear_layers": self.linear_layers,
            "residual": self.residual,
            "bias": self.bias,
            "audio_encoder": self.audio_encoder,
            "latent_dim": self.latent_dim,
            "weight_init": self.weight_init,
        }


def score(features: CriticFeatures, condition: Tensor | None) -> Tensor:
    """ψ + ⟨Wᵀφ, e⟩ / √D, float32 (B,); ψ alone without a condition.

    The division keeps both terms of the same order for every dimension D of the condition.
    """
    if condition is None:
        return features.logit
    dim = condition.shape[-1]
    return features.logit + ops.sum(features.projection * condition, axis=-1) / dim**0.5
