"""From settings to networks, and the thesis's networks counted."""

import math

import numpy as np
import pytest

from coverzoo.zoo import registry
from coverzoo.zoo.models.build_gan import gan
from coverzoo.zoo.presets.gan import GANSettings

# The generator of the thesis's conditional WGAN-GP, at 128 px, by hand.
AUDIO = (
    (1160 * 944 + 944)  # Dense
    + 2 * 944  # BN, scale and shift
    + (944 * 728 + 728)
    + 2 * 728
    + (728 * 512 + 512)
    + 2 * 512
)  # = 2,161,560
PROJECT = 100 * 8192 + 8192  # z → 4×4×512; its norm learns nothing
UPS = (
    (16 * 512 * 256 + 256)
    + (16 * 256 * 256 + 256)
    + (16 * 256 * 128 + 128)
    + (16 * 128 * 64 + 64)
    + (16 * 64 * 3 + 3)
)  # = 3,804,867
# A branch is Dense 512 → h, BN, Dense h → C, BN with h = (512 + C) // 2; two a level.
LEVELS = 2 * (
    (513 * 512 + 2 * 512 + 513 * 512 + 2 * 512)  # C = 512, h = 512
    + 2 * (513 * 384 + 2 * 384 + 385 * 256 + 2 * 256)  # C = 256 twice, h = 384
    + (513 * 320 + 2 * 320 + 321 * 128 + 2 * 128)  # C = 128, h = 320
    + (513 * 288 + 2 * 288 + 289 * 64 + 2 * 64)  # C = 64, h = 288
)  # = 2,988,224
THESIS_GENERATOR = 9_782_043
# Convolutions without biases, instance norms with scale and shift, Dense 4·4·512 → 1.
CRITIC = (
    16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 256 + 256 * 512)
    + 2 * (64 + 128 + 256 + 256 + 512)
    + (8192 + 1)
)
THESIS_CRITIC = 3_814_785


def trainable(network):
    return sum(math.prod(variable.shape) for variable in network.trainable_variables)


@pytest.fixture(scope="module")
def thesis():
    settings = registry.settings_of("wgan-gp", "thesis", True, {})
    return registry.build("wgan-gp", settings, audio_width=1160)


def test_the_thesis_networks_have_the_thesis_s_parameters(thesis):
    assert AUDIO + PROJECT + UPS + LEVELS == THESIS_GENERATOR
    assert CRITIC == THESIS_CRITIC
    assert trainable(thesis.generator) == THESIS_GENERATOR
    assert trainable(thesis.critic) == THESIS_CRITIC


def test_the_thesis_form_has_none_of_our_additions(thesis):
    encoder = thesis.generator.audio_encoder

    assert thesis.ema_generator is None
    assert thesis.critic.audio_encoder is None
    assert encoder.scaling is None
    assert not encoder.null
    assert thesis.generator.image_size == 128
    assert (thesis.critic_steps, thesis.share_batch, thesis.penalty) == (5, True, 10.0)
    for optimizer in (thesis.generator_optimizer, thesis.critic_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(5e-6)
        assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.5, 0.999, 1e-8)


def bound(fan_in):
    """The deviation of U(±1/√fan-in)."""
    return 1.0 / math.sqrt(3.0 * fan_in)


def test_the_thesis_weights_start_as_in_the_thesis(thesis):
    generator, critic = thesis.generator, thesis.critic
    dense, norm = generator.audio_encoder.stack[0], generator.audio_encoder.stack[1]
    deviations = {
        0.02: [generator.grow[0].kernel, generator.paint.kernel, critic.convolutions[3].kernel],
        1.0: [norm.gamma, norm.beta, generator.films[1].gamma[3].kernel],
        bound(100): [generator.project.kernel, generator.project.bias],
        bound(1160): [dense.kernel, dense.bias],
        bound(8192): [critic.logit.kernel],
        bound(16 * 256): [generator.grow[0].bias],
    }

    for deviation, weights in deviations.items():
        for weight in weights:
            assert np.std(weight) == pytest.approx(deviation, rel=0.1), weight.path
            error = 4.0 * deviation / math.sqrt(math.prod(weight.shape))
            assert np.mean(weight) == pytest.approx(0.0, abs=error), weight.path


@pytest.mark.parametrize("size", [32, 64, 128, 256])
@pytest.mark.parametrize("audio_width", [0, 8])
def test_any_image_size_fits_both_players(size, audio_width):
    settings = GANSettings(
        image_size=size, generator_channels=(4, 3), critic_channels=(3, 4), audio_hidden_units=(4,)
    )

    model = gan(settings, "wgan-gp", audio_width=audio_width)

    assert model.generator.image_size == size
    assert 4 * 2 ** len(model.critic.widths) == size
    assert model.generator.widths[-2:] == (4, 3)
    assert model.critic.widths[:2] == (3, 4)
    assert (model.critic.audio_encoder is None) == (audio_width == 0)


def test_what_the_settings_say_reaches_the_model(make_gan):
    model = make_gan(
        seed=9,
        critic_steps=3,
        penalty=2.0,
        ema=0.5,
        augment=("cutout",),
        condition_dropout=0.2,
        mismatch=0.3,
        divergence=0.4,
        generator_learning_rate=0.01,
        critic_learning_rate=0.02,
        beta_1=0.6,
        beta_2=0.7,
        conditioning_augmentation=True,
        upsampling="transpose",
    )

    assert (model.seed, model.critic_steps, model.gradient_penalty_weight, model.ema_decay) == (
        9,
        3,
        2.0,
        0.5,
    )
    assert model.augmentations == ("cutout",)
    assert (model.condition_dropout, model.mismatch_weight, model.condition_kl_weight) == (
        0.2,
        0.3,
        0.4,
    )
    assert float(model.generator_optimizer.learning_rate) == pytest.approx(0.01)
    assert float(model.critic_optimizer.learning_rate) == pytest.approx(0.02)
    assert (model.critic_optimizer.beta_1, model.critic_optimizer.beta_2) == (0.6, 0.7)
    assert model.generator.audio_encoder.augmented
    assert model.generator.audio_encoder.null
    assert model.generator.concat_condition
    assert model.generator.upsampling == "transpose"
    assert (model.generator.audio_encoder.dim, model.generator.audio_encoder.hidden) == (4, (6,))
