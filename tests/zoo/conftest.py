"""Small networks and input data for tests of the zoo."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo import registry
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.autoencoder import Autoencoder
from coverzoo.zoo.networks.conv_generator import ConvGenerator
from coverzoo.zoo.networks.vae import VAE

WIDTH = 8  # raw audio features, two halves of four


@pytest.fixture(autouse=True)
def seeded():
    """Seed the initial weights, so that they do not depend on which tests run."""
    keras.utils.set_random_seed(0)


@pytest.fixture
def heavy():
    """Raw features (count, width) of a seed, with scales from 1e-24 to 1e13."""

    def make(count, width=WIDTH, seed=0):
        rng = np.random.default_rng(seed)
        return rng.normal(1.0, 1.0, (count, width)) * np.geomspace(1e-24, 1e13, width)

    return make


@pytest.fixture
def stir():
    """A function that draws every weight of a network at random and returns the network.

    No layer is the identity then.
    """

    def draw(network, seed=0):
        rng = np.random.default_rng(seed)
        for weight in network.weights:
            values = rng.normal(0.0, 0.4, weight.shape)
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.path else values)
        return network

    return draw


@pytest.fixture
def make_encoder():
    """A built audio encoder, fitted to `vectors` where given."""

    def make(vectors=None, **options):
        encoder = AudioEncoder(**{"width": WIDTH, "dim": 4, "hidden_units": (6,), **options})
        encoder.build((None, WIDTH))
        if vectors is not None:
            encoder.scaling.adapt(vectors)
        return encoder

    return make


@pytest.fixture
def make_generator(make_encoder, heavy, stir):
    """A built generator of 32 px covers with drawn weights, its encoder fitted to `heavy`."""

    def make(audio=True, null=True, **options):
        encoder = make_encoder(null=null) if audio else None
        generator = ConvGenerator(5, (8, 6, 4), audio_encoder=encoder, **options)
        generator.build()
        stir(generator)
        if audio:
            encoder.scaling.adapt(heavy(50))
        return generator

    return make


@pytest.fixture
def make_autoencoder(stir):
    """A built autoencoder of 32 px covers with drawn weights."""

    def make(method="resize", **options):
        network = Autoencoder(32, (4, 6, 5), 7, method, **options)
        network.build()
        return stir(network)

    return make


@pytest.fixture
def make_vae(make_encoder, heavy, stir):
    """A built VAE of 32 px covers with drawn weights, its audio encoder fitted to `heavy`."""

    def make(audio=True, null=True, **options):
        encoder = make_encoder(null=null) if audio else None
        network = VAE(32, 5, (4, 6, 5), 7, encoder, **options)
        network.build()
        stir(network)
        if audio:
            encoder.scaling.adapt(heavy(50))
        return network

    return make


@pytest.fixture
def audio(heavy):
    """Raw features of three samples."""
    return heavy(3, seed=1).astype(np.float32)


@pytest.fixture(
    params=[
        pytest.param({"audio": True, "film": "identity"}, id="identity"),
        pytest.param({"audio": True, "film": "branched"}, id="branched"),
        pytest.param({"audio": False, "film": "identity"}, id="identity-no-audio"),
        pytest.param({"audio": False, "film": "branched"}, id="branched-no-audio"),
        pytest.param({"audio": True, "concat_condition": True}, id="concat-condition"),
        pytest.param({"audio": True, "film_noise": True, "finest_channels": 3}, id="film-noise"),
        pytest.param(
            {"audio": True, "upsampling": "transpose", "weight_init": "normal"}, id="transpose"
        ),
    ]
)
def form(request):
    """Options of `make_generator`: one set for each kind of generator."""
    return request.param


@pytest.fixture
def make_gan(heavy):
    """A compiled GAN of 32 px covers and few channels, without EMA or condition dropout."""

    def make(audio=True, seed=0, precision="float32", model="wgan-gp", **settings):
        small_settings = {
            "image_size": 32,
            "latent_dim": 5,
            "generator_channels": (8, 6, 4),
            "critic_channels": (4, 6, 8),
            "audio_embedding_dim": 4,
            "audio_hidden_units": (6,),
            "critic_steps": 1,
            "condition_dropout": 0.0,
            "ema_decay": 0.0,
        }
        keras.utils.set_random_seed(0)
        gan = registry.build(
            model,
            registry.MODELS[model].settings(**{**small_settings, **settings}),
            audio_width=WIDTH if audio else 0,
            precision=precision,
            seed=seed,
        )
        if audio:
            gan.adapt(heavy(50))
        return gan

    return make


@pytest.fixture
def make_batch(heavy):
    """A training batch: tensors of `count` samples, each a group of its own."""

    def make(count, seed=0):
        rng = np.random.default_rng(seed)
        return {
            "image": tf.constant(rng.uniform(-1, 1, (count, 32, 32, 3)), tf.float32),
            "audio": tf.constant(heavy(count, seed=seed), tf.float32),
            "genre": tf.zeros(count, tf.int32),
            "group": tf.range(count, dtype=tf.int64),
            "epoch": tf.zeros(count, tf.int64),
        }

    return make


@pytest.fixture
def plain_config():
    """The config of a network without what only a built audio encoder adds to it."""

    def strip(network):
        config = network.get_config()
        return {
            **config,
            "audio_encoder": config["audio_encoder"] and config["audio_encoder"]["config"],
        }

    return strip


@pytest.fixture
def snapshot():
    """A function that copies the values of variables."""
    return lambda variables: [np.array(variable.numpy()) for variable in variables]


@pytest.fixture
def assert_equal_weights():
    """A function that asserts that the variables of two networks are equal."""

    def check(first, second, **tolerance):
        for one, other in zip(first.variables, second.variables, strict=True):
            np.testing.assert_allclose(one, other, err_msg=one.path, **tolerance)

    return check
