"""What every model of the registry keeps, plain and with audio, at tiny widths and 32 px."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo import registry
from coverzoo.zoo.presets.autoencoder import (
    AutoencoderSettings,
    ResizeSettings,
    VAESettings,
)
from coverzoo.zoo.presets.gan import GANSettings

WIDTH = 8  # raw audio features, two halves of four
CONDITION = {"audio_embedding_dim": 4, "audio_hidden_units": (6,), "condition_dropout": 0.4}
CODES = {"image_size": 32, "batch_size": 4, "encoder_channels": (4, 6, 6), "bottleneck_channels": 5}
TINY = {
    GANSettings: {
        **CONDITION,
        "image_size": 32,
        "batch_size": 4,
        "latent_dim": 5,
        "generator_channels": (8, 6, 4),
        "critic_channels": (4, 6, 8),
    },
    AutoencoderSettings: CODES,
    ResizeSettings: CODES,
    VAESettings: {**CODES, **CONDITION, "latent_dim": 5},
}
KINDS = [
    pytest.param(model, audio, id=f"{model}{'-audio' if audio else ''}")
    for model, entry in registry.MODELS.items()
    for audio in (False, True)[: 1 + entry.audio]
]
every_kind = pytest.mark.parametrize(("model", "audio"), KINDS)
RAW = np.random.default_rng(0).standard_cauchy((50, WIDTH)) * 10.0 ** np.arange(-20, 12, 4)


def make(model, audio, preset="small", precision="float32", seed=0, **changes):
    """A compiled model of tiny networks, fitted to heavy-tailed audio."""
    sizes = TINY[registry.MODELS[model].settings]
    settings = registry.settings_of(model, preset, audio, {**sizes, **changes})
    keras.utils.set_random_seed(seed)
    made = registry.build(
        model, settings, audio_width=WIDTH if audio else 0, precision=precision, seed=seed
    )
    if audio:
        made.adapt(RAW)
    return made


def batch(count, audio, seed=0):
    """A batch as training sees it."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(-1, 1, (count, 32, 32, 3)).astype(np.float32)
    made = {"image": images, "genre": np.zeros(count, np.int32)}
    if audio:
        made |= {"audio": RAW[seed : seed + count].astype(np.float32), "group": np.arange(count)}
    return {name: tf.constant(value) for name, value in made.items()}


def outputs(network, audio, count=3):
    """What a network is there to give, of fixed inputs."""
    given = batch(count, audio)
    heard = (given["audio"],) if audio else ()
    made = []
    if hasattr(network, "generate"):
        z = np.random.default_rng(1).standard_normal((count, network.latent_dim))
        made.append(network.generate(z, *heard))
    if hasattr(network, "reconstruct"):
        made.append(network.reconstruct(given["image"], *heard))
    return [np.asarray(covers) for covers in made]


def values(variables):
    return [np.array(variable) for variable in variables]


def moved(before, variables):
    return [
        not np.array_equal(old, new) for old, new in zip(before, values(variables), strict=True)
    ]


@every_kind
def test_covers_are_float32_between_minus_one_and_one(model, audio):
    for covers in outputs(make(model, audio).generative, audio):
        assert covers.dtype == np.float32
        assert covers.shape == (3, 32, 32, 3)
        assert np.abs(covers).max() <= 1.0
        assert covers.std() > 1e-4


@every_kind
def test_a_step_moves_every_weight_with_finite_gradients(model, audio):
    made = make(model, audio)
    networks = [made.generative_networks[0], *([made.critic] if hasattr(made, "critic") else [])]
    before = [values(network.trainable_variables) for network in networks]

    # Enough that, of the half that a generator with variety hears, some keep their audio.
    logs = made.train_step(batch(8 * made.batches_per_step, audio))

    assert all(np.isfinite(value) for value in logs.values())
    for network, old in zip(networks, before, strict=True):
        still = [
            variable.path
            for variable, has_moved in zip(
                network.trainable_variables, moved(old, network.trainable_variables), strict=True
            )
            if not has_moved
        ]
        # A Wasserstein loss is a difference of scores, in which their common bias cancels.
        loss = getattr(made, "adversarial_loss", None)
        cancels = (
            loss is not None and loss.bias_cancels and network is not made.generative_networks[0]
        )
        assert still == (["critic/logit/bias"] if cancels else [])


@pytest.mark.parametrize("audio", [False, True])
@pytest.mark.parametrize("model", ["gan", "lsgan", "wgan-gp"])
@pytest.mark.parametrize("preset", ["small", "thesis"])
@pytest.mark.parametrize(
    ("update", "player", "other"),
    [("_update_critic", "critic", "generator"), ("_update_generator", "generator", "critic")],
)
def test_each_player_moves_its_own_weights_only(model, audio, preset, update, player, other):
    made = make(model, audio, preset)
    before = {name: values(getattr(made, name).trainable_variables) for name in (player, other)}
    part = (batch(4, audio), 0) if update == "_update_critic" else (batch(4, audio),)

    getattr(made, update)(*part)

    assert any(moved(before[player], getattr(made, player).trainable_variables))
    assert not any(moved(before[other], getattr(made, other).trainable_variables))


@every_kind
def test_batches_of_any_size_are_taken(model, audio):
    made = make(model, audio)

    for count in (2, 5):
        logs = made.train_step(batch(count * made.batches_per_step, audio))
        assert all(np.isfinite(value) for value in logs.values())
        assert {len(covers) for covers in outputs(made.generative, audio, count)} == {count}


@pytest.mark.parametrize("preset", ["small", "thesis"])
@every_kind
def test_a_saved_model_gives_the_same(model, audio, preset, tmp_path):
    made = make(model, audio, preset)
    made.train_step(batch(4 * made.batches_per_step, audio))
    network = made.generative

    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)

    for expected, got in zip(outputs(network, audio), outputs(loaded, audio), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.mark.parametrize("preset", ["small", "thesis"])
@every_kind
def test_a_configuration_gives_the_same_network(model, audio, preset):
    network = make(model, audio, preset).generative

    again = type(network).from_config(network.get_config())
    again.build()

    assert [v.shape for v in again.variables] == [v.shape for v in network.variables]
    again.set_weights(network.get_weights())
    for expected, got in zip(outputs(network, audio), outputs(again, audio), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)


@every_kind
def test_equal_seeds_give_equal_weights_and_other_seeds_others(model, audio):
    first, same, other = (
        make(model, audio, seed=seed).generative.get_weights() for seed in (0, 0, 1)
    )

    assert all(np.array_equal(one, two) for one, two in zip(first, same, strict=True))
    assert any(not np.array_equal(one, two) for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("audio", [False, True])
@pytest.mark.parametrize("model", ["vae", "wgan-gp"])
def test_half_precision_gives_float32_and_stays_finite(model, audio, precision):
    made = make(model, audio, precision=precision)

    logs = made.train_step(batch(4 * made.batches_per_step, audio))

    assert {value.dtype for value in logs.values()} == {tf.float32}
    assert all(np.isfinite(v) for name, v in logs.items() if not name.endswith("norm"))
    for covers in outputs(made.generative, audio):
        assert covers.dtype == np.float32
        assert np.isfinite(covers).all()


def test_an_overflow_of_the_vae_skips_the_step_and_halves_the_scale():
    made = make("vae", True, precision="mixed_float16")
    made.network_optimizer.dynamic_scale.assign(2.0**126)
    before = values(made.network.trainable_variables)

    made.train_step(batch(4, True))

    assert not any(moved(before, made.network.trainable_variables))
    assert float(made.network_optimizer.dynamic_scale) == 2.0**125


# Trainable weights of the thesis's networks at 128 px, by hand: convolutions and Denses with their
# biases, norms with scale and shift.
STRIDED = (27 * 32 + 32) + (9 * 32 * 64 + 64) + (9 * 64 * 64 + 64) + (9 * 64 * 128 + 128)
GROWING = (9 * 128 * 64 + 64) + (9 * 64 * 64 + 64) + (9 * 64 * 32 + 32) + (9 * 32 * 3 + 3)
AUTOENCODER = STRIDED + GROWING + 2 * (32 + 64 + 64) + 2 * (64 + 64 + 32)
VAE = AUTOENCODER + 2 * (32768 * 500 + 500) + (500 * 32768 + 32768)
VAE_AUDIO = (
    VAE
    + (1160 * 1107 + 1107 + 2 * 1107)
    + (1107 * 1054 + 1054 + 2 * 1054)
    + (1054 * 1000 + 1000 + 2 * 1000)
    + 2 * (1000 + 1) * (64 + 64 + 32)  # γ and β of each decoder convolution
)
GAN = 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 64 + 64 * 3) + 2 * (
    512 + 256 + 128 + 64 + 64
)
GAN_CRITIC = (
    16 * (3 * 64 + 64 * 64 + 64 * 128 + 128 * 256 + 256 * 512)
    + 16 * 512
    + 2 * (64 + 128 + 256 + 512)
)
UPS = 16 * (512 * 256 + 256 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + (256 + 256 + 128 + 64 + 3)
LSGAN = (1024 * 8192 + 8192) + UPS + 2 * (512 + 256 + 256 + 128 + 64)
LSGAN_CRITIC = (
    16 * (3 * 32 + 32 * 64 + 64 * 128 + 128 * 128 + 128 * 256)
    + 2 * (32 + 64 + 128 + 128 + 256)
    + (4096 + 1)
)
WGAN = (
    (100 * 4096 + 4096)
    + 16 * (256 * 256 + 256 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    + 2 * 9 * 256 * 256
    + (256 + 256 + 256 + 256 + 128 + 64 + 3)
    + 2 * (256 + 256 + 256 + 256 + 256 + 128 + 64)
)
WGAN_CRITIC = (
    16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 256 + 256 * 512)
    + 2 * (64 + 128 + 256 + 256 + 512)
    + (8192 + 1)
)
MLP = (1160 * 944 + 3 * 944) + (944 * 728 + 3 * 728) + (728 * 512 + 3 * 512)


def branches(*channels):
    """Of γ and of β: Dense 512 → h, BN, Dense h → C, BN with h = (512 + C) // 2."""
    return sum(2 * ((513 + 2) * h + (h + 1 + 2) * c) for c in channels for h in ((512 + c) // 2,))


COUNTS = {
    ("ae-resize", False): (AUTOENCODER, 0),
    ("ae-transpose", False): (AUTOENCODER, 0),
    ("vae", False): (VAE, 0),
    ("vae", True): (VAE_AUDIO, 0),
    ("gan", False): (GAN, GAN_CRITIC),
    ("gan", True): (
        GAN - 2 * (512 + 256 + 128 + 64 + 64) + MLP + branches(512, 256, 128, 64, 64),
        GAN_CRITIC,
    ),
    ("lsgan", False): (LSGAN, LSGAN_CRITIC),
    ("lsgan", True): (
        1024 * 8192 + 8192 + UPS + MLP + branches(512, 256, 256, 128, 64),
        WGAN_CRITIC,
    ),
    ("wgan-gp", False): (WGAN, WGAN_CRITIC),
    ("wgan-gp", True): (
        100 * 8192 + 8192 + UPS + MLP + branches(512, 256, 256, 128, 64),
        WGAN_CRITIC,
    ),
}


@every_kind
def test_the_thesis_networks_have_the_thesis_s_parameters(model, audio):
    settings = registry.settings_of(model, "thesis", audio, {})
    made = registry.build(model, settings, audio_width=1160 if audio else 0)

    networks = [made.generative_networks[0], getattr(made, "critic", None)]
    assert settings.image_size == 128
    assert tuple(trainable(network) for network in networks) == COUNTS[model, audio]


def trainable(network):
    if network is None:
        return 0
    return sum(math.prod(variable.shape) for variable in network.trainable_variables)
