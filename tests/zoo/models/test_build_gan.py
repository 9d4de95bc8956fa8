"""From settings to networks."""

import math

import numpy as np
import pytest

from coverzoo.zoo import registry
from coverzoo.zoo.models.build_gan import gan
from coverzoo.zoo.models.conditioning import Conditioning


@pytest.fixture(scope="module")
def thesis():
    settings = registry.settings_of("wgan-gp", "thesis", True, {})
    return registry.build("wgan-gp", settings, audio_width=1160)


def test_the_thesis_preset_has_none_of_our_additions(thesis):
    encoder = thesis.generator.audio_encoder

    assert thesis.ema_generator is None
    assert thesis.critic.audio_encoder is None
    assert encoder.scaling is None
    assert not encoder.null
    assert thesis.generator.image_size == 128
    assert (thesis.critic_steps, thesis.share_batch, thesis.gradient_penalty_weight) == (
        5,
        True,
        10.0,
    )
    for optimizer in (thesis.generator_optimizer, thesis.critic_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(5e-6)
        assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.5, 0.999, 1e-8)


def uniform_stddev(fan_in):
    """The standard deviation of U(±1/√fan-in)."""
    return 1.0 / math.sqrt(3.0 * fan_in)


def test_the_thesis_preset_initialises_weights_as_the_thesis_did(thesis):
    generator, critic = thesis.generator, thesis.critic
    dense, norm = generator.audio_encoder.stack[0], generator.audio_encoder.stack[1]
    deviations = {
        0.02: [
            generator.convolutions[0].kernel,
            generator.to_rgb.kernel,
            critic.convolutions[3].kernel,
        ],
        1.0: [norm.gamma, norm.beta, generator.films[1].gamma[3].kernel],
        uniform_stddev(100): [generator.stem.kernel, generator.stem.bias],
        uniform_stddev(1160): [dense.kernel, dense.bias],
        uniform_stddev(8192): [critic.logit.kernel],
        uniform_stddev(16 * 256): [generator.convolutions[0].bias],
    }

    for deviation, weights in deviations.items():
        for weight in weights:
            assert np.std(weight) == pytest.approx(deviation, rel=0.1), weight.path
            error = 4.0 * deviation / math.sqrt(math.prod(weight.shape))
            assert np.mean(weight) == pytest.approx(0.0, abs=error), weight.path


@pytest.mark.parametrize("size", [32, 64, 128, 256])
@pytest.mark.parametrize("audio_width", [0, 8])
def test_channels_are_fitted_to_any_image_size(size, audio_width):
    settings = registry.MODELS["wgan-gp"].settings(
        image_size=size, generator_channels=(4, 3), critic_channels=(3, 4), audio_hidden_units=(4,)
    )

    model = gan(settings, "wgan-gp", audio_width=audio_width)

    assert model.generator.image_size == size
    assert 4 * 2 ** len(model.critic.channels) == size
    assert model.generator.channels[-2:] == (4, 3)
    assert model.critic.channels[:2] == (3, 4)
    assert (model.critic.audio_encoder is None) == (audio_width == 0)


def test_settings_reach_the_model(make_gan):
    model = make_gan(
        seed=9,
        critic_steps=3,
        gradient_penalty_weight=2.0,
        ema_decay=0.5,
        augment=("cutout",),
        condition_dropout=0.2,
        mismatch_weight=0.3,
        mismatch_margin=5.0,
        contrastive_weight=0.7,
        cover_contrastive_weight=0.8,
        vicinal_fraction=0.6,
        vicinal_epoch=3,
        condition_kl_weight=0.4,
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
    assert model.conditioning == Conditioning(0.3, 5.0, 0.7, 0.8, 0.6, 3)
    assert (model.condition_dropout, model.condition_kl_weight) == (0.2, 0.4)
    assert float(model.generator_optimizer.learning_rate) == pytest.approx(0.01)
    assert float(model.critic_optimizer.learning_rate) == pytest.approx(0.02)
    assert (model.critic_optimizer.beta_1, model.critic_optimizer.beta_2) == (0.6, 0.7)
    assert model.generator.audio_encoder.augmented
    assert model.generator.audio_encoder.null
    assert model.generator.concat_condition
    assert model.generator.upsampling == "transpose"
    assert (model.generator.audio_encoder.dim, model.generator.audio_encoder.hidden_units) == (
        4,
        (6,),
    )
