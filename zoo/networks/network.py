"""The base of all networks: they are built and saved from their configuration alone."""

from typing import Any

import keras
import numpy as np

from coverzoo.zoo.networks.audio_encoder import AudioEncoder


class Network(keras.Model):
    """A model that is built without an input and saved as its configuration and weights.

    A subclass builds its layers in `build()` and returns its arguments from `arguments()`. An
    argument that is a Keras object, such as an audio encoder, is saved as part of the
    configuration.

    Args:
        audio_encoder: Encoder from audio to the condition, or None for a network without audio.
    """

    def __init__(self, audio_encoder: AudioEncoder | None = None, **kwargs: Any) -> None:
        kwargs["autocast"] = False  # raw audio passes through here
        super().__init__(**kwargs)
        self.audio_encoder = audio_encoder

    def build_audio(self) -> tuple | None:
        """Build the audio encoder.

        Returns:
            The condition's shape, or None without audio.
        """
        if self.audio_encoder is None:
            return None
        if not self.audio_encoder.built:  # one loaded from a file is built already
            self.audio_encoder.build((None, self.audio_encoder.width))
        return (None, self.audio_encoder.dim)

    def adapt(self, vectors: np.ndarray) -> None:
        """Fit feature scaling and typicality, where there are any, to raw features (N, width)."""
        if self.audio_encoder is not None:
            self.audio_encoder.adapt(vectors)

    def adapt_typicality(self, vectors: np.ndarray) -> None:
        """Fit the typicality, where there is one, to raw features (N, width), scaled as before."""
        if self.audio_encoder is not None:
            self.audio_encoder.adapt_typicality(vectors)

    @property
    def variables_but_typicality(self) -> list[keras.Variable]:
        """All variables but those of the typicality, which networks of earlier versions lack."""
        typicality = getattr(self.audio_encoder, "typicality", None)
        own = {id(variable) for variable in typicality.variables} if typicality else set()
        return [variable for variable in self.variables if id(variable) not in own]

    def arguments(self) -> dict[str, Any]:
        """The arguments of `__init__`, except name and dtype."""
        raise NotImplementedError

    def get_build_config(self) -> dict:
        """Only that the network was built."""
        return {"built": True}

    def build_from_config(self, config: dict) -> None:
        """Build the weights, whatever `config` holds."""
        self.build()

    def get_config(self) -> dict:
        config = super().get_config()
        own = {name: _serialized(value) for name, value in self.arguments().items()}
        return {"name": config["name"], "dtype": config["dtype"], **own}

    @classmethod
    def from_config(cls, config: dict, custom_objects: Any = None) -> "Network":
        """The network that a configuration describes."""
        own = {
            name: keras.saving.deserialize_keras_object(value, custom_objects)
            if isinstance(value, dict) and name != "dtype"
            else value
            for name, value in config.items()
        }
        return cls(**own)


def _serialized(value: Any) -> Any:
    """An argument as JSON holds it."""
    if isinstance(value, keras.layers.Layer):
        return keras.saving.serialize_keras_object(value)
    return list(value) if isinstance(value, tuple) else value
