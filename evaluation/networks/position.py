"""The convolutional network that reads covers in several evaluations."""

from collections.abc import Sequence

import keras
import numpy as np

FILTERS = (16, 32, 64, 96, 128)
LAST_SIDE = 4  # side of the last map: small, but it keeps where something is


def position_network(
    shape: tuple[int, ...],
    outputs: int,
    seed: int,
    *,
    filters: Sequence[int] = FILTERS,
    dropout: float = 0.0,
    name: str,
) -> keras.Model:
    """Convolutions, strided until the map has a side of 4, then Dense layers on all of it.

    Pooling over the map would lose positions.

    Args:
        shape: Shape of a cover, (S, S, 3).
        outputs: Number of outputs, without activation.
        seed: Seed of the weights; global random states are neither read nor changed.
        filters: Filters of the convolutions.
        dropout: Share of the values of the map that is dropped in training.
        name: Name of the network.
    """
    seeds = iter(np.random.default_rng(seed).integers(0, 2**31, len(filters) + 3))

    def initial() -> keras.initializers.Initializer:
        return keras.initializers.HeNormal(seed=int(next(seeds)))

    layers: list[keras.layers.Layer] = [keras.Input(shape)]
    side = shape[0]
    for count in filters:
        stride = 2 if side > LAST_SIDE else 1
        side = -(-side // stride)
        layers += [
            keras.layers.Conv2D(
                *(count, 3, stride, "same"), use_bias=False, kernel_initializer=initial()
            ),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.LeakyReLU(0.2),
        ]
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(64, kernel_initializer=initial()),
        keras.layers.LeakyReLU(0.2),
        keras.layers.Dense(outputs, kernel_initializer=initial()),
    ]
    if dropout:
        layers.insert(-3, keras.layers.Dropout(dropout, seed=int(next(seeds))))
    return keras.Sequential(layers, name=name)
