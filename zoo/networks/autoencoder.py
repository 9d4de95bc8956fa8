"""The two autoencoders: one unpools at the places its encoder kept, one resizes."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from coverzoo.zoo.networks.coders import ConvDecoder, ConvEncoder
from coverzoo.zoo.networks.network import Network


def checked_covers(image: Any, side: int) -> Any:
    """Covers as float32 (B, side, side, 3); raises ValueError where they are of another shape."""
    image = tf.convert_to_tensor(image, tf.float32)
    if image.shape.rank != 4 or image.shape[1:] != (side, side, 3):
        expected = f"(B, {side}, {side}, 3)"
        raise ValueError(f"image must be {expected}. Received: {tuple(image.shape)}")
    return image


def to_cover(logits: Any) -> Any:
    """2σ(x) - 1: from logits over [0, 1] to a cover in [-1, 1]."""
    return ops.tanh(0.5 * ops.cast(logits, "float32"))


def from_cover(image: Any) -> Any:
    """A cover in [-1, 1] → [0, 1], where the losses of autoencoders are taken."""
    return 0.5 * (image + 1.0)


@keras.saving.register_keras_serializable("coverzoo")
class Autoencoder(Network):
    """Covers (B, S, S, 3) → a code (B, S / 2^n, S / 2^n, code_width) → covers, all in [-1, 1].

    Args:
        image_size: S.
        channels: channels at half the cover's side, a quarter, …; n of them.
        code_width: channels of the code.
        method: `resize`, `reflect` or `unpool`, see `zoo.networks.coders`. An unpooling decoder needs the
            places its encoder kept, so that model can only `reconstruct`.
        slope: of the LeakyReLU.
        initial: how weights begin, see `zoo.layers.initializers`.
    """

    def __init__(
        self,
        image_size: int,
        channels: Sequence[int],
        bottleneck_channels: int,
        method: str = "resize",
        slope: float = 0.01,
        weight_init: str = "he",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.image_size, self.channels, self.bottleneck_channels = (
            image_size,
            tuple(channels),
            bottleneck_channels,
        )
        self.method, self.slope, self.weight_init = method, slope, weight_init
        shared: dict[str, Any] = {
            "method": method,
            "order": "norm",
            "slope": slope,
            "weight_init": weight_init,
        }
        dtype = self.dtype_policy
        self.encoder = ConvEncoder(
            channels, bottleneck_channels, **shared, dtype=dtype, name="encoder"
        )
        self.decoder = ConvDecoder(
            bottleneck_channels, self.channels[::-1], **shared, dtype=dtype, name="decoder"
        )
        self._reconstruct = tf.function(self.__call__, reduce_retracing=True)

    def build(self, input_shape: Any = None) -> None:
        side = self.image_size
        self.encoder.build((None, side, side, 3))
        side >>= len(self.channels)
        self.decoder.build((None, side, side, self.bottleneck_channels))

    def call(self, image: Any, training: bool = False) -> Any:
        """Covers (B, S, S, 3), float32 in [-1, 1]."""
        return to_cover(self.logits(image, training=training))

    def logits(self, image: Any, training: bool = False) -> Any:
        """Logits of the covers given back for covers in [-1, 1]; σ of them is in [0, 1]."""
        code, kept = self.encoder(image, training=training)
        return self.decoder(code, kept, training=training)

    def reconstruct(self, image: Any) -> Any:
        """Covers (B, S, S, 3) in [-1, 1] given back; ValueError on another shape."""
        return self._reconstruct(checked_covers(image, self.image_size))

    def encode(self, image: Any) -> Any:
        """The code of covers in [-1, 1], (B, S / 2^n, S / 2^n, code_width)."""
        self._check_code()
        return self.encoder(checked_covers(image, self.image_size))[0]

    def decode(self, code: Any) -> Any:
        """Covers in [-1, 1] from a code; see `encode`."""
        self._check_code()
        return to_cover(self.decoder(tf.convert_to_tensor(code, tf.float32)))

    def _check_code(self) -> None:
        if self.method == "unpool":
            raise ValueError(
                "this decoder needs the places its encoder kept: use reconstruct(image)"
            )

    def arguments(self) -> dict[str, Any]:
        return {
            "image_size": self.image_size,
            "channels": self.channels,
            "bottleneck_channels": self.bottleneck_channels,
            "method": self.method,
            "slope": self.slope,
            "weight_init": self.weight_init,
        }
