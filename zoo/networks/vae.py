"""The variational autoencoder, whose prior and decoder can be conditioned on audio."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.layers import initializers
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.autoencoder import to_cover
from coverzoo.zoo.networks.coders import ConvDecoder, ConvEncoder
from coverzoo.zoo.networks.generative import GenerativeNetwork
from coverzoo.zoo.networks.inputs import checked
from coverzoo.zoo.networks.tracing import traced

PRIORS = ("standard", "audio")


@keras.saving.register_keras_serializable("coverzoo")
class VAE(GenerativeNetwork):
    """q(z|x) = N(μ(x), σ²(x)) and p(x|z, a), Kingma & Welling 2013, arXiv:1312.6114.

    With an audio prior z ~ N(m(a), s²(a)), Sohn et al. 2015, "Learning structured output
    representation using deep conditional generative models": the prior then holds what the audio
    determines of a cover. `generate` takes standard normal noise ε in any case, and decodes
    z = m + s·ε.

    Args:
        image_size: Side S of a cover in pixels.
        latent_dim: Number of values of z.
        channels: Channels after each halving, see `zoo.networks.coders.ConvEncoder`.
        bottleneck_channels: Channels of the feature map between encoder and decoder.
        audio_encoder: Audio encoder, or None for a model without audio.
        method: `resize` or `reflect`, see `zoo.networks.coders.ConvDecoder`.
        prior: `standard` for N(0, 1), or `audio`.
        concat_condition: Whether to concatenate the condition to z.
        slope: Negative slope of the LeakyReLU.
        weight_init: Scheme of the initial weights, see `zoo.layers.initializers`.
    """

    def __init__(
        self,
        image_size: int,
        latent_dim: int,
        channels: Sequence[int],
        bottleneck_channels: int,
        audio_encoder: AudioEncoder | None = None,
        method: str = "resize",
        prior: str = "standard",
        concat_condition: bool = False,
        slope: float = 0.01,
        weight_init: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(latent_dim, audio_encoder, **kwargs)
        if prior not in PRIORS:
            raise ValueError(f"prior must be one of {PRIORS}. Received: {prior!r}")
        if prior == "audio" and audio_encoder is None:
            raise ValueError("an audio prior needs an audio encoder")
        self.image_size, self.channels, self.bottleneck_channels = (
            image_size,
            tuple(channels),
            bottleneck_channels,
        )
        self.prior_kind, self.concat_condition = prior, concat_condition
        self.method, self.slope, self.weight_init = method, slope, weight_init
        dtype = self.dtype_policy
        shared: dict[str, Any] = {
            "method": method,
            "order": "activation",
            "slope": slope,
            "weight_init": weight_init,
        }
        self.encoder = ConvEncoder(
            channels, bottleneck_channels, **shared, dtype=dtype, name="encoder"
        )
        self.decoder = ConvDecoder(
            bottleneck_channels,
            self.channels[::-1],
            **shared,
            film=audio_encoder is not None,
            dtype=dtype,
            name="decoder",
        )
        self.code_side = image_size >> len(self.channels)
        values = self.code_side**2 * bottleneck_channels
        self.mean = self._dense(latent_dim, values, "mean", "float32")
        self.log_variance = self._dense(latent_dim, values, "log_variance", "float32")
        self.input_dim = latent_dim
        if audio_encoder is not None and concat_condition:
            self.input_dim += audio_encoder.dim
        self.expand = self._dense(values, self.input_dim, "expand", dtype)
        self.prior = (
            # Zeros: the initial prior is N(0, 1).
            keras.layers.Dense(
                2 * latent_dim, kernel_initializer="zeros", dtype="float32", name="prior"
            )
            if prior == "audio"
            else None
        )
        specs = [tf.TensorSpec((None, image_size, image_size, 3))]
        if audio_encoder is not None:
            specs.append(tf.TensorSpec((None, audio_encoder.width)))
        self._traced_reconstruct = traced(self.reconstruct_unchecked, specs)

    def _dense(self, units: int, fan_in: int, name: str, dtype: Any) -> keras.layers.Dense:
        return keras.layers.Dense(
            units,
            kernel_initializer=initializers.dense(self.weight_init, "glorot_uniform"),
            bias_initializer=initializers.bias(self.weight_init, fan_in),
            dtype=dtype,
            name=name,
        )

    def build(self, input_shape: Any = None) -> None:
        condition = self.build_audio()
        side, code_side = self.image_size, self.code_side
        self.encoder.build((None, side, side, 3))
        values = (None, code_side**2 * self.bottleneck_channels)
        self.mean.build(values)
        self.log_variance.build(values)
        self.expand.build((None, self.input_dim))
        self.decoder.build((None, code_side, code_side, self.bottleneck_channels), condition)
        if self.prior is not None:
            self.prior.build(condition)

    def posterior(self, image: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """μ and log σ² of q(z|x), each float32 (B, latent_dim), for covers in [-1, 1]."""
        code, _ = self.encoder(image, training=training)
        values = ops.reshape(
            ops.cast(code, "float32"), (-1, self.code_side**2 * self.bottleneck_channels)
        )
        return self.mean(values), self.log_variance(values)

    def prior_parameters(
        self, condition: Tensor | None, rows: int | Tensor
    ) -> tuple[Tensor, Tensor]:
        """Mean m and log s² of p(z|a), each float32 (rows, latent_dim); zeros for N(0, 1)."""
        if self.prior is None:
            zeros = ops.zeros((rows, self.latent_dim))
            return zeros, zeros
        mean, log_variance = ops.split(self.prior(condition), 2, axis=-1)
        return mean, log_variance

    def logits_from(self, z: Tensor, condition: Tensor | None, training: bool = False) -> Tensor:
        """Logits of covers (B, S, S, 3) from z and a condition (B, D), None without audio."""
        if self.concat_condition and condition is not None:
            z = ops.concatenate([ops.cast(z, "float32"), condition], axis=-1)
        code = ops.reshape(
            self.expand(z), (-1, self.code_side, self.code_side, self.bottleneck_channels)
        )
        return self.decoder(code, condition=condition, training=training)

    def generate_from(self, z: Tensor, condition: Tensor | None, training: bool = False) -> Tensor:
        """Covers from noise ε, through the prior, and a condition; see `GenerativeNetwork`."""
        mean, log_variance = self.prior_parameters(condition, ops.shape(z)[0])
        z = mean + ops.exp(0.5 * log_variance) * ops.cast(z, "float32")
        return to_cover(self.logits_from(z, condition, training=training))

    def encode(self, image: Tensor) -> Tensor:
        """μ(x), float32 (B, latent_dim), of covers in [-1, 1].

        Raises:
            ValueError: If a shape does not fit, the batch is empty, or a value is not finite.
        """
        return self.posterior(checked("image", image, self._image_shape()))[0]

    def decode(self, z: Tensor, audio: Tensor | None = None) -> Tensor:
        """Covers in [-1, 1] from codes as `encode` returns them, unlike the noise of `generate`.

        Args:
            z: Codes (B, latent_dim).
            audio: Raw features (B, width), or None.

        Raises:
            ValueError: If a shape does not fit, the batch is empty, or a value is not finite.
        """
        z = checked("z", z, (self.latent_dim,))
        if audio is not None:
            audio = self.checked_audio(audio, "z", z.shape[0])
        return to_cover(self.logits_from(z, self.condition(z, audio, None)))

    def reconstruct(self, image: Tensor, audio: Tensor | None = None) -> Tensor:
        """Reconstruct covers in [-1, 1] from the mean of their posterior.

        Raises:
            ValueError: If a shape does not fit, the batch is empty, or a value is not finite.
        """
        image = checked("image", image, self._image_shape())
        if audio is None:
            return self._traced_reconstruct(image)
        audio = self.checked_audio(audio, "image", image.shape[0])
        return self._traced_reconstruct(image, audio)

    def _image_shape(self) -> tuple[int, int, int]:
        return (self.image_size, self.image_size, 3)

    def reconstruct_unchecked(self, image: Tensor, audio: Tensor | None = None) -> Tensor:
        """`reconstruct` without checks, also inside a graph."""
        z, _ = self.posterior(image)
        return to_cover(self.logits_from(z, self.condition(z, audio, None)))

    def arguments(self) -> dict[str, Any]:
        return {
            "image_size": self.image_size,
            "latent_dim": self.latent_dim,
            "channels": self.channels,
            "bottleneck_channels": self.bottleneck_channels,
            "audio_encoder": self.audio_encoder,
            "method": self.method,
            "prior": self.prior_kind,
            "concat_condition": self.concat_condition,
            "slope": self.slope,
            "weight_init": self.weight_init,
        }
