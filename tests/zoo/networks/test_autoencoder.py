"""The two autoencoders, compared with their layers written in TensorFlow's own operations."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.networks.autoencoder import from_cover, to_cover

IMAGES = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32)
METHODS = ("resize", "reflect", "unpool")


def leaky(x):
    return tf.maximum(x, 0.01 * x)


def norm_and_activation(stage, x):
    """Batch norm with its moving statistics, then LeakyReLU."""
    norm = stage.norm
    statistics = (norm.moving_mean.value, norm.moving_variance.value)
    return leaky(tf.nn.batch_normalization(x, *statistics, norm.beta, norm.gamma, 1e-5))


def encoded(encoder, x):
    """The code, and the indices of the maxima in the flattened maps."""
    pooling_indices = []
    for convolution, stage in zip(encoder.convolutions[:-1], encoder.stages, strict=True):
        stride = 1 if encoder.method == "unpool" else 2
        x = tf.nn.conv2d(x, convolution.kernel.value, stride, "SAME") + convolution.bias
        if encoder.method == "unpool":
            x, indices = tf.nn.max_pool_with_argmax(x, 2, 2, "VALID", include_batch_in_index=True)
            pooling_indices.append(indices)
        x = norm_and_activation(stage, x)
    last = encoder.convolutions[-1]
    return leaky(tf.nn.conv2d(x, last.kernel.value, 1, "SAME") + last.bias), pooling_indices


def decoded(decoder, x, pooling_indices):
    """Covers from a code and, for `unpool`, the pooling indices."""
    for convolution, stage in zip(decoder.convolutions, decoder.stages, strict=True):
        batch, height, width, _ = x.shape
        if decoder.method != "unpool":
            x = tf.image.resize(x, (2 * height, 2 * width), "nearest")
            border = "REFLECT" if decoder.method == "reflect" else "CONSTANT"
            x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), border)
            x = tf.nn.conv2d(x, tf.transpose(convolution.kernel.value, (0, 1, 3, 2)), 1, "VALID")
            x += convolution.bias
        else:
            kernel = convolution.kernel.value
            shape = (batch, height, width, kernel.shape[2])
            x = tf.nn.conv2d_transpose(x, kernel, shape, 1, "SAME") + convolution.bias
            doubled = (batch, 2 * height, 2 * width, kernel.shape[2])
            indices = tf.reshape(pooling_indices.pop(), (-1, 1))
            x = tf.scatter_nd(indices, tf.reshape(x, (-1,)), (np.prod(doubled),))
            x = tf.reshape(x, doubled)
        x = norm_and_activation(stage, x)
    to_rgb = decoder.to_rgb
    if decoder.method != "unpool":
        x = tf.nn.conv2d(x, to_rgb.kernel.value, 1, "SAME")
    else:
        x = tf.nn.conv2d_transpose(x, to_rgb.kernel.value, (*x.shape[:3], 3), 1, "SAME")
    return 2.0 * tf.sigmoid(x + to_rgb.bias) - 1.0


@pytest.mark.parametrize("method", METHODS)
def test_a_reconstruction_is_the_composition_of_the_layers(make_autoencoder, method):
    network = make_autoencoder(method)

    expected = decoded(network.decoder, *encoded(network.encoder, tf.constant(IMAGES)))
    covers = network.reconstruct(IMAGES)

    assert covers.shape == (3, 32, 32, 3)
    assert np.std(covers) > 0.1
    np.testing.assert_allclose(covers, expected, atol=1e-3)


@pytest.mark.parametrize("method", ["resize", "reflect"])
def test_decoding_the_code_reconstructs_the_covers(make_autoencoder, method):
    network = make_autoencoder(method)

    code = network.encode(IMAGES)

    assert code.shape == (3, 4, 4, 7)
    np.testing.assert_allclose(code, encoded(network.encoder, IMAGES)[0], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(network.decode(code), network.reconstruct(IMAGES), atol=1e-4)


def test_an_unpooling_autoencoder_refuses_to_encode_and_to_decode(make_autoencoder):
    network = make_autoencoder("unpool")

    for call, value in ((network.encode, IMAGES), (network.decode, np.zeros((3, 4, 4, 7)))):
        with pytest.raises(
            ValueError, match=r"needs its encoder's pooling indices: use reconstruct\(image\)"
        ):
            call(value)


@pytest.mark.parametrize("method", METHODS)
def test_a_reconstruction_does_not_depend_on_the_rest_of_the_batch(make_autoencoder, method):
    network = make_autoencoder(method)

    alone = network.reconstruct(IMAGES[1:2])

    np.testing.assert_allclose(network.reconstruct(IMAGES)[1:2], alone, atol=1e-4)


@pytest.mark.parametrize("shape", [(3, 16, 16, 3), (32, 32, 3), (3, 32, 32, 1)])
def test_covers_of_another_shape_are_refused(make_autoencoder, shape):
    network = make_autoencoder()

    for call in (network.reconstruct, network.encode):
        with pytest.raises(ValueError, match=r"image must be \(B, 32, 32, 3\)\. Received: \("):
            call(np.zeros(shape))


def test_to_cover_maps_logits_to_minus_one_to_one_and_from_cover_maps_to_zero_to_one():
    logits = np.linspace(-6, 6, 25, dtype=np.float32)
    probabilities = 1.0 / (1.0 + np.exp(-logits))

    np.testing.assert_allclose(to_cover(logits), 2.0 * probabilities - 1.0, atol=1e-6)
    np.testing.assert_allclose(from_cover(to_cover(logits)), probabilities, atol=1e-6)
    np.testing.assert_array_equal(from_cover(np.float32([-1, 0, 1])), [0.0, 0.5, 1.0])


def test_reconstruct_uses_the_current_weights(make_autoencoder):
    network = make_autoencoder()
    before = network.reconstruct(IMAGES).numpy()

    network.decoder.to_rgb.bias.assign([3.0, 0.0, -3.0])

    assert (network.reconstruct(IMAGES).numpy() != before).any()
