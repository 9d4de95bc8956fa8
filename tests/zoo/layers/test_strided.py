"""The cheaper forms of strided convolutions are the plain ones, and so are their gradients."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.layers.strided import double, halve


def plain_halve(x, kernel):
    return tf.nn.conv2d(x, kernel, 2, "SAME")


def plain_double(x, kernel):
    output = (x.shape[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2])
    return tf.nn.conv2d_transpose(x, kernel, output, 2, "SAME")


FORMS = [
    pytest.param(form, plain, colours, id=f"{form.__name__}-{colours}")
    for form, plain in ((halve, plain_halve), (double, plain_double))
    for colours in (3, 5)
]


def material(form, colours):
    rng = np.random.default_rng(0)
    kernel = tf.constant(rng.normal(size=(4, 4, colours, 7)), tf.float32)
    shape = (2, 8, 6, colours) if form is halve else (2, 4, 3, 7)
    return tf.constant(rng.normal(size=shape), tf.float32), kernel


@pytest.mark.parametrize(("form", "plain", "colours"), FORMS)
def test_the_form_is_the_convolution(form, plain, colours):
    x, kernel = material(form, colours)

    np.testing.assert_allclose(form(x, kernel), plain(x, kernel), atol=1e-5)


def derivatives(form, x, kernel):
    """First derivatives, and those of the squared slope, as under a gradient penalty."""
    with tf.GradientTape() as outer:
        outer.watch([x, kernel])
        with tf.GradientTape() as inner:
            inner.watch([x, kernel])
            value = tf.reduce_sum(tf.sin(form(x, kernel)))
        first = inner.gradient(value, [x, kernel])
        slope = tf.reduce_sum(tf.square(first[0]))
    return [*first, *outer.gradient(slope, [x, kernel])]


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize(("form", "plain", "colours"), FORMS)
def test_its_first_and_second_derivatives_are_the_convolution_s(form, plain, colours, graph):
    x, kernel = material(form, colours)
    compute = tf.function(derivatives) if graph else derivatives

    for got, expected in zip(compute(form, x, kernel), derivatives(plain, x, kernel), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-3)
