"""A GAN generator of upsampling convolutions."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.convolution import UpsampleConv
from coverzoo.zoo.layers.film import BranchedFiLM, FiLM, modulate
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.generative import GenerativeNetwork

STEM_SIDE = 4  # every generator starts from a 4×4 map
BIASES = ("ends", "all", "none")


@keras.saving.register_keras_serializable("coverzoo")
class ConvGenerator(GenerativeNetwork):
    """z (B, latent_dim) and raw audio (B, width) → covers (B, S, S, 3) in [-1, 1].

    A Dense makes a 4×4 map (the stem); each further stage doubles the side; a last convolution
    doubles it once more, to RGB. After every norm the condition modulates the channels (FiLM), with
    `film_noise` the condition and z.

    Args:
        latent_dim: Number of values of z.
        channels: Channels at side 4, 8, 16, …; a cover's side is 4 · 2^len(channels).
        upsampling: `resize`, `bilinear` or `transpose`, see `UpsampleConv`.
        extra_convs: Doublings, counted from 0, that a 3×3 convolution of stride 1 follows.
        bias: Layers with a bias: the first and the last (`ends`), `all`, `none`. The norm after
            each of the others subtracts a bias again.
        stem_activation: Whether to apply ReLU to the 4×4 map too.
        audio_encoder: Audio encoder, or None for a generator without audio.
        film: `identity` (one linear map initialised to zero) or `branched` (the thesis's).
        film_init: Standard deviation, and γ's mean, of the last initial weights of `branched`.
        film_noise: Whether z is concatenated to the condition in FiLM, as in BigGAN-deep (Brock
            et al. 2019, arXiv:1809.11096, appendix B).
        finest_channels: Channels at the cover's full side, of which, rectified, a 1×1 convolution
            makes detail that is added to the RGB; 0 for none. It is initialised to zero.
        concat_condition: Whether to concatenate the condition to z before the stem.
        weight_init: Scheme of the initial weights, see `zoo.layers.initializers`.
    """

    def __init__(
        self,
        latent_dim: int,
        channels: Sequence[int],
        upsampling: str = "resize",
        extra_convs: Sequence[int] = (),
        bias: str = "ends",
        stem_activation: bool = True,
        audio_encoder: AudioEncoder | None = None,
        film: str = "identity",
        film_init: Sequence[float] = (1.0, 0.0),
        film_noise: bool = False,
        finest_channels: int = 0,
        concat_condition: bool = False,
        weight_init: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(latent_dim, audio_encoder, **kwargs)
        if bias not in BIASES:
            raise ValueError(f"bias must be one of {BIASES}. Received: {bias!r}")
        self.channels, self.extra_convs = tuple(channels), tuple(extra_convs)
        self.upsampling, self.bias, self.stem_activation = upsampling, bias, stem_activation
        self.film, self.film_init, self.film_noise = film, tuple(film_init), film_noise
        self.finest_channels = finest_channels
        self.concat_condition = concat_condition
        self.weight_init = weight_init
        audio_dim = 0 if audio_encoder is None else audio_encoder.dim
        self.input_dim = latent_dim + (audio_dim if concat_condition else 0)
        self.film_dim = audio_dim + (latent_dim if film_noise else 0)
        self.stem = keras.layers.Dense(
            STEM_SIDE * STEM_SIDE * self.channels[0],
            use_bias=bias != "none",
            kernel_initializer=self._stem_kernel(),
            bias_initializer=initializers.bias(weight_init, self.input_dim),
            dtype=self.dtype_policy,
            name="stem",
        )
        self.convolutions: list[keras.layers.Layer] = []
        stage_channels = [self.channels[0]]
        for index, filters in enumerate(self.channels[1:]):
            self.convolutions.append(self._upsampling_conv(filters, f"up_{index}"))
            stage_channels.append(filters)
            if index in self.extra_convs:
                self.convolutions.append(self._extra_conv(filters, f"extra_conv_{index}"))
                stage_channels.append(filters)
        self.norms = [
            batch_norm(
                f"norm_{index}", self.dtype_policy, weight_init, affine=audio_encoder is None
            )
            for index in range(len(stage_channels))
        ]
        self.films = [self._film(index, filters) for index, filters in enumerate(stage_channels)]
        self.to_rgb = UpsampleConv(
            3 + finest_channels,
            upsampling,
            use_bias=bias != "none",
            kernel_initializer=initializers.kernel(weight_init, "glorot_uniform"),
            bias_initializer=initializers.bias(weight_init, 16 * 3),
            dtype="float32",
            name="to_rgb",
        )
        self.detail = (
            keras.layers.Dense(  # on the last axis: a 1×1 convolution
                3, use_bias=False, kernel_initializer="zeros", dtype="float32", name="detail"
            )
            if finest_channels
            else None
        )

    def _stem_kernel(self) -> Any:
        """Initializer of the stem.

        Without biases the stem is the thesis's transposed convolution of a 1×1 map, whose fan-in
        PyTorch counts by its output channels.
        """
        if self.bias == "none" and self.weight_init != "he":
            if self.weight_init == "normal":
                return initializers.kernel("normal", "")
            return initializers.pytorch(STEM_SIDE * STEM_SIDE * self.channels[0])
        return initializers.dense(self.weight_init, "glorot_uniform")

    def _upsampling_conv(self, filters: int, name: str) -> UpsampleConv:
        return UpsampleConv(
            filters,
            self.upsampling,
            use_bias=self.bias == "all",
            kernel_initializer=initializers.kernel(self.weight_init, "he_normal"),
            bias_initializer=initializers.bias(self.weight_init, 16 * filters),
            dtype=self.dtype_policy,
            name=name,
        )

    def _extra_conv(self, filters: int, name: str) -> keras.layers.Layer:
        return keras.layers.Conv2DTranspose(
            filters,
            3,
            padding="same",
            use_bias=self.bias == "all",
            kernel_initializer=initializers.kernel(self.weight_init, "he_normal"),
            bias_initializer=initializers.bias(self.weight_init, 9 * filters),
            dtype=self.dtype_policy,
            name=name,
        )

    def _film(self, index: int, channels: int) -> FiLM | BranchedFiLM | None:
        if self.audio_encoder is None:
            return None
        name, dtype = f"film_{index}", self.dtype_policy
        if self.film == "identity":
            return FiLM(channels, dtype=dtype, name=name)
        return BranchedFiLM(channels, self.film_dim, *self.film_init, dtype=dtype, name=name)

    @property
    def image_size(self) -> int:
        """Side of a cover in pixels."""
        return STEM_SIDE * 2 ** len(self.channels)

    def build(self, input_shape: Any = None) -> None:
        self.build_audio()
        self.stem.build((None, self.input_dim))
        shape = (None, STEM_SIDE, STEM_SIDE, self.channels[0])
        for index, (norm, film) in enumerate(zip(self.norms, self.films, strict=True)):
            if index:
                self.convolutions[index - 1].build(shape)
                shape = self.convolutions[index - 1].compute_output_shape(shape)
            norm.build(shape)
            if film is not None:
                film.build(shape, (None, self.film_dim))
        self.to_rgb.build(shape)
        if self.detail is not None:
            self.detail.build((None, self.finest_channels))

    def generate_from(self, z: Tensor, condition: Tensor | None, training: bool = False) -> Tensor:
        """Covers from noise and a condition (B, D); see `GenerativeNetwork.generate_from`."""
        modulation = condition
        if condition is not None:
            both = ops.concatenate([ops.cast(z, "float32"), condition], axis=-1)
            z = both if self.concat_condition else z
            modulation = both if self.film_noise else condition
        x = self.stem(z)
        x = ops.reshape(x, (-1, STEM_SIDE, STEM_SIDE, self.channels[0]))
        for index, (norm, film) in enumerate(zip(self.norms, self.films, strict=True)):
            if index:
                x = self.convolutions[index - 1](x)
            if film is None:
                x = norm(x, training=training)
            else:
                x = modulate(x, norm, film, modulation, training=training)
            if index or self.stem_activation:
                x = ops.relu(x)
        x = self.to_rgb(x)
        if self.detail is not None:
            x = x[..., :3] + self.detail(ops.relu(x[..., 3:]))
        return ops.tanh(x)

    def arguments(self) -> dict[str, Any]:
        return {
            "latent_dim": self.latent_dim,
            "channels": self.channels,
            "upsampling": self.upsampling,
            "extra_convs": self.extra_convs,
            "bias": self.bias,
            "stem_activation": self.stem_activation,
            "audio_encoder": self.audio_encoder,
            "film": self.film,
            "film_init": self.film_init,
            "film_noise": self.film_noise,
            "finest_channels": self.finest_channels,
            "concat_condition": self.concat_condition,
            "weight_init": self.weight_init,
        }
