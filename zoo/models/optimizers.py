"""Optimizers, wrapped for float16 where the policy asks for it."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

# Keras's own, 2¹⁵, overflows at a critic's first penalties and costs a dozen skipped updates.
FIRST_SCALE = 2.0**10


@keras.saving.register_keras_serializable("coverzoo")
class ConstantThenLinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that holds, then falls linearly to zero at the last update.

    The end of training then averages over fewer wanderings of the two players.

    Args:
        learning_rate: Learning rate at first.
        hold: updates before it falls.
        updates: in all; 0 for a rate that never falls, because the last update is not known.
    """

    def __init__(self, learning_rate: float, hold: int, updates: int) -> None:
        self.learning_rate, self.hold, self.updates = learning_rate, hold, updates

    def __call__(self, step: Any) -> Any:
        """The rate of the update after `step` updates."""
        if not self.updates:
            return ops.convert_to_tensor(self.learning_rate, "float32")
        left = (self.updates - ops.cast(step, "float32")) / max(self.updates - self.hold, 1)
        return self.learning_rate * ops.clip(left, 0.0, 1.0)

    def get_config(self) -> dict:
        return {"learning_rate": self.learning_rate, "hold": self.hold, "updates": self.updates}


@keras.saving.register_keras_serializable("coverzoo")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam by TensorFlow's one operation for it: one pass over a weight instead of ten.

    Dense gradients only, no AMSGrad.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        step = tf.cast(self.iterations + 1, tf.float32)
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def adam(
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    precision: str,
    *,
    updates: int = 0,
    decay_fraction: float = 0.0,
    epsilon: float = 1e-8,
) -> keras.optimizers.Optimizer:
    """Adam (arXiv:1412.6980), with dynamic loss scaling under mixed_float16.

    A model with a custom `train_step` and two optimizers gets no wrapping from Keras, so it is
    done here: each optimizer has a scale of its own, and an overflow skips only its own update.

    Args:
        learning_rate: Learning rate at first.
        beta_1: decay of the gradients' mean.
        beta_2: decay of their mean square.
        precision: a Keras dtype policy.
        updates: how many there will be; only needed for a falling rate.
        decay_fraction: Fraction of the updates, the last ones, over which the rate falls to zero.
        epsilon: beside the root in Adam's denominator.
    """
    # Of one kind whether it falls or not: a run may go on with another kind of total, and its
    # checkpoint must fit (a plain rate is a variable, a schedule is none).
    schedule = ConstantThenLinearDecay(
        learning_rate, round(updates * (1.0 - decay_fraction)), updates if decay_fraction else 0
    )
    optimizer = FusedAdam(schedule, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
    if precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=FIRST_SCALE)
    return optimizer
