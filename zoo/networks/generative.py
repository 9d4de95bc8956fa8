"""What every model that paints from noise can do, whatever it is made of."""

from typing import Any

import tensorflow as tf
from keras import ops

from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.network import Network


class GenerativeNetwork(Network):
    """z (B, latent_dim) and raw audio (B, width) → covers (B, S, S, 3) in [-1, 1].

    A subclass paints in `paint_from(z, condition)`.

    Args:
        latent_dim: how many values z has.
        audio_encoder: from audio to the condition, or None for a model without audio.
    """

    def __init__(self, latent_dim: int, audio_encoder: AudioEncoder | None, **kwargs: Any) -> None:
        super().__init__(audio_encoder, **kwargs)
        self.latent_dim = latent_dim
        # One for each number of inputs: relaxed shapes of one do not fit another.
        self._traced = tuple(tf.function(self.__call__, reduce_retracing=True) for _ in range(3))

    def call(self, z: Any, audio: Any = None, strength: Any = None, training: bool = False) -> Any:
        """Covers (B, S, S, 3), float32 in [-1, 1].

        Args:
            z: (B, latent_dim), standard normal.
            audio: (B, width) raw features; without it the null condition is painted.
            strength: (B,), see `AudioEncoder.call`.
            training: whether batch norms use the batch's statistics.
        """
        condition = self.condition(z, audio, strength, training=training)
        return self.generate_from(z, condition, training=training)

    def generate_from(self, z: Any, condition: Any, training: bool = False) -> Any:
        """Covers from noise and a condition (B, D), None for a model without audio; see `call`."""
        raise NotImplementedError

    def condition(self, z: Any, audio: Any, strength: Any, training: bool = False) -> Any:
        """The condition (B, D) to paint for, the null condition without audio.

        None if the model was trained without audio.
        """
        if self.audio_encoder is None:
            if audio is not None:
                raise ValueError("this model was trained without audio; give it none")
            return None
        if audio is None:
            return self.audio_encoder.no_audio(ops.shape(z)[0])
        return self.audio_encoder(audio, strength=strength, training=training)

    def generate(self, z: Any, audio: Any = None, strength: float | Any = 1.0) -> Any:
        """Covers for use, not for training.

        Args:
            z: (B, latent_dim), standard normal; `coverzoo.zoo.noise.normal` draws it from a seed.
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
            if self.audio_encoder is not None and not self.audio_encoder.null:
                raise ValueError("this model was trained without a null condition: give it audio")
            return self._generate(z)
        audio = self.checked_audio(audio, z.shape[0])
        strength = tf.convert_to_tensor(strength, tf.float32)
        if strength.shape.rank and strength.shape != z.shape[:1]:
            raise ValueError(
                f"strength must be a number or ({z.shape[0]},). Received: {tuple(strength.shape)}"
            )
        if self.audio_encoder is not None and not self.audio_encoder.null:
            if not bool(tf.reduce_all(strength == 1.0)):
                raise ValueError("this model was trained without a null condition: strength is 1")
            return self._generate(z, audio)
        return self._generate(z, audio, tf.broadcast_to(strength, z.shape[:1]))

    def _generate(self, *inputs: Any) -> Any:
        return self._traced[len(inputs) - 1](*inputs)

    def checked_audio(self, audio: Any, rows: int) -> Any:
        """Audio as float32 (rows, width); raises ValueError where it is of another shape."""
        if self.audio_encoder is None:
            raise ValueError("this model was trained without audio; give it none")
        audio = tf.convert_to_tensor(audio, tf.float32)
        width = self.audio_encoder.width
        if audio.shape.rank != 2 or audio.shape[1] != width:
            raise ValueError(f"audio must be (B, {width}). Received: {tuple(audio.shape)}")
        if audio.shape[0] != rows:
            raise ValueError(f"z has {rows} rows and audio {audio.shape[0]}; give as many")
        return audio
