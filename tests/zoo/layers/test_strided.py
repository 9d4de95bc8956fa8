"""The cheaper forms of strided convolutions equal the convolutions; so do their gradients."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.strided import strided_conv2d, strided_conv2d_transpose


def reference_halve(x, kernel):
    return tf.nn.conv2d(x, kernel, 2, "SAME")


def reference_double(x, kernel):
    output = (x.shape[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2])
    return tf.nn.conv2d_transpose(x, kernel, output, 2, "SAME")


FORMS = [
    pytest.param(form, reference, channels, id=f"{form.__name__}-{channels}")
    for form, reference in (
        (strided_conv2d, reference_halve),
        (strided_conv2d_transpose, reference_double),
    )
    for channels in (3, 5)
]


def inputs(form, channels):
    rng = np.random.default_rng(0)
    kernel = tf.constant(rng.normal(size=(4, 4, channels, 7)), tf.float32)
    shape = (2, 8, 6, channels) if form is strided_conv2d else (2, 4, 3, 7)
    return tf.constant(rng.normal(size=shape), tf.float32), kernel


@pytest.mark.parametrize(("form", "reference", "channels"), FORMS)
def test_the_cheaper_form_equals_the_convolution(form, reference, channels):
    x, kernel = inputs(form, channels)

    np.testing.assert_allclose(form(x, kernel), reference(x, kernel), atol=1e-5)


def derivatives(form, x, kernel):
    """First derivatives, and those of the squared gradient norm, as under a gradient penalty."""
    with tf.GradientTape() as outer:
        outer.watch([x, kernel])
        with tf.GradientTape() as inner:
            inner.watch([x, kernel])
            value = tf.reduce_sum(tf.sin(form(x, kernel)))
        first = inner.gradient(value, [x, kernel])
        squared_norm = tf.reduce_sum(tf.square(first[0]))
    return [*first, *outer.gradient(squared_norm, [x, kernel])]


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize(("form", "reference", "channels"), FORMS)
def test_first_and_second_derivatives_equal_those_of_the_convolution(
    form, reference, channels, graph
):
    x, kernel = inputs(form, channels)
    compute = tf.function(derivatives) if graph else derivatives

    for actual, expected in zip(
        compute(form, x, kernel), derivatives(reference, x, kernel), strict=True
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-3)
