import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.convolution import METHODS, UpsampleConv

RNG = np.random.default_rng(0)
X = tf.constant(RNG.normal(size=(2, 5, 6, 4)), tf.float32)
UPSTREAM = tf.constant(RNG.normal(size=(2, 10, 12, 3)), tf.float32)


def built(method, **options):
    layer = UpsampleConv(3, method, bias_initializer="random_normal", **options)
    layer.build(X.shape)
    return layer


def bilinear_then_convolve(x, kernel, bias):
    """By TensorFlow's resize, which repeats the pixels at the edge, and mirror padding."""
    x = tf.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]), "bilinear")
    x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")
    return tf.nn.conv2d(x, tf.transpose(kernel, (0, 1, 3, 2)), 1, "VALID") + bias


def nearest_then_convolve(x, kernel, bias, method):
    x = tf.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]), "nearest")
    padding = ((0, 0), (1, 1), (1, 1), (0, 0))
    x = tf.pad(x, padding, "REFLECT" if method == "reflect" else "CONSTANT")
    return tf.nn.conv2d(x, tf.transpose(kernel, (0, 1, 3, 2)), 1, "VALID") + bias


@pytest.mark.parametrize("method", ["resize", "reflect"])
def test_resize_is_nearest_neighbour_then_padding_then_a_3_by_3_convolution(method):
    layer = built(method)
    kernel, bias = tf.Variable(layer.kernel.numpy()), tf.Variable(layer.bias.numpy())

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        actual = layer(X)
        expected = nearest_then_convolve(X, kernel, bias, method)
    gradients = tape.gradient(actual, [X, layer.kernel.value, layer.bias.value], UPSTREAM)
    expected_gradients = tape.gradient(expected, [X, kernel, bias], UPSTREAM)

    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
    for gradient, other in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, other, rtol=1e-4, atol=1e-4)


def test_resize_maps_a_constant_map_to_a_constant_interior():
    y = built("resize")(tf.ones((1, 5, 6, 4))).numpy()

    interior = y[:, 1:-1, 1:-1]
    np.testing.assert_allclose(
        interior, np.broadcast_to(interior[:, :1, :1], interior.shape), atol=1e-5
    )


def test_reflection_padding_maps_a_constant_map_to_a_constant_map():
    y = built("reflect")(tf.ones((1, 5, 6, 4))).numpy()

    np.testing.assert_allclose(y, np.broadcast_to(y[:, :1, :1], y.shape), atol=1e-5)


@pytest.mark.parametrize("side", [(5, 6), (1, 1), (2, 3)])
def test_bilinear_is_bilinear_resizing_then_a_3_by_3_convolution_with_repeated_edges(side):
    layer = built("bilinear")
    kernel, bias = tf.Variable(layer.kernel.numpy()), tf.Variable(layer.bias.numpy())
    x = X[:, : side[0], : side[1]]
    upstream = UPSTREAM[:, : 2 * side[0], : 2 * side[1]]

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        actual = layer(x)
        expected = bilinear_then_convolve(x, kernel, bias)
    gradients = tape.gradient(actual, [x, layer.kernel.value, layer.bias.value], upstream)
    expected_gradients = tape.gradient(expected, [x, kernel, bias], upstream)

    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
    for gradient, other in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, other, rtol=1e-4, atol=1e-4)


def test_a_bilinear_layer_has_second_derivatives():
    layer, x = built("bilinear", use_bias=False), X[:1, :2, :3]
    basis = np.eye(2 * 3 * 4, dtype=np.float32).reshape(-1, 2, 3, 4)
    matrix = layer(basis).numpy().reshape(len(basis), -1).T  # y = A x

    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = tf.reduce_sum(layer(x) ** 3)
        slope = inner.gradient(value, x)
        norm = tf.reduce_sum(slope**2)
    second = outer.gradient(norm, x).numpy().ravel()

    # g = 3 Aᵀ y², and ‖g‖² has the gradient 12 Aᵀ (y · A g).
    y = matrix @ x.numpy().ravel()
    expected_slope = 3.0 * matrix.T @ y**2
    expected = 12.0 * matrix.T @ (y * (matrix @ expected_slope))
    np.testing.assert_allclose(slope.numpy().ravel(), expected_slope, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(second, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_bilinear_maps_a_constant_map_to_a_constant_map():
    y = built("bilinear")(tf.ones((1, 5, 6, 4))).numpy()

    # The four pixels of a block sum up the kernel in different orders.
    np.testing.assert_allclose(y, np.broadcast_to(y[:, :1, :1], y.shape), rtol=1e-5, atol=1e-6)


def test_reflection_padding_works_on_a_map_of_one_pixel():
    layer = built("reflect")
    x = X[:, :1, :1]

    expected = nearest_then_convolve(x, layer.kernel.value, layer.bias.value, "reflect")

    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)


def test_transpose_is_keras_transposed_convolution():
    layer = built("transpose")
    other = keras.layers.Conv2DTranspose(3, 4, strides=2, padding="same")
    other.build(X.shape)
    other.set_weights(layer.get_weights())

    np.testing.assert_allclose(layer(X), other(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_layer_without_bias_has_only_a_kernel(method):
    layer = built(method, use_bias=False)

    assert [weight.name for weight in layer.weights] == ["kernel"]
    np.testing.assert_array_equal(layer(tf.zeros_like(X)), tf.zeros((2, 10, 12, 3)))


@pytest.mark.parametrize("filters", [8, 64])
def test_a_resize_kernel_is_initialised_with_the_he_deviation_of_its_fan_in(filters):
    layer = UpsampleConv(filters, "resize", kernel_initializer="he_normal")
    layer.build((None, 4, 4, 32))

    assert layer.kernel.numpy().std() == pytest.approx(np.sqrt(2.0 / (9 * 32)), rel=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_compute_output_shape_is_the_shape_of_the_output(method):
    layer = built(method)

    assert layer.compute_output_shape((None, 5, 6, 4)) == (None, 10, 12, 3)
    assert layer(X).shape == (2, 10, 12, 3)


@pytest.mark.parametrize("method", METHODS)
def test_from_config_makes_the_same_layer(method):
    layer = UpsampleConv(
        3,
        method,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(0.0, 0.02, seed=4),
        name="up",
    )
    twin = UpsampleConv.from_config(layer.get_config())

    assert twin.get_config() == layer.get_config()
    layer.build(X.shape)
    twin.build(X.shape)
    np.testing.assert_array_equal(twin.kernel, layer.kernel)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match=r"method must be one of .* Received: 'cubic'"):
        UpsampleConv(3, "cubic")
