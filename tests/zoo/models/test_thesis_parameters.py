"""The thesis's networks have as many trainable weights as those of the thesis, counted by hand."""

import math

import pytest

from coverzoo.zoo import registry

# At 128 px: convolutions and Denses with their biases, norms with scale and shift.
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
    """Two branches per level, Dense 512 → h, BN, Dense h → C, BN with h = (512 + C) // 2."""
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


def trainable(network):
    """The number of a network's trainable weights; 0 for None."""
    variables = network.trainable_variables if network is not None else []
    return sum(math.prod(variable.shape) for variable in variables)


def test_every_thesis_preset_is_counted():
    presets = {
        (model, audio)
        for model in registry.MODELS
        for audio in (False, True)
        if "thesis" in registry.presets_of(model, audio)
    }

    assert set(COUNTS) == presets


@pytest.mark.parametrize(("model", "audio"), COUNTS)
def test_the_thesis_networks_have_the_parameters_of_the_thesis(model, audio):
    settings = registry.settings_of(model, "thesis", audio, {})
    made = registry.build(model, settings, audio_width=1160 if audio else 0)

    networks = [made.generative_networks[0], getattr(made, "critic", None)]
    assert settings.image_size == 128
    assert tuple(trainable(network) for network in networks) == COUNTS[model, audio]


def test_the_conditional_wgan_gp_has_the_number_of_weights_that_the_thesis_states():
    assert COUNTS["wgan-gp", True] == (9_782_043, 3_814_785)
