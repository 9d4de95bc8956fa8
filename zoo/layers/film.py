"""Feature-wise linear modulation: how the music reaches the picture."""

from typing import Any

import keras
from keras import ops

from coverzoo.zoo.layers.batch_norm import batch_norm
from coverzoo.zoo.layers.initializers import dense, pytorch


@keras.saving.register_keras_serializable("coverzoo")
class FiLM(keras.layers.Layer):
    """γ(e)·x + β(e), a scale and a shift a channel, Perez et al. 2018, arXiv:1709.07871.

    One linear map of the condition gives both; it starts at zero with γ = 1 + Δ, so that an
    untrained layer is the identity. x is (B, H, W, C), e is (B, D).

    Args:
        channels: C.
        initial: how the map begins where not at zero, see `zoo.layers.initializers`.
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

    def of(self, condition: Any, training: bool = False) -> tuple[Any, Any]:
        """γ and β, each (B, 1, 1, C)."""
        delta, beta = ops.split(self.modulation(condition)[:, None, None, :], 2, axis=-1)
        return 1.0 + delta, beta

    def call(self, x: Any, condition: Any, training: bool = False) -> Any:
        gamma, beta = self.of(condition)
        return x * gamma + beta

    def compute_output_shape(self, x_shape: Any, condition_shape: Any) -> Any:
        return x_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "channels": self.channels, "weight_init": self.weight_init}


@keras.saving.register_keras_serializable("coverzoo")
class BranchedFiLM(keras.layers.Layer):
    """The thesis's modulation: γ and β each from a branch of its own, all of it batch-normalised.

    A branch is Dense D → (D + C) // 2, BN, LeakyReLU 0.2, Dense → C, BN. Drawn at random from
    the start; the thesis's covers ignored the music, and this is one of the reasons.

    Args:
        channels: C.
        condition_dim: D.
        deviation: standard deviation of the last Dense's weights.
        gamma_mean: mean of the last Dense's weights in γ's branch (β's has mean 0).
    """

    def __init__(
        self,
        channels: int,
        audio_embedding_dim: int,
        deviation: float = 1.0,
        gamma_mean: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.audio_embedding_dim = audio_embedding_dim
        self.deviation = deviation
        self.gamma_mean = gamma_mean
        self.gamma = self._branch("gamma", gamma_mean)
        self.beta = self._branch("beta", 0.0)

    def _branch(self, name: str, mean: float) -> list:
        hidden = (self.audio_embedding_dim + self.channels) // 2
        dtype = self.dtype_policy
        normal = keras.initializers.RandomNormal(mean, self.deviation)
        return [
            keras.layers.Dense(
                hidden,
                kernel_initializer=pytorch(),
                bias_initializer=pytorch(self.audio_embedding_dim),
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

    def of(self, condition: Any, training: bool = False) -> tuple[Any, Any]:
        """γ and β, each (B, 1, 1, C)."""
        gamma = beta = condition
        for layer in self.gamma:
            gamma = layer(gamma, training=training)
        for layer in self.beta:
            beta = layer(beta, training=training)
        return gamma[:, None, None, :], beta[:, None, None, :]

    def call(self, x: Any, condition: Any, training: bool = False) -> Any:
        gamma, beta = self.of(condition, training=training)
        return x * gamma + beta

    def compute_output_shape(self, x_shape: Any, condition_shape: Any) -> Any:
        return x_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "channels": self.channels,
            "audio_embedding_dim": self.audio_embedding_dim,
            "deviation": self.deviation,
            "gamma_mean": self.gamma_mean,
        }


def modulate(x: Any, norm: Any, film: Any, condition: Any, training: bool = False) -> Any:
    """FiLM of the normalised x; once trained, norm and FiLM are one scale and one shift.

    Args:
        x: (B, H, W, C).
        norm: a `BatchNormalization`.
        film: a `FiLM` or `BranchedFiLM`.
        condition: (B, D).
        training: whether the norm uses the batch's statistics.
    """
    if training:
        return film(norm(x, training=True), condition, training=True)
    gamma, beta = film.of(condition)
    gain, shift = (ops.cast(part, x.dtype) for part in norm.frozen())
    return x * (gamma * gain) + (gamma * shift + beta)
