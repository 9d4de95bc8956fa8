"""Write `reference.npz`: results of tensorflow-addons, to which its successors are compared.

tensorflow-addons 0.23, its last release, cannot be imported beside Keras 3, so this runs in an
environment of its own (`tox -e addons`: Python 3.11, TensorFlow 2.15) and the numbers are kept.
Inputs are stored beside the results, so that tests draw nothing at random.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

EPSILON = 1e-5
TRAINING_CALLS = 3


def instance_norm(rng, name, spread, centre):
    """y and its gradients in the input, scale and offset, for one upstream gradient."""
    shape = (3, 6, 5, 4)
    x = (centre + spread * rng.standard_normal(shape)).astype(np.float32)
    gamma = rng.uniform(0.5, 1.5, 4).astype(np.float32)
    beta = rng.standard_normal(4).astype(np.float32)
    upstream = rng.standard_normal(shape).astype(np.float32)

    layer = tfa.layers.InstanceNormalization(epsilon=EPSILON)
    layer.build(shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = layer(inputs)
    dx, dgamma, dbeta = tape.gradient(y, [inputs, layer.gamma, layer.beta], upstream)
    fields = {
        "x": x,
        "gamma": gamma,
        "beta": beta,
        "upstream": upstream,
        "y": y,
        "dx": dx,
        "dgamma": dgamma,
        "dbeta": dbeta,
    }
    return {f"instance_norm/{name}/{field}": value for field, value in fields.items()}


def spectral_norm(rng, name, layer, input_shape):
    """The kernel and the vector u after each training call, then an inference call."""
    x = rng.standard_normal(input_shape).astype(np.float32)
    wrapper = tfa.layers.SpectralNormalization(layer, power_iterations=1)
    wrapper.build(input_shape)
    kernel = rng.standard_normal(layer.kernel.shape).astype(np.float32)
    bias = rng.standard_normal(layer.bias.shape).astype(np.float32)
    u = rng.standard_normal(wrapper.u.shape).astype(np.float32)
    layer.kernel.assign(kernel)
    layer.bias.assign(bias)
    wrapper.u.assign(u)

    fields = {"x": x, "kernel": kernel, "bias": bias, "u": u}
    for call in range(1, TRAINING_CALLS + 1):
        fields[f"y_{call}"] = wrapper(x, training=True)
        fields[f"kernel_{call}"] = layer.kernel.numpy()
        fields[f"u_{call}"] = wrapper.u.numpy()
    fields["y_inference"] = wrapper(x, training=False)
    return {f"spectral_norm/{name}/{field}": value for field, value in fields.items()}


def main():
    """Compute every case, write the file beside this one, and print what changed."""
    rng = np.random.default_rng(2020)
    reference = {
        **instance_norm(rng, "usual", spread=1.0, centre=0.5),
        # A variance near epsilon shows whether epsilon is added under the root.
        **instance_norm(rng, "faint", spread=3e-3, centre=0.0),
        **spectral_norm(
            rng,
            "conv",
            tf.keras.layers.Conv2D(5, 4, strides=2, padding="same"),
            (2, 8, 8, 3),
        ),
        **spectral_norm(rng, "dense", tf.keras.layers.Dense(6), (4, 7)),
    }
    path = Path(__file__).with_name("reference.npz")
    arrays = {name: np.asarray(value, np.float32) for name, value in reference.items()}
    previous = dict(np.load(path)) if path.exists() else {}
    np.savez_compressed(path, **arrays)
    for name, value in arrays.items():
        if name not in previous or previous[name].shape != value.shape:
            print(f"{name}: new")
        elif change := float(np.max(np.abs(previous[name] - value))):
            print(f"{name}: changed by at most {change:.1e}")
    print(
        f"tensorflow {tf.__version__}, tensorflow-addons {tfa.__version__}: "
        f"{len(arrays)} arrays in {path.name}"
    )


if __name__ == "__main__":
    main()
