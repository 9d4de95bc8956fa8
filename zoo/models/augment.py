"""Differentiable augmentation of what the critic is given, real and generated covers alike.

Zhao et al. 2020, arXiv:2006.10738. Each function takes covers (B, S, S, C) and a seed
(int, (2,)), draws once per sample, and is differentiable in the covers.
"""

from collections.abc import Callable, Sequence

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.models.stateless_rng import ALGORITHM


def _uniform(x: Tensor, seed: Tensor, low: float, high: float) -> Tensor:
    shape = (tf.shape(x)[0], 1, 1, 1)
    return tf.random.stateless_uniform(shape, seed, low, high, x.dtype, alg=ALGORITHM)


def _integers(x: Tensor, seed: Tensor, high: int) -> Tensor:
    """Two integers in [0, high) per sample, (B, 2)."""
    shape = (tf.shape(x)[0], 2)
    return tf.random.stateless_uniform(shape, seed, 0, high, tf.int32, alg=ALGORITHM)


def color(x: Tensor, seed: Tensor) -> Tensor:
    """Change brightness by ±0.5, then saturation by × [0, 2], then contrast by × [0.5, 1.5].

    Args:
        x: Covers (B, S, S, C).
        seed: Seed, int (2,).
    """
    keys = tf.random.split(seed, 3, alg=ALGORITHM)
    x = x + _uniform(x, keys[0], -0.5, 0.5)
    grey = tf.reduce_mean(x, axis=3, keepdims=True)
    x = grey + (x - grey) * _uniform(x, keys[1], 0.0, 2.0)
    mean = tf.reduce_mean(x, axis=(1, 2, 3), keepdims=True)
    return mean + (x - mean) * _uniform(x, keys[2], 0.5, 1.5)


def translation(x: Tensor, seed: Tensor, ratio: float = 0.125) -> Tensor:
    """Shift each cover; pixels that enter from outside are 0.

    Args:
        x: Covers (B, S, S, C).
        seed: Seed, int (2,).
        ratio: Largest shift each way, as a fraction of the side.
    """
    side = x.shape[1]
    reach = int(side * ratio + 0.5)
    shift = _integers(x, seed, 2 * reach + 1)
    padded = tf.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    rows = tf.range(side)[None] + shift[:, :1]
    columns = tf.range(side)[None] + shift[:, 1:]
    return tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def cutout(x: Tensor, seed: Tensor, ratio: float = 0.5) -> Tensor:
    """Set a square to 0, its centre anywhere on the cover, clipped at the border.

    Args:
        x: Covers (B, S, S, C).
        seed: Seed, int (2,).
        ratio: Side of the square, as a fraction of the cover's side.
    """
    side = x.shape[1]
    size = int(side * ratio + 0.5)
    start = _integers(x, seed, side + (1 - size % 2)) - size // 2
    axis = tf.range(side)[None]
    rows = (axis >= start[:, :1]) & (axis < start[:, :1] + size)
    columns = (axis >= start[:, 1:]) & (axis < start[:, 1:] + size)
    hole = tf.cast(rows[:, :, None] & columns[:, None, :], x.dtype)
    return x * (1.0 - hole)[..., None]


AUGMENTATIONS: dict[str, Callable] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
}


def augment(x: Tensor, seed: Tensor, names: Sequence[str]) -> Tensor:
    """Apply the named augmentations in order; equal seeds draw equal numbers.

    Args:
        x: Covers (B, S, S, C).
        seed: Seed, int (2,).
        names: Keys of `AUGMENTATIONS`.
    """
    for index, name in enumerate(names):
        x = AUGMENTATIONS[name](x, tf.random.fold_in(seed, index, alg=ALGORITHM))
    return x
