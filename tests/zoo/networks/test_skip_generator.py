import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo import registry
from coverzoo.zoo.networks.skip_generator import SkipGenerator
from coverzoo.zoo.noise import normal

Z = normal(0, range(3), 5)


@pytest.fixture
def make_skip(make_encoder, heavy, stir):
    """A built generator of 32 px covers with drawn weights, its encoder fitted to `heavy`."""

    def make(audio=True, null=True, **options):
        encoder = make_encoder(null=null) if audio else None
        generator = SkipGenerator(5, (8, 6, 4, 4), audio_encoder=encoder, **options)
        generator.build()
        stir(generator)
        if audio:
            encoder.scaling.adapt(heavy(50))
        return generator

    return make


@pytest.mark.parametrize("side", [32, 64, 128])
def test_settings_yield_covers_of_every_size_with_the_finest_channels_at_the_full_side(side):
    settings = registry.settings_of(
        "wgan-gp", "small", False, {"generator": "skip", "image_size": side}
    )
    generator = registry.build("wgan-gp", settings).generative

    assert generator.image_size == side
    assert generator.channels[-2:] == (16, 8)
    covers = generator.generate(np.zeros((2, settings.latent_dim)))
    assert covers.shape == (2, side, side, 3)
    assert covers.dtype == "float32"


@pytest.mark.parametrize("training", [False, True])
def test_a_constant_stem_yields_covers_of_one_colour(make_skip, training):
    generator = make_skip()
    stem = tf.tile(tf.random.stateless_normal((3, 1, 1, 8), (0, 1)), (1, 4, 4, 1))
    modulation = tf.random.stateless_normal((3, 9), (0, 2))

    covers = generator.from_stem(stem, modulation, training=training).numpy()

    one_pixel = np.broadcast_to(covers[:, :1, :1], covers.shape)
    np.testing.assert_allclose(covers, one_pixel, atol=2e-5)
    assert np.std(covers[:, 0, 0]) > 1e-2


@pytest.mark.parametrize("audio", [False, True])
def test_the_noise_modulates_every_stage(make_skip, audio):
    generator = make_skip(audio=audio)
    z = tf.constant(Z)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        condition = None if not audio else tf.ones((3, 4))
        modulation = z if not audio else tf.concat([z, condition], -1)
        parameters = [film.parameters(modulation)[0] for film in generator.films]

    assert len(parameters) == 4
    for gamma in parameters:
        assert (np.abs(tape.gradient(gamma, z)) > 0.0).all()


def test_one_stage_alone_lets_the_noise_through(make_skip):
    generator = make_skip(audio=False)
    stem = tf.random.stateless_normal((1, 4, 4, 8), (0, 1))
    for chosen in generator.films:
        generator.set_weights(make_skip(audio=False).get_weights())
        for film in generator.films:
            if film is not chosen:
                film.modulation.kernel.assign(tf.zeros_like(film.modulation.kernel))
        first, second = (generator.from_stem(stem, z[None]) for z in Z[:2])
        assert np.abs(first - second).max() > 1e-3


def test_the_cover_is_the_tanh_of_the_sum_of_the_rgb_of_every_side(make_skip):
    generator = make_skip()
    stem = tf.random.stateless_normal((2, 4, 4, 8), (0, 1))
    modulation = tf.random.stateless_normal((2, 9), (0, 2))
    for layer in generator.to_rgb:  # where float32 resolves tanh
        layer.kernel.assign(0.02 * layer.kernel)
    expected = np.arctanh(generator.from_stem(stem, modulation).numpy())

    # Bilinear doubling is linear, so the RGB of each side alone is a summand.
    kernels = [layer.kernel.numpy() for layer in generator.to_rgb]
    total = np.zeros_like(expected) + generator.to_rgb[-1].bias.numpy()
    generator.to_rgb[-1].bias.assign(np.zeros(3))
    for chosen in range(4):
        for index, layer in enumerate(generator.to_rgb):
            layer.kernel.assign(kernels[index] * (index == chosen))
        total += np.arctanh(generator.from_stem(stem, modulation).numpy())

    np.testing.assert_allclose(total, expected, atol=1e-3)


@pytest.mark.parametrize("concat_condition", [True, False])
def test_strength_interpolates_from_the_null_condition_to_the_audio(
    make_skip, audio, concat_condition
):
    generator = make_skip(concat_condition=concat_condition)

    null, full = generator.generate(Z), generator.generate(Z, audio)

    assert np.abs(null - full).max() > 1e-3
    np.testing.assert_allclose(generator.generate(Z, audio, 0.0), null, atol=5e-4)
    np.testing.assert_allclose(generator.generate(Z, audio, 1.0), full, atol=5e-4)


def test_a_generator_without_a_null_condition_needs_audio(make_skip):
    with pytest.raises(ValueError, match=r"^audio: this model has no null condition"):
        make_skip(null=False).generate(Z)


@pytest.mark.parametrize("form", [{"audio": False}, {"concat_condition": True}])
def test_a_saved_generator_generates_the_same_covers(
    make_skip, audio, plain_config, form, tmp_path
):
    generator = make_skip(**form)
    inputs = (Z,) if form.get("audio") is False else (Z, audio)
    generator.save(tmp_path / "model.keras")

    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)

    assert plain_config(loaded) == plain_config(generator)
    np.testing.assert_array_equal(loaded(*inputs), generator(*inputs))


@pytest.mark.parametrize("key", ["upsampling", "film", "generator_extra_convs"])
def test_a_setting_of_another_generator_is_refused(key):
    with pytest.raises(
        ValueError, match=f"^{key}: generator=skip has no such setting. Use generator=conv$"
    ):
        registry.settings_of("gan", "small", True, {"generator": "skip", key: "resize"})
