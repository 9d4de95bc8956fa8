import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.models.optimizers import ConstantThenLinearDecay, FusedAdam


def values_after_six_updates(kind, learning_rate):
    """Two weights and the optimizer's variables after six updates of an optimizer class."""
    rng = np.random.default_rng(0)
    weights = [keras.Variable(rng.normal(size=shape).astype("float32")) for shape in ((3, 4), (5,))]
    optimizer = kind(learning_rate, beta_1=0.5, beta_2=0.9, epsilon=1e-3)
    optimizer.build(weights)

    @tf.function
    def update(*gradients):
        optimizer.apply(gradients, weights)

    for _ in range(6):
        update(*(tf.constant(rng.normal(size=weight.shape), tf.float32) for weight in weights))
    return [value.numpy() for value in (*weights, *optimizer.variables)]


@pytest.mark.parametrize("learning_rate", [0.05, ConstantThenLinearDecay(0.05, 2, 6)])
def test_the_fused_adam_takes_the_steps_of_keras_s_adam(learning_rate):
    expected = values_after_six_updates(keras.optimizers.Adam, learning_rate)

    fused = values_after_six_updates(FusedAdam, learning_rate)
    for got, wanted in zip(fused, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_a_learning_rate_is_constant_and_then_decays_to_zero_at_the_last_update():
    schedule = ConstantThenLinearDecay(0.5, constant_updates=4, total_updates=8)

    rates = [float(schedule(step)) for step in (0, 4, 5, 7, 8, 9)]
    np.testing.assert_allclose(rates, [0.5, 0.5, 0.375, 0.125, 0.0, 0.0])
    assert float(ConstantThenLinearDecay(0.5, 0, 0)(1000)) == 0.5
    assert ConstantThenLinearDecay.from_config(schedule.get_config())(5) == schedule(5)
