"""The generative part of a GAN: noise and audio in, covers out."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from zoo.condition import AudioEncoder
from zoo.initializers import pytorch
from zoo.layers.convolution import UpsampleConv
from zoo.layers.film import BranchedFiLM, FiLM

SEED_SIDE = 4  # every generator starts from a 4×4 map


@keras.saving.register_keras_serializable("coverzoo")
class CoverGenerator(keras.Model):
    """z (B, latent_dim) and raw audio (B, width) → covers (B, S, S, 3) in [-1, 1].

    A Dense makes a 4×4 map; every further width doubles the side; a last convolution doubles
    it once more and paints. After every norm the condition modulates the channels (FiLM).

    Args:
        latent_dim: how many values z has.
        widths: channels at side 4, 8, 16, …; the cover's side is 4 · 2^len(widths).
        upsampling: `resize` or `transpose`, see `UpsampleConv`.
        encoder: the audio encoder, or None for a generator without audio.
        film: `identity` (zero-initialised, one linear map) or `branched` (the thesis's).
        film_init: deviation and γ's mean of the last weights of the branched form.
        condition_latent: join the condition to z before the first Dense.
        initial: `he`, or `normal` for the thesis's N(0, 0.02).
    """

    def __init__(
        self,
        latent_dim: int,
        widths: Sequence[int],
        upsampling: str = "resize",
        encoder: AudioEncoder | None = None,
        film: str = "identity",
        film_init: Sequence[float] = (1.0, 0.0),
        condition_latent: bool = False,
        initial: str = "he",
        **kwargs: Any,
    ) -> None:
        kwargs["autocast"] = False  # raw audio passes through here
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.widths = tuple(widths)
        self.upsampling = upsampling
        self.encoder = encoder
        self.film, self.film_init = film, tuple(film_init)
        self.condition_latent = condition_latent
        self.initial = initial
        dtype = self.dtype_policy
        thesis = initial == "normal"

        def kernel(usual: str) -> Any:
            # A new one each time: an initializer draws the same numbers whenever it is called.
            return keras.initializers.RandomNormal(0.0, 0.02) if thesis else usual

        inputs = latent_dim
        if encoder is not None and condition_latent:
            inputs += encoder.dim
        self.inputs_dim = inputs
        self.project = keras.layers.Dense(
            SEED_SIDE * SEED_SIDE * self.widths[0],
            kernel_initializer=pytorch() if thesis else "glorot_uniform",
            bias_initializer=pytorch(inputs) if thesis else "zeros",
            dtype=dtype,
            name="project",
        )
        self.ups = [
            UpsampleConv(
                width,
                upsampling,
                use_bias=thesis,  # the norm behind it takes it out again
                kernel_initializer=kernel("he_normal"),
                bias_initializer=pytorch(16 * width),
                dtype=dtype,
                name=f"up_{index}",
            )
            for index, width in enumerate(self.widths[1:])
        ]
        self.norms = [
            keras.layers.BatchNormalization(
                momentum=0.9,
                epsilon=1e-5,
                center=encoder is None,
                scale=encoder is None,
                dtype=dtype,
                name=f"norm_{index}",
            )
            for index in range(len(self.widths))
        ]
        self.films = [self._film(index, width) for index, width in enumerate(self.widths)]
        self.paint = UpsampleConv(
            3,
            upsampling,
            kernel_initializer=kernel("glorot_uniform"),
            bias_initializer=pytorch(16 * 3) if thesis else "zeros",
            dtype="float32",
            name="paint",
        )
        self._generate = tf.function(self.__call__, reduce_retracing=True)

    def _film(self, index: int, width: int) -> keras.layers.Layer | None:
        if self.encoder is None:
            return None
        name, dtype = f"film_{index}", self.dtype_policy
        if self.film == "identity":
            return FiLM(width, dtype=dtype, name=name)
        return BranchedFiLM(width, self.encoder.dim, *self.film_init, dtype=dtype, name=name)

    @property
    def image_size(self) -> int:
        """The side of a cover in pixels."""
        return SEED_SIDE * 2 ** len(self.widths)

    def build(self, input_shape: Any = None) -> None:
        condition = None
        if self.encoder is not None:
            if not self.encoder.built:  # one read from a file comes built
                self.encoder.build((None, self.encoder.width))
            condition = (None, self.encoder.dim)
        self.project.build((None, self.inputs_dim))
        shape = (None, SEED_SIDE, SEED_SIDE, self.widths[0])
        for index in range(len(self.widths)):
            if index:
                self.ups[index - 1].build(shape)
                shape = self.ups[index - 1].compute_output_shape(shape)
            self.norms[index].build(shape)
            film = self.films[index]
            if film is not None:
                film.build(shape, condition)
        self.paint.build(shape)

    def call(self, z: Any, audio: Any = None, strength: Any = None, training: bool = False) -> Any:
        """Covers (B, S, S, 3), float32 in [-1, 1].

        Args:
            z: (B, latent_dim), standard normal.
            audio: (B, width) raw features; without it the null condition is painted.
            strength: (B,), see `AudioEncoder.call`.
            training: whether batch norms use the batch's statistics.
        """
        if self.encoder is None:
            if audio is not None:
                raise ValueError("this model was trained without audio; give it none")
            return self.paint_from(z, None, training=training)
        if audio is None:
            condition = self.encoder.no_audio(ops.shape(z)[0])
        else:
            condition = self.encoder(audio, strength=strength, training=training)
        return self.paint_from(z, condition, training=training)

    def paint_from(self, z: Any, condition: Any, training: bool = False) -> Any:
        """Covers from noise and a condition (B, D), or None without audio; see `call`."""
        if self.condition_latent and condition is not None:
            z = ops.concatenate([ops.cast(z, "float32"), condition], axis=-1)
        x = self.project(z)
        x = ops.reshape(x, (-1, SEED_SIDE, SEED_SIDE, self.widths[0]))
        for index, (norm, film) in enumerate(zip(self.norms, self.films, strict=True)):
            if index:
                x = self.ups[index - 1](x)
            x = norm(x, training=training)
            if film is not None:
                x = film(x, condition, training=training)
            x = ops.relu(x)
        return ops.tanh(self.paint(x))

    def generate(self, z: Any, audio: Any = None, strength: float | Any = 1.0) -> Any:
        """Covers for use, not for training.

        Args:
            z: (B, latent_dim), standard normal; `zoo.noise.normal` draws it from a seed.
            audio: (B, width) raw features, or None.
            strength: a number, or (B,): how far to go from "no audio" (0) to the audio (1) and
                beyond.

        Returns:
            float32 (B, S, S, 3) in [-1, 1].

        Raises:
            ValueError: on shapes that do not fit, or a strength that the model cannot have.
        """
        z = tf.convert_to_tensor(z, tf.float32)
        if z.shape.rank != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must be (B, {self.latent_dim}). Received: {tuple(z.shape)}")
        if audio is None:
            if self.encoder is not None and not self.encoder.null:
                raise ValueError("this model was trained without a null condition: give it audio")
            return self._generate(z)
        if self.encoder is None:
            raise ValueError("this model was trained without audio; give it none")
        audio = tf.convert_to_tensor(audio, tf.float32)
        if audio.shape.rank != 2 or audio.shape[1] != self.encoder.width:
            raise ValueError(
                f"audio must be (B, {self.encoder.width}). Received: {tuple(audio.shape)}"
            )
        if audio.shape[0] != z.shape[0]:
            raise ValueError(f"z has {z.shape[0]} rows and audio {audio.shape[0]}; give as many")
        strength = tf.convert_to_tensor(strength, tf.float32)
        if strength.shape.rank and strength.shape != z.shape[:1]:
            raise ValueError(
                f"strength must be a number or ({z.shape[0]},). Received: {tuple(strength.shape)}"
            )
        if not self.encoder.null:
            if not bool(tf.reduce_all(strength == 1.0)):
                raise ValueError("this model was trained without a null condition: strength is 1")
            return self._generate(z, audio)
        return self._generate(z, audio, tf.broadcast_to(strength, z.shape[:1]))

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
            "latent_dim": self.latent_dim,
            "widths": list(self.widths),
            "upsampling": self.upsampling,
            "encoder": None if encoder is None else keras.saving.serialize_keras_object(encoder),
            "film": self.film,
            "film_init": list(self.film_init),
            "condition_latent": self.condition_latent,
            "initial": self.initial,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: Any = None) -> "CoverGenerator":
        """The generator a config describes."""
        config = dict(config)
        encoder = config.pop("encoder")
        if encoder is not None:
            encoder = keras.saving.deserialize_keras_object(encoder, custom_objects)
        return cls(encoder=encoder, **config)
