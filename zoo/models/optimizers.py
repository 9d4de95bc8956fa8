"""Optimizers, with loss scaling where the precision asks for it."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from coverzoo.types import Tensor

# Keras's own, 2¹⁵, overflows at a critic's first penalties and costs a dozen skipped updates.
INITIAL_LOSS_SCALE = 2.0**10


@keras.saving.register_keras_serializable("coverzoo")
class ConstantThenLinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that is constant, then decays linearly to 0 at the last update.

    Late in training a GAN's weights circle around a solution; smaller steps bring them closer.

    Args:
        learning_rate: Learning rate before the decay.
        constant_updates: Number of updates before the decay.
        total_updates: Number of updates in all; 0 for no decay, because the last update is not
            known.
    """

    def __init__(self, learning_rate: float, constant_updates: int, total_updates: int) -> None:
        self.learning_rate = learning_rate
        self.constant_updates, self.total_updates = constant_updates, total_updates

    def __call__(self, step: Tensor) -> Tensor:
        """Return the learning rate of the update that follows `step` updates.

        Args:
            step: Number of updates done.
        """
        if not self.total_updates:
            return ops.convert_to_tensor(self.learning_rate, "float32")
        decay_updates = max(self.total_updates - self.constant_updates, 1)
        left = (self.total_updates - ops.cast(step, "float32")) / decay_updates
        return self.learning_rate * ops.clip(left, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "constant_updates": self.constant_updates,
            "total_updates": self.total_updates,
        }


@keras.saving.register_keras_serializable("coverzoo")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam by TensorFlow's one operation for it: one pass over a weight instead of ten.

    For dense gradients only, and without AMSGrad.
    """

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
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
    """Return Adam (arXiv:1412.6980), with dynamic loss scaling under mixed_float16.

    Keras wraps no optimizer of a model with a custom `train_step` and two optimizers, so it is
    done here: each optimizer has its own scale, and an overflow skips only its own update.

    Args:
        learning_rate: Learning rate before any decay.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the mean of their squares.
        precision: Keras dtype policy.
        updates: Number of updates in all; needed only for a learning rate that decays.
        decay_fraction: Last fraction of the updates, over which the learning rate decays to 0.
        epsilon: Constant beside the root in Adam's denominator.
    """
    # A schedule in either case: a resumed run may have another kind of total, and its checkpoint
    # must fit (a plain learning rate is a variable, a schedule is none).
    schedule = ConstantThenLinearDecay(
        learning_rate, round(updates * (1.0 - decay_fraction)), updates if decay_fraction else 0
    )
    optimizer = FusedAdam(schedule, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
    if precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=INITIAL_LOSS_SCALE)
    return optimizer


def apply_gradients(
    tape: tf.GradientTape,
    scaled_loss: Tensor,
    weights: list[Any],
    optimizer: keras.optimizers.Optimizer,
    l2_weight: float = 0.0,
) -> Tensor:
    """Update the weights by the gradients of a loss.

    Args:
        tape: Tape that recorded the loss.
        scaled_loss: The loss after the optimizer's `scale_loss`.
        weights: Variables to update.
        optimizer: Optimizer that is built on these variables.
        l2_weight: Weight of the L2 term that is added to each gradient, as PyTorch's
            `weight_decay` does.

    Returns:
        Global norm of the gradients, without L2 term and loss scale, float32 ().
    """
    gradients = tape.gradient(scaled_loss, weights)
    scale = optimizer.scale_loss(tf.ones(()))
    norm = tf.linalg.global_norm(gradients) / scale
    if l2_weight:
        gradients = [
            gradient + scale * l2_weight * tf.convert_to_tensor(weight)
            for gradient, weight in zip(gradients, weights, strict=True)
        ]
    optimizer.apply(gradients, weights)
    return norm
