"""The generative part of a GAN: noise and audio in, covers out."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from zoo import initializers
from zoo.condition import AudioEncoder
from zoo.generative import Generative
from zoo.layers.batch_norm import batch_norm
from zoo.layers.convolution import UpsampleConv
from zoo.layers.film import BranchedFiLM, FiLM, modulate

SEED_SIDE = 4  # every generator starts from a 4×4 map
BIASES = ("ends", "all", "none")


@keras.saving.register_keras_serializable("coverzoo")
class CoverGenerator(Generative):
    """z (B, latent_dim) and raw audio (B, width) → covers (B, S, S, 3) in [-1, 1].

    A Dense makes a 4×4 map; every further width doubles the side; a last convolution doubles
    it once more and paints. After every norm the condition modulates the channels (FiLM).

    Args:
        latent_dim: how many values z has.
        widths: channels at side 4, 8, 16, …; the cover's side is 4 · 2^len(widths).
        upsampling: `resize` or `transpose`, see `UpsampleConv`.
        refine: after which doublings, counted from 0, a 3×3 convolution of stride 1 follows.
        bias: which layers have one: the first and the last (`ends`), `all`, `none`. The norm
            behind the others takes theirs out again.
        activate_seed: ReLU on the 4×4 map too.
        audio_encoder: or None for a generator without audio.
        film: `identity` (zero-initialised, one linear map) or `branched` (the thesis's).
        film_init: deviation and γ's mean of the last weights of the branched form.
        condition_latent: join the condition to z before the first Dense.
        initial: how weights begin, see `zoo.initializers`.
    """

    def __init__(
        self,
        latent_dim: int,
        widths: Sequence[int],
        upsampling: str = "resize",
        refine: Sequence[int] = (),
        bias: str = "ends",
        activate_seed: bool = True,
        audio_encoder: AudioEncoder | None = None,
        film: str = "identity",
        film_init: Sequence[float] = (1.0, 0.0),
        condition_latent: bool = False,
        initial: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(latent_dim, audio_encoder, **kwargs)
        if bias not in BIASES:
            raise ValueError(f"bias must be one of {BIASES}. Received: {bias!r}")
        self.widths, self.refine = tuple(widths), tuple(refine)
        self.upsampling, self.bias, self.activate_seed = upsampling, bias, activate_seed
        self.film, self.film_init = film, tuple(film_init)
        self.condition_latent = condition_latent
        self.initial = initial
        self.inputs_dim = latent_dim
        if audio_encoder is not None and condition_latent:
            self.inputs_dim += audio_encoder.dim
        self.project = keras.layers.Dense(
            SEED_SIDE * SEED_SIDE * self.widths[0],
            use_bias=bias != "none",
            kernel_initializer=self._first_kernel(),
            bias_initializer=initializers.bias(initial, self.inputs_dim),
            dtype=self.dtype_policy,
            name="project",
        )
        self.grow: list[keras.layers.Layer] = []
        channels = [self.widths[0]]
        for index, width in enumerate(self.widths[1:]):
            self.grow.append(self._up(width, f"up_{index}"))
            channels.append(width)
            if index in self.refine:
                self.grow.append(self._refinement(width, f"refine_{index}"))
                channels.append(width)
        self.norms = [
            batch_norm(f"norm_{index}", self.dtype_policy, initial, affine=audio_encoder is None)
            for index in range(len(channels))
        ]
        self.films = [self._film(index, width) for index, width in enumerate(channels)]
        self.paint = UpsampleConv(
            3,
            upsampling,
            use_bias=bias != "none",
            kernel_initializer=initializers.kernel(initial, "glorot_uniform"),
            bias_initializer=initializers.bias(initial, 16 * 3),
            dtype="float32",
            name="paint",
        )

    def _first_kernel(self) -> Any:
        """Without biases the Dense is the thesis's transposed convolution of a 1×1 map.

        PyTorch counts the fan-in of one by its output channels.
        """
        if self.bias == "none" and self.initial != "he":
            if self.initial == "normal":
                return initializers.kernel("normal", "")
            return initializers.pytorch(SEED_SIDE * SEED_SIDE * self.widths[0])
        return initializers.dense(self.initial, "glorot_uniform")

    def _up(self, width: int, name: str) -> UpsampleConv:
        return UpsampleConv(
            width,
            self.upsampling,
            use_bias=self.bias == "all",
            kernel_initializer=initializers.kernel(self.initial, "he_normal"),
            bias_initializer=initializers.bias(self.initial, 16 * width),
            dtype=self.dtype_policy,
            name=name,
        )

    def _refinement(self, width: int, name: str) -> keras.layers.Layer:
        return keras.layers.Conv2DTranspose(
            width,
            3,
            padding="same",
            use_bias=self.bias == "all",
            kernel_initializer=initializers.kernel(self.initial, "he_normal"),
            bias_initializer=initializers.bias(self.initial, 9 * width),
            dtype=self.dtype_policy,
            name=name,
        )

    def _film(self, index: int, width: int) -> keras.layers.Layer | None:
        if self.audio_encoder is None:
            return None
        name, dtype = f"film_{index}", self.dtype_policy
        if self.film == "identity":
            return FiLM(width, dtype=dtype, name=name)
        return BranchedFiLM(width, self.audio_encoder.dim, *self.film_init, dtype=dtype, name=name)

    @property
    def image_size(self) -> int:
        """The side of a cover in pixels."""
        return SEED_SIDE * 2 ** len(self.widths)

    def build(self, input_shape: Any = None) -> None:
        condition = self.build_audio()
        self.project.build((None, self.inputs_dim))
        shape = (None, SEED_SIDE, SEED_SIDE, self.widths[0])
        for index, (norm, film) in enumerate(zip(self.norms, self.films, strict=True)):
            if index:
                self.grow[index - 1].build(shape)
                shape = self.grow[index - 1].compute_output_shape(shape)
            norm.build(shape)
            if film is not None:
                film.build(shape, condition)
        self.paint.build(shape)

    def paint_from(self, z: Any, condition: Any, training: bool = False) -> Any:
        """Covers from noise and a condition (B, D); see `Generative.paint_from`."""
        if self.condition_latent and condition is not None:
            z = ops.concatenate([ops.cast(z, "float32"), condition], axis=-1)
        x = self.project(z)
        x = ops.reshape(x, (-1, SEED_SIDE, SEED_SIDE, self.widths[0]))
        for index, (norm, film) in enumerate(zip(self.norms, self.films, strict=True)):
            if index:
                x = self.grow[index - 1](x)
            if film is None:
                x = norm(x, training=training)
            else:
                x = modulate(x, norm, film, condition, training=training)
            if index or self.activate_seed:
                x = ops.relu(x)
        return ops.tanh(self.paint(x))

    def arguments(self) -> dict[str, Any]:
        return {
            "latent_dim": self.latent_dim,
            "widths": self.widths,
            "upsampling": self.upsampling,
            "refine": self.refine,
            "bias": self.bias,
            "activate_seed": self.activate_seed,
            "audio_encoder": self.audio_encoder,
            "film": self.film,
            "film_init": self.film_init,
            "condition_latent": self.condition_latent,
            "initial": self.initial,
        }
