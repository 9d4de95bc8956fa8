"""The two autoencoders: one unpools at its encoder's pooling indices, one resizes."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.networks.coders import ConvDecoder, ConvEncoder
from coverzoo.zoo.networks.inputs import checked
from coverzoo.zoo.networks.network import Network
from coverzoo.zoo.networks.tracing import traced


def to_cover(logits: Tensor) -> Tensor:
    """2σ(x) - 1: from logits of values in [0, 1] to covers in [-1, 1]."""
    return ops.tanh(0.5 * ops.cast(logits, "float32"))


def from_cover(image: Tensor) -> Tensor:
    """Covers in [-1, 1] → [0, 1], the range of the autoencoders' losses."""
    return 0.5 * (image + 1.0)


@keras.saving.register_keras_serializable("coverzoo")
class Autoencoder(Network):
    """Covers (B, S, S, 3) → a code (B, S / 2^n, S / 2^n, bottleneck_channels) → covers.

    Args:
        image_size: Side S of a cover in pixels.
        channels: Channels at half the cover's side, a quarter, …; n of them.
        bottleneck_channels: Channels of the code.
        method: `resize`, `reflect` or `unpool`, see `zoo.networks.coders`. An unpooling decoder
            needs its encoder's pooling indices, so such a model can only `reconstruct`.
        slope: Negative slope of the LeakyReLU.
        weight_init: Scheme of the initial weights, see `zoo.layers.initializers`.
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
        shape = (None, image_size, image_size, 3)
        self._traced = traced(self._without_training, [tf.TensorSpec(shape)])

    def _without_training(self, image: Tensor) -> Tensor:
        return self(image)

    def build(self, input_shape: Any = None) -> None:
        side = self.image_size
        self.encoder.build((None, side, side, 3))
        side >>= len(self.channels)
        self.decoder.build((None, side, side, self.bottleneck_channels))

    def call(self, image: Tensor, training: bool = False) -> Tensor:
        """Reconstructed covers (B, S, S, 3), float32 in [-1, 1]."""
        return to_cover(self.logits(image, training=training))

    def logits(self, image: Tensor, training: bool = False) -> Tensor:
        """Logits of the reconstructions of covers in [-1, 1]; σ of them is in [0, 1]."""
        code, pooling_indices = self.encoder(image, training=training)
        return self.decoder(code, pooling_indices, training=training)

    def reconstruct(self, image: Tensor) -> Tensor:
        """Reconstruct covers (B, S, S, 3) in [-1, 1].

        Raises:
            ValueError: If a shape does not fit, the batch is empty, or a value is not finite.
        """
        return self._traced(checked("image", image, self._image_shape()))

    def encode(self, image: Tensor) -> Tensor:
        """The code of covers in [-1, 1], (B, S / 2^n, S / 2^n, bottleneck_channels).

        Raises:
            ValueError: As `reconstruct`, or if the decoder unpools.
        """
        self._check_has_code()
        return self.encoder(checked("image", image, self._image_shape()))[0]

    def decode(self, code: Tensor) -> Tensor:
        """Covers in [-1, 1] from a code; see `encode`."""
        self._check_has_code()
        side = self.image_size >> len(self.channels)
        code = checked("code", code, (side, side, self.bottleneck_channels))
        return to_cover(self.decoder(code))

    def _image_shape(self) -> tuple[int, int, int]:
        return (self.image_size, self.image_size, 3)

    def _check_has_code(self) -> None:
        if self.method == "unpool":
            raise ValueError(
                "this decoder needs its encoder's pooling indices: use reconstruct(image)"
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
