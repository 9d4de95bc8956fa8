import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.models.optimizers import ConstantThenLinearDecay, FusedAdam


def path(kind, rate):
    """Where six updates take two weights."""
    rng = np.random.default_rng(0)
    weights = [keras.Variable(rng.normal(size=shape).astype("float32")) for shape in ((3, 4), (5,))]
    optimizer = kind(rate, beta_1=0.5, beta_2=0.9, epsilon=1e-3)
    optimizer.build(weights)

    @tf.function
    def update(*gradients):
        optimizer.apply(gradients, weights)

    for _ in range(6):
        update(*(tf.constant(rng.normal(size=weight.shape), tf.float32) for weight in weights))
    return [value.numpy() for value in (*weights, *optimizer.variables)]


@pytest.mark.parametrize("rate", [0.05, ConstantThenLinearDecay(0.05, 2, 6)])
def test_the_fused_adam_goes_where_keras_goes(rate):
    expected = path(keras.optimizers.Adam, rate)

    for got, wanted in zip(path(FusedAdam, rate), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
