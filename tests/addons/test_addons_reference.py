"""The Keras 3 layers that replace those of tensorflow-addons compute the same."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.instance_norm import InstanceNormalization

REFERENCE = dict(np.load(Path(__file__).with_name("reference.npz")))

# Replacements of tfa.layers.InstanceNormalization(epsilon=1e-5).
INSTANCE_NORMS = [
    pytest.param(
        lambda: keras.layers.GroupNormalization(groups=-1, epsilon=1e-5), id="keras-group-norm"
    ),
    pytest.param(InstanceNormalization, id="zoo"),
]


def arrays_of(prefix):
    """The arrays of one case by the last part of their name."""
    found = {
        name.rsplit("/", 1)[1]: value
        for name, value in REFERENCE.items()
        if name.startswith(f"{prefix}/")
    }
    assert found, f"reference.npz has no arrays of {prefix}; see generate.py"
    return found


def assert_near(got, expected, tolerance):
    """Equal up to `tolerance` times the largest expected number."""
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("case", ["usual", "faint"])
@pytest.mark.parametrize("make", INSTANCE_NORMS)
def test_instance_norm_and_its_gradients_are_those_of_tensorflow_addons(make, case):
    case = arrays_of(f"instance_norm/{case}")
    layer = make()
    layer.build(case["x"].shape)
    layer.gamma.assign(case["gamma"])
    layer.beta.assign(case["beta"])
    x = tf.constant(case["x"])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    dx, dgamma, dbeta = tape.gradient(
        y, [x, layer.gamma.value, layer.beta.value], tf.constant(case["upstream"])
    )

    assert_near(y, case["y"], 1e-6)
    assert_near(dx, case["dx"], 1e-5)
    assert_near(dgamma, case["dgamma"], 1e-5)
    assert_near(dbeta, case["dbeta"], 1e-5)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("conv", lambda: keras.layers.Conv2D(5, 4, strides=2, padding="same")),
        ("dense", lambda: keras.layers.Dense(6)),
    ],
)
def test_spectral_norm_follows_tensorflow_addons_call_by_call(name, make):
    case = arrays_of(f"spectral_norm/{name}")
    layer = make()
    wrapper = keras.layers.SpectralNormalization(layer, power_iterations=1)
    wrapper.build(case["x"].shape)
    layer.kernel.assign(case["kernel"])
    layer.bias.assign(case["bias"])
    wrapper.vector_u.assign(case["u"])

    for call in (1, 2, 3):
        y = wrapper(case["x"], training=True)
        assert_near(layer.kernel, case[f"kernel_{call}"], 1e-6)
        assert_near(wrapper.vector_u, case[f"u_{call}"], 1e-6)
        assert_near(y, case[f"y_{call}"], 2e-6)
    assert_near(wrapper(case["x"], training=False), case["y_inference"], 2e-6)
    assert_near(layer.kernel, case["kernel_3"], 1e-6)
