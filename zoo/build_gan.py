"""From settings to a GAN."""

import math

import keras

from zoo.build_audio import audio_encoder
from zoo.critic import Critic
from zoo.gan import GAN
from zoo.gan_settings import GanSettings
from zoo.generator import CoverGenerator
from zoo.optimizers import adam
from zoo.settings import fit


def gan(
    settings: GanSettings,
    game: str,
    *,
    audio_width: int = 0,
    precision: str = "float32",
    seed: int = 0,
) -> GAN:
    """A compiled GAN.

    Args:
        settings: what a preset and the user say.
        game: a key of `zoo.games.GAMES`.
        audio_width: how many raw features a sample has; 0 for a model without audio.
        precision: a Keras dtype policy; final layers and losses are float32 under each.
        seed: of the draws; initial weights follow `keras.utils.set_random_seed`.
    """
    levels = int(math.log2(settings.image_size)) - 2
    projected = bool(audio_width) and settings.critic == "projection"

    def generator(name: str) -> CoverGenerator:
        return CoverGenerator(
            settings.latent_dim,
            fit(settings.generator_widths, levels),
            upsampling=settings.upsampling,
            refine=settings.generator_refine,
            bias=settings.generator_bias,
            activate_seed=settings.activate_seed,
            audio_encoder=audio_encoder(
                settings, audio_width, precision, augmented=settings.condition_augmented
            )
            if audio_width
            else None,
            film=settings.film,
            film_init=(settings.film_deviation, settings.film_mean),
            condition_latent=settings.condition_latent,
            initial=settings.initial,
            dtype=precision,
            name=name,
        )

    critic = Critic(
        fit(settings.critic_widths, levels, finest_first=True),
        norm=settings.critic_norm,
        bare=settings.critic_bare,
        linear=settings.critic_linear,
        bias=settings.critic_bias,
        audio_encoder=audio_encoder(settings, audio_width, precision) if projected else None,
        initial=settings.initial,
        dtype=precision,
        name="critic",
    )
    model = GAN(
        generator("generator"),
        critic,
        generator("average") if settings.ema else None,
        game=game,
        seed=seed,
        critic_steps=settings.critic_steps,
        share_batch=settings.share_batch,
        fresh_batch=settings.fresh_batch,
        label=settings.label,
        penalty=settings.penalty,
        penalty_kind=settings.penalty_kind,
        decay=settings.ema,
        augmentations=settings.augment,
        condition_dropout=settings.condition_dropout,
        mismatch=settings.mismatch,
        divergence=settings.divergence,
        variety=settings.variety,
        variety_weight=settings.variety_weight,
        feature_noise=settings.feature_noise,
        name=game.replace("-", "_"),
    )
    model.compile(
        _adam(settings, settings.generator_rate, settings.steps, precision),
        _adam(settings, settings.critic_rate, settings.steps * settings.critic_steps, precision),
    )
    return model


def _adam(
    settings: GanSettings, rate: float, updates: int, precision: str
) -> keras.optimizers.Optimizer:
    return adam(
        rate,
        settings.beta_1,
        settings.beta_2,
        precision,
        updates=updates,
        falling=settings.falling,
    )
