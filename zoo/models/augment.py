"""Differentiable augmentation of what the critic sees, real and fake alike.

Zhao et al. 2020, arXiv:2006.10738. Each function takes covers (B, S, S, C) and a seed
(int, (2,)), draws once a sample, and can be differentiated in the covers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def _uniform(x: Any, seed: Any, low: float = 0.0, high: float = 1.0) -> Any:
    return tf.random.stateless_uniform((tf.shape(x)[0], 1, 1, 1), seed, low, high, x.dtype)


def color(x: Any, seed: Any) -> Any:
    """Brightness ±0.5, then saturation × [0, 2], then contrast × [0.5, 1.5]."""
    keys = tf.random.split(seed, 3)
    x = x + _uniform(x, keys[0], -0.5, 0.5)
    grey = tf.reduce_mean(x, axis=3, keepdims=True)
    x = grey + (x - grey) * _uniform(x, keys[1], 0.0, 2.0)
    mean = tf.reduce_mean(x, axis=(1, 2, 3), keepdims=True)
    return mean + (x - mean) * _uniform(x, keys[2], 0.5, 1.5)


def translation(x: Any, seed: Any, ratio: float = 0.125) -> Any:
    """Shift by up to `ratio` of the side each way; what comes in from outside is 0."""
    side = x.shape[1]
    reach = int(side * ratio + 0.5)
    batch = tf.shape(x)[0]
    shift = tf.random.stateless_uniform((batch, 2), seed, 0, 2 * reach + 1, tf.int32)
    padded = tf.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    rows = tf.range(side)[None] + shift[:, :1]
    columns = tf.range(side)[None] + shift[:, 1:]
    return tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def cutout(x: Any, seed: Any, ratio: float = 0.5) -> Any:
    """Blank a square of `ratio` of the side, its centre anywhere, clipped at the border."""
    side = x.shape[1]
    size = int(side * ratio + 0.5)
    centre = tf.random.stateless_uniform(
        (tf.shape(x)[0], 2), seed, 0, side + (1 - size % 2), tf.int32
    )
    start = centre - size // 2
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


def augment(x: Any, seed: Any, names: Sequence[str]) -> Any:
    """Apply the named augmentations in order; equal seeds give equal draws."""
    for index, name in enumerate(names):
        x = AUGMENTATIONS[name](x, tf.random.fold_in(seed, index))
    return x
