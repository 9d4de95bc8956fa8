"""A GAN generator that adds up RGB of every side, with the noise in every stage."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.layers import initializers
from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.convolution import UpsampleConv
from coverzoo.zoo.layers.film import FiLM, modulate
from coverzoo.zoo.layers.resampling import double_bilinear
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.conv_generator import STEM_SIDE
from coverzoo.zoo.networks.generative import GenerativeNetwork
from coverzoo.zoo.presets.settings import fit_channels


@keras.saving.register_keras_serializable("coverzoo")
class SkipGenerator(GenerativeNetwork):
    """z (B, latent_dim) and raw audio (B, width) → covers (B, S, S, 3) in [-1, 1].

    A Dense makes a 4×4 map (the stem); each further stage doubles the side, bilinearly and with a
    3×3 convolution, up to the cover's. Every stage is normalised, modulated by FiLM and rectified:
    h_s = ReLU(FiLM(BN(conv(h_{s/2})), [z, e])), where e is the condition. z enters all of them, as
    in BigGAN-deep (Brock et al. 2019, arXiv:1809.11096, appendix B). At each side a 1×1 convolution
    yields RGB, which is added to the doubled RGB of the side before, as in StyleGAN2's skip
    generator (Karras et al. 2020, arXiv:1912.04958):
    rgb_s = double(rgb_{s/2}) + W_s h_s, and the cover is tanh(rgb_S), computed in float32.

    No layer pads with zeros or repeats pixels in blocks: a constant 4×4 map yields covers of one
    colour.

    Args:
        latent_dim: Number of values of z.
        channels: Channels at side 4, 8, 16, … S; a cover's side is S = 2 · 2^len(channels).
        audio_encoder: Audio encoder, or None for a generator without audio.
        concat_condition: Whether to concatenate the condition to z before the stem too.
        weight_init: Scheme of the initial weights, see `zoo.layers.initializers`.
    """

    def __init__(
        self,
        latent_dim: int,
        channels: Sequence[int],
        audio_encoder: AudioEncoder | None = None,
        concat_condition: bool = False,
        weight_init: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(latent_dim, audio_encoder, **kwargs)
        self.channels = tuple(channels)
        self.concat_condition, self.weight_init = concat_condition, weight_init
        self.modulation_dim = latent_dim + (0 if audio_encoder is None else audio_encoder.dim)
        self.stem_dim = self.modulation_dim if concat_condition else latent_dim
        dtype, sides = self.dtype_policy, len(self.channels)
        self.stem = keras.layers.Dense(
            STEM_SIDE * STEM_SIDE * self.channels[0],
            kernel_initializer=initializers.dense(weight_init, "glorot_uniform"),
            bias_initializer=initializers.bias(weight_init, self.stem_dim),
            dtype=dtype,
            name="stem",
        )
        self.convolutions = [
            UpsampleConv(
                filters,
                "bilinear",
                use_bias=False,  # the norm would subtract it
                kernel_initializer=initializers.kernel(weight_init, "he_normal"),
                dtype=dtype,
                name=f"up_{index}",
            )
            for index, filters in enumerate(self.channels[1:])
        ]
        self.norms = [
            batch_norm(f"norm_{index}", dtype, weight_init, affine=False) for index in range(sides)
        ]
        self.films = [
            FiLM(filters, dtype=dtype, name=f"film_{index}")
            for index, filters in enumerate(self.channels)
        ]
        self.to_rgb = [
            keras.layers.Dense(  # on the last axis: a 1×1 convolution
                3,
                use_bias=index == sides - 1,  # a constant of a coarser side would be the same
                kernel_initializer=self._rgb_kernel(),
                bias_initializer=initializers.bias(weight_init, self.channels[-1]),
                dtype="float32",
                name=f"to_rgb_{index}",
            )
            for index in range(sides)
        ]

    def _rgb_kernel(self) -> Any:
        """Glorot's initializer with its variance divided among the sides, whose RGB is added up."""
        ours = keras.initializers.VarianceScaling(1.0 / len(self.channels), "fan_avg", "uniform")
        return initializers.kernel(self.weight_init, ours)

    @property
    def image_size(self) -> int:
        """Side of a cover in pixels."""
        return STEM_SIDE * 2 ** (len(self.channels) - 1)

    def build(self, input_shape: Any = None) -> None:
        self.build_audio()
        self.stem.build((None, self.stem_dim))
        shape = (None, STEM_SIDE, STEM_SIDE, self.channels[0])
        for index, film in enumerate(self.films):
            if index:
                self.convolutions[index - 1].build(shape)
                shape = self.convolutions[index - 1].compute_output_shape(shape)
            self.norms[index].build(shape)
            film.build(shape, (None, self.modulation_dim))
            self.to_rgb[index].build(shape)

    def generate_from(self, z: Tensor, condition: Tensor | None, training: bool = False) -> Tensor:
        """Covers from noise and a condition (B, D); see `GenerativeNetwork.generate_from`."""
        z = ops.cast(z, "float32")
        modulation = z if condition is None else ops.concatenate([z, condition], axis=-1)
        stem = self.stem(modulation if self.concat_condition else z)
        x = ops.reshape(stem, (-1, STEM_SIDE, STEM_SIDE, self.channels[0]))
        return self.from_stem(x, modulation, training=training)

    def from_stem(self, x: Tensor, modulation: Tensor, training: bool = False) -> Tensor:
        """Covers (B, S, S, 3) from the 4×4 map and what modulates the stages.

        Args:
            x: 4×4 map (B, 4, 4, channels[0]).
            modulation: z and the condition, concatenated, float32 (B, latent_dim + D).
            training: Whether batch norms use the batch's statistics.
        """
        rgb = None
        for index, (norm, film) in enumerate(zip(self.norms, self.films, strict=True)):
            if index:
                x = self.convolutions[index - 1](x)
            x = ops.relu(modulate(x, norm, film, modulation, training=training))
            made = self.to_rgb[index](x)
            rgb = made if rgb is None else double_bilinear(rgb) + made
        return ops.tanh(rgb)

    def arguments(self) -> dict[str, Any]:
        return {
            "latent_dim": self.latent_dim,
            "channels": self.channels,
            "audio_encoder": self.audio_encoder,
            "concat_condition": self.concat_condition,
            "weight_init": self.weight_init,
        }


def build(
    settings: Any,
    audio_encoder: AudioEncoder | None,
    *,
    levels: int,
    dtype: Any,
    name: str,
) -> SkipGenerator:
    """The generator of `generator=skip`; see `presets.generators.GeneratorArchitecture`."""
    return SkipGenerator(
        settings.latent_dim,
        (*fit_channels(settings.generator_channels, levels), settings.finest_channels),
        audio_encoder=audio_encoder,
        concat_condition=settings.concat_condition,
        weight_init=settings.weight_init,
        dtype=dtype,
        name=name,
    )
