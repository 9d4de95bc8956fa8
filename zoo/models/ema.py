"""The exponential moving average of a network's weights."""

import keras
import tensorflow as tf

from coverzoo.types import Tensor


def update_ema(average: keras.Model, network: keras.Model, step: Tensor, decay: float) -> None:
    """Move an average towards a network: e ← d e + (1 - d) w, d = min(decay, (1 + n) / (10 + n)).

    The smaller d of the first steps lets the average forget the initial weights.

    Args:
        average: Network with the averaged weights, of the same form as `network`.
        network: Network that is trained.
        step: Number n of training steps so far, this one included.
        decay: Decay of the average.
    """
    n = tf.cast(step, tf.float32)
    share = 1.0 - tf.minimum(decay, (1.0 + n) / (10.0 + n))
    for averaged, variable in zip(average.variables, network.variables, strict=True):
        averaged.assign_add(share * (variable - averaged))
