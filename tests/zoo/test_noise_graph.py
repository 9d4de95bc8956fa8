import numpy as np
import tensorflow as tf

from coverzoo.zoo import noise, noise_graph


def test_the_graph_draws_the_same_noise_as_numpy():
    seeds = [0, 1, 7, -1, 2**31, 2**63 - 1, -(2**63), 123456789012345]

    drawn = tf.function(noise_graph.normal)(tf.constant(seeds, tf.int64), 100)

    expected = np.concatenate([noise.normal(seed, [0], 100) for seed in seeds])
    np.testing.assert_allclose(drawn, expected, rtol=0, atol=1e-6)
    assert np.mean(drawn.numpy() == expected) > 0.99
