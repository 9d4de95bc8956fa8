"""Feature-wise linear modulation: how the condition enters a generator."""

from typing import Any

import keras
from keras import ops

from coverzoo.types import Tensor
from coverzoo.zoo.layers.batch_norm import BatchNormalization, batch_norm
from coverzoo.zoo.layers.initializers import dense, pytorch


@keras.saving.register_keras_serializable("coverzoo")
class FiLM(keras.layers.Layer):
    """γ(e)·x + β(e), a scale and a shift per channel, Perez et al. 2018, arXiv:1709.07871.

    One linear map of the condition e (B, D) returns both for x (B, H, W, C). It is initialised to
    zero and γ = 1 + Δ, so that an untrained layer is the identity.

    Args:
        channels: Number of channels C.
        weight_init: Scheme of the initial weights where they are not zero, see
            `zoo.layers.initializers`.
    """

    def __init__(self, channels: int, weight_init: str = "he", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels, self.weight_init = channels, weight_init
        self.modulation = keras.layers.Dense(
            2 * channels,
            kernel_initializer=dense(weight_init, "zeros"),
            dtype=self.dtype_policy,
            name="modulation",
        )

    def build(self, x_shape: Any, condition_shape: Any) -> None:
        self.modulation.build(condition_shape)

    def parameters(self, condition: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """γ and β of a condition, each (B, 1, 1, C)."""
        delta, beta = ops.split(self.modulation(condition)[:, None, None, :], 2, axis=-1)
        return 1.0 + delta, beta

    def call(self, x: Tensor, condition: Tensor, training: bool = False) -> Tensor:
        gamma, beta = self.parameters(condition)
        return x * gamma + beta

    def compute_output_shape(self, x_shape: Any, condition_shape: Any) -> Any:
        return x_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "channels": self.channels, "weight_init": self.weight_init}


@keras.saving.register_keras_serializable("coverzoo")
class BranchedFiLM(keras.layers.Layer):
    """The thesis's FiLM: γ and β each from a branch of its own, with batch norm.

    A branch is Dense D → (D + C) // 2, BN, LeakyReLU 0.2, Dense → C, BN, with random initial
    weights. The thesis's covers ignored the music, and this is one of the reasons.

    Args:
        channels: Number of channels C.
        embedding_dim: Number of values D of the condition.
        stddev: Standard deviation of the last Dense's initial weights.
        gamma_mean: Mean of the last Dense's initial weights in γ's branch (0 in β's).
    """

    def __init__(
        self,
        channels: int,
        embedding_dim: int,
        stddev: float = 1.0,
        gamma_mean: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.embedding_dim = embedding_dim
        self.stddev = stddev
        self.gamma_mean = gamma_mean
        self.gamma = self._branch("gamma", gamma_mean)
        self.beta = self._branch("beta", 0.0)

    def _branch(self, name: str, mean: float) -> list:
        hidden = (self.embedding_dim + self.channels) // 2
        dtype = self.dtype_policy
        normal = keras.initializers.RandomNormal(mean, self.stddev)
        return [
            keras.layers.Dense(
                hidden,
                kernel_initializer=pytorch(),
                bias_initializer=pytorch(self.embedding_dim),
                dtype=dtype,
                name=f"{name}_hidden",
            ),
            batch_norm(f"{name}_hidden_norm", dtype, "normal"),
            keras.layers.LeakyReLU(0.2, dtype=dtype),
            keras.layers.Dense(
                self.channels,
                kernel_initializer=normal,
                bias_initializer=pytorch(hidden),
                dtype=dtype,
                name=f"{name}_out",
            ),
            batch_norm(f"{name}_out_norm", dtype, "normal"),
        ]

    def build(self, x_shape: Any, condition_shape: Any) -> None:
        for branch in (self.gamma, self.beta):
            shape = condition_shape
            for layer in branch:
                layer.build(shape)
                shape = layer.compute_output_shape(shape)

    def parameters(self, condition: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """γ and β of a condition, each (B, 1, 1, C)."""
        gamma = beta = condition
        for layer in self.gamma:
            gamma = layer(gamma, training=training)
        for layer in self.beta:
            beta = layer(beta, training=training)
        return gamma[:, None, None, :], beta[:, None, None, :]

    def call(self, x: Tensor, condition: Tensor, training: bool = False) -> Tensor:
        gamma, beta = self.parameters(condition, training=training)
        return x * gamma + beta

    def compute_output_shape(self, x_shape: Any, condition_shape: Any) -> Any:
        return x_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "channels": self.channels,
            "embedding_dim": self.embedding_dim,
            "stddev": self.stddev,
            "gamma_mean": self.gamma_mean,
        }


def modulate(
    x: Tensor,
    norm: BatchNormalization,
    film: FiLM | BranchedFiLM,
    condition: Tensor,
    training: bool = False,
) -> Tensor:
    """Normalise x, then apply FiLM; in inference both are one scale and one shift.

    Args:
        x: Feature maps (B, H, W, C).
        norm: Batch norm of the feature maps.
        film: FiLM layer that the condition enters.
        condition: Condition (B, D).
        training: Whether the norm uses the batch's statistics.
    """
    if training:
        return film(norm(x, training=True), condition, training=True)
    gamma, beta = film.parameters(condition)
    gain, shift = (ops.cast(value, x.dtype) for value in norm.frozen())
    return x * (gamma * gain) + (gamma * shift + beta)
