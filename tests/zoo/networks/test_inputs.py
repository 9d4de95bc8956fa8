"""Arguments of a network's methods: which are refused, which are converted; and retracing."""

import re

import numpy as np
import pytest
import tensorflow as tf

Z = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
# Network, method, name of its first argument, and the argument's shape behind the batch axis.
METHODS = [
    pytest.param(*method, id="-".join(method[:2]))
    for method in (
        ("generator", "generate", "z", (5,)),
        ("vae", "generate", "z", (5,)),
        ("vae", "encode", "image", (32, 32, 3)),
        ("vae", "decode", "z", (5,)),
        ("vae", "reconstruct", "image", (32, 32, 3)),
        ("autoencoder", "encode", "image", (32, 32, 3)),
        ("autoencoder", "decode", "code", (4, 4, 7)),
        ("autoencoder", "reconstruct", "image", (32, 32, 3)),
        ("unpooling", "reconstruct", "image", (32, 32, 3)),
    )
]
every_method = pytest.mark.parametrize(("network", "method", "name", "shape"), METHODS)
AUDIO_METHODS = [
    method
    for method in METHODS
    if method.id in {"generator-generate", "vae-generate", "vae-decode", "vae-reconstruct"}
]


@pytest.fixture
def make_network(make_generator, make_vae, make_autoencoder):
    """A network of 32 px covers by its name in `METHODS`."""
    makers = {
        "generator": make_generator,
        "vae": make_vae,
        "autoencoder": make_autoencoder,
        "unpooling": lambda: make_autoencoder("unpool"),
    }
    return lambda name: makers[name]()


def spelled(shape):
    return f"({', '.join(map(str, ('B', *shape)))})"


@every_method
def test_an_argument_that_does_not_fit_is_refused_with_what_was_expected_and_received(
    make_network, network, method, name, shape
):
    call, expected = getattr(make_network(network), method), spelled(shape)
    nan, infinite = np.zeros((2, 2, *shape), np.float32)
    nan[1].flat[-1], infinite[0].flat[0] = np.nan, -np.inf
    wider = (2, *shape[:-1], shape[-1] + 1)
    refused = [
        (np.zeros((0, *shape)), f"{name} must have at least one row. Received: {(0, *shape)}"),
        (nan, f"{name} must be finite. Received: NaN or infinity"),
        (infinite, f"{name} must be finite. Received: NaN or infinity"),
        (np.zeros(wider), f"{name} must be {expected}. Received: {wider}"),
        (np.zeros(shape), f"{name} must be {expected}. Received: {shape}"),
        (0.0, f"{name} must be {expected}. Received: ()"),
        ("a", f"{name} must be numbers of shape {expected}. Received: str"),
        (None, f"{name} must be numbers of shape {expected}. Received: NoneType"),
        ([[1.0], [1.0, 2.0]], f"{name} must be numbers of shape {expected}. Received: list"),
        (
            np.zeros((2, *shape), complex),
            f"{name} must be numbers of shape {expected}. Received: ndarray of complex128",
        ),
    ]

    for value, message in refused:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            call(value)


@pytest.mark.parametrize(("network", "method", "name", "shape"), AUDIO_METHODS)
def test_audio_that_does_not_fit_is_refused_by_every_method_that_takes_it(
    make_network, audio, network, method, name, shape
):
    call = getattr(make_network(network), method)
    value = np.zeros((3, *shape), np.float32)
    refused = [
        (audio[:0], "audio must have at least one row. Received: (0, 8)"),
        (audio * np.nan, "audio must be finite. Received: NaN or infinity"),
        (audio[:, 1:], "audio must be (B, 8). Received: (3, 7)"),
        (audio[0], "audio must be (B, 8). Received: (8,)"),
        (audio[:2], f"{name} has 3 rows and audio has 2"),
        ("a", "audio must be numbers of shape (B, 8). Received: str"),
    ]

    for given, message in refused:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            call(value, given)


@pytest.mark.parametrize("network", ["generator", "vae"])
def test_a_strength_that_does_not_fit_is_refused_with_and_without_audio(
    make_network, audio, network
):
    generate = make_network(network).generate
    refused = [
        (np.nan, "strength must be finite. Received: NaN or infinity"),
        ([1.0, np.inf, 1.0], "strength must be finite. Received: NaN or infinity"),
        ([1.0, 2.0], "strength must be a number or (3,). Received: (2,)"),
        (np.ones((3, 1)), "strength must be a number or (3,). Received: (3, 1)"),
        ("a", "strength must be a number or (3,). Received: str"),
        (None, "strength must be a number or (3,). Received: NoneType"),
        (1j, "strength must be a number or (3,). Received: complex"),
    ]

    for given in (None, audio):
        for strength, message in refused:
            with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
                generate(Z, given, strength)


def test_numbers_of_every_type_are_accepted(make_generator, audio):
    generator = make_generator()
    whole = np.round(Z)
    expected = generator.generate(whole, audio, 2.0)

    for z in (
        whole.astype(np.float64),
        whole.astype(np.int64),
        whole.tolist(),
        tf.constant(whole, tf.float64),
        tf.constant(whole, tf.float16),
        tf.constant(whole, tf.int32),
        tf.Variable(whole),
        tf.Variable(whole, dtype=tf.float64),
    ):
        np.testing.assert_array_equal(generator.generate(z, audio, 2), expected)
    for strength in (np.float64(2.0), tf.constant(2.0, tf.float64), tf.constant([2, 2, 2])):
        np.testing.assert_array_equal(generator.generate(whole, audio, strength), expected)


@every_method
def test_batches_of_many_sizes_print_no_retracing_warning(
    make_network, caplog, network, method, name, shape
):
    call = getattr(make_network(network), method)

    for count in range(1, 9):
        assert len(call(np.zeros((count, *shape), np.float32))) == count

    assert "retracing" not in caplog.text


@pytest.mark.parametrize(("network", "method", "name", "shape"), AUDIO_METHODS)
def test_batches_with_audio_of_many_sizes_print_no_retracing_warning(
    make_network, audio, caplog, network, method, name, shape
):
    call = getattr(make_network(network), method)

    for count in range(1, 9):
        value = np.zeros((count, *shape), np.float32)
        assert len(call(value, np.repeat(audio[:1], count, axis=0))) == count

    assert "retracing" not in caplog.text


def test_retracing_warnings_reach_the_log_that_the_tests_above_read(caplog):
    @tf.function
    def traced_for_every_size(x):
        return x + 1.0

    for count in range(1, 9):
        traced_for_every_size(tf.zeros(count))

    assert "retracing" in caplog.text


@pytest.mark.parametrize("null", [True, False])
def test_generate_works_in_a_graph_of_unknown_batch_size(make_generator, audio, null):
    generator = make_generator(null=null)

    @tf.function(input_signature=[tf.TensorSpec((None, 5)), tf.TensorSpec((None, 8))])
    def generate(z, audio):
        return generator.generate(z, audio)

    np.testing.assert_allclose(generate(Z, audio), generator.generate(Z, audio), atol=1e-4)
    assert generate(Z[:1], audio[:1]).shape == (1, 32, 32, 3)


def test_a_graph_refuses_a_strength_other_than_one_without_a_null_condition(make_generator, audio):
    generator = make_generator(null=False)

    with pytest.raises(ValueError, match="strength must be 1: this model has no null condition"):
        tf.function(lambda z, audio: generator.generate(z, audio, 0.5))(Z, audio)
