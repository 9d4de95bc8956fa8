"""The base of the networks that generate covers from noise, whatever their architecture."""

from typing import Any

import tensorflow as tf
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.inputs import check_rows, checked, checked_strength
from coverzoo.zoo.networks.network import Network
from coverzoo.zoo.networks.tracing import traced


class GenerativeNetwork(Network):
    """z (B, latent_dim) and raw audio (B, width) → covers (B, S, S, 3) in [-1, 1].

    A subclass implements `generate_from(z, condition)` and has `image_size`.

    Args:
        latent_dim: Number of values of z.
        audio_encoder: Encoder from audio to the condition, or None for a model without audio.
    """

    def __init__(self, latent_dim: int, audio_encoder: AudioEncoder | None, **kwargs: Any) -> None:
        super().__init__(audio_encoder, **kwargs)
        self.latent_dim = latent_dim
        specs = [tf.TensorSpec((None, latent_dim))]
        if audio_encoder is not None:
            specs += [tf.TensorSpec((None, audio_encoder.width)), tf.TensorSpec((None,))]
        self._traced = traced(self._without_training, specs)

    def _without_training(self, *inputs: Tensor) -> Tensor:
        return self(*inputs)

    def call(
        self,
        z: Tensor,
        audio: Tensor | None = None,
        strength: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        """Covers (B, S, S, 3), float32 in [-1, 1].

        Args:
            z: Standard normal noise (B, latent_dim).
            audio: Raw features (B, width); None for the null condition.
            strength: Strength of the audio (B,), see `AudioEncoder.call`.
            training: Whether batch norms use the batch's statistics.
        """
        condition = self.condition(z, audio, strength, training=training)
        return self.generate_from(z, condition, training=training)

    def generate_from(self, z: Tensor, condition: Tensor | None, training: bool = False) -> Tensor:
        """Covers from noise and a condition (B, D), None for a model without audio; see `call`."""
        raise NotImplementedError

    def condition(
        self, z: Tensor, audio: Tensor | None, strength: Tensor | None, training: bool = False
    ) -> Tensor | None:
        """The condition (B, D): the audio's, or the null condition without audio.

        None if the model was trained without audio.

        Raises:
            ValueError: If audio is given to a model without audio, or a model that needs audio has
                none.
        """
        if self.audio_encoder is None:
            if audio is not None:
                raise ValueError("audio: this model was trained without audio; pass None")
            return None
        if audio is None:
            return self.audio_encoder.null_conditions(ops.shape(z)[0])
        return self.audio_encoder(audio, strength=strength, training=training)

    def generate(
        self, z: Tensor, audio: Tensor | None = None, strength: float | Tensor = 1.0
    ) -> Tensor:
        """Generate covers.

        Args:
            z: Standard normal noise (B, latent_dim); `coverzoo.zoo.noise.normal` draws it from a
                seed.
            audio: Raw features (B, width), or None.
            strength: A number, or (B,): how far to go from the null condition (0) to the audio's
                (1) and beyond.

        Returns:
            Covers, float32 (B, S, S, 3) in [-1, 1].

        Raises:
            ValueError: If a shape does not fit, a batch is empty, a value is not finite, or the
                model cannot do without audio or with this strength.
        """
        z = checked("z", z, (self.latent_dim,))
        strength = checked_strength(strength, z)
        has_null = self.audio_encoder is None or self.audio_encoder.null
        if audio is None:
            if not has_null:
                raise ValueError("audio: this model has no null condition, so it needs audio")
            return self._traced(z)
        audio = self.checked_audio(audio, "z", z.shape[0])
        if not has_null:
            known = tf.get_static_value(strength)  # None for a graph's own input
            if known is not None and (known != 1.0).any():
                raise ValueError("strength must be 1: this model has no null condition")
            return self._traced(z, audio)
        return self._traced(z, audio, tf.broadcast_to(strength, tf.shape(z)[:1]))

    def typicality(self, audio: Tensor) -> Tensor | None:
        """How typical tracks are of the training data; see `coverzoo.zoo.layers.typicality`.

        Args:
            audio: Raw features (B, width).

        Returns:
            Percentiles of a track's distance from the middle of the training data, float32 (B,)
            in [0, 100]: about 50 for a usual track, 100 for one farther than every training track.
            None for a model that scales no features or is of an earlier version.

        Raises:
            ValueError: If the model has no audio, or a shape or value does not fit.
        """
        audio = self.checked_audio(audio, "audio", None)
        return None if self.audio_encoder is None else self.audio_encoder.percentiles(audio)

    def checked_audio(self, audio: Tensor, other: str, rows: int | None) -> Tensor:
        """Audio as float32 (rows, width).

        Args:
            audio: Raw features.
            other: Name of the argument that has `rows` rows, for the message.
            rows: Number of rows expected; None, in a graph, accepts any.

        Raises:
            ValueError: If the model has no audio, or a shape or value does not fit.
        """
        if self.audio_encoder is None:
            raise ValueError("audio: this model was trained without audio; pass None")
        audio = checked("audio", audio, (self.audio_encoder.width,))
        check_rows("audio", audio, other, rows)
        return audio
