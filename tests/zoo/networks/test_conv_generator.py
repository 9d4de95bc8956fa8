import numpy as np
import pytest

from coverzoo.zoo.networks.conv_generator import ConvGenerator
from coverzoo.zoo.noise import normal

Z = normal(0, range(3), 5)


def test_covers_are_float32_between_minus_one_and_one(make_generator, audio, form):
    generator = make_generator(**form)

    covers = generator.generate(Z, audio if form["audio"] else None)

    assert covers.shape == (3, 32, 32, 3)
    assert covers.dtype == "float32"
    assert np.abs(covers).max() <= 1.0
    assert np.std(covers[0] - covers[1]) > 1e-3  # different noise
    assert generator.image_size == 32


@pytest.mark.parametrize("channels", [(4,), (4, 4, 4), (4, 4, 4, 4, 4)])
def test_each_further_level_of_channels_doubles_the_side(channels):
    generator = ConvGenerator(2, channels)
    generator.build()

    assert (
        generator.generate(np.zeros((1, 2))).shape[1]
        == generator.image_size
        == 4 * 2 ** len(channels)
    )


def test_bilinear_doubling_of_a_constant_map_adds_no_grid(stir):
    generator = ConvGenerator(3, (8, 6, 4), upsampling="bilinear")
    generator.build()
    stir(generator)
    kernel, bias = generator.stem.kernel, generator.stem.bias
    for weight in (kernel, bias):  # the same values at every place of the 4×4 map
        weight.assign(np.tile(weight.numpy()[..., :8], 16))

    covers = generator.generate(np.ones((2, 3), np.float32)).numpy()

    np.testing.assert_allclose(covers, np.broadcast_to(covers[:, :1, :1], covers.shape), atol=2e-5)
    assert covers.std() > 1e-2


@pytest.mark.parametrize("film", ["identity", "branched"])
def test_the_audio_changes_the_cover(make_generator, audio, film):
    generator = make_generator(film=film)

    covers = generator.generate(np.repeat(Z[:1], 3, axis=0), audio).numpy()

    assert np.std(covers[0] - covers[1]) > 1e-3


@pytest.mark.parametrize("film", ["identity", "branched"])
@pytest.mark.parametrize("film_noise", [True, False])
def test_with_film_noise_the_noise_enters_beside_the_stem(make_generator, audio, film, film_noise):
    generator = make_generator(film=film, film_noise=film_noise)
    generator.stem.kernel.assign(np.zeros(generator.stem.kernel.shape))
    one_track = np.repeat(audio[:1], 3, axis=0)

    covers = generator.generate(Z, one_track).numpy()

    assert (np.std(covers[0] - covers[1]) > 1e-3) == film_noise


def test_the_finest_channels_are_rectified_and_added_to_the_rgb(make_generator, audio):
    generator = make_generator(finest_channels=2, upsampling="bilinear")
    kernel, bias = 0.05 * generator.to_rgb.kernel.numpy(), generator.to_rgb.bias.numpy()
    generator.to_rgb.kernel.assign(kernel)  # far from where tanh saturates
    mix = generator.detail.kernel.numpy()
    plain = make_generator(upsampling="bilinear")  # with the same weights before the last layer
    channels = []
    for channel in range(5):
        plain.to_rgb.kernel.assign(np.repeat(kernel[:, :, channel, None], 3, axis=2))
        plain.to_rgb.bias.assign(np.repeat(bias[channel], 3))
        channels.append(np.arctanh(plain.generate(Z, audio).numpy()[..., 0]))
    channels = np.stack(channels, axis=-1)
    expected = np.tanh(channels[..., :3] + np.maximum(channels[..., 3:], 0.0) @ mix)

    covers = generator.generate(Z, audio).numpy()

    np.testing.assert_allclose(covers, expected, atol=1e-4)
    assert np.abs(covers - np.tanh(channels[..., :3])).max() > 0.05


@pytest.mark.parametrize("concat_condition", [True, False])
def test_strength_interpolates_from_the_null_condition_to_the_audio_and_beyond(
    make_generator, audio, concat_condition
):
    generator = make_generator(concat_condition=concat_condition)
    plain = generator.generate(Z, audio)

    np.testing.assert_allclose(generator.generate(Z, audio, 0.0), generator.generate(Z), atol=5e-4)
    np.testing.assert_allclose(generator.generate(Z, audio, 1.0), plain, atol=5e-4)
    np.testing.assert_allclose(generator(Z, audio), plain, atol=5e-4)
    null, conditioned = generator.audio_encoder.null_conditions(3), generator.audio_encoder(audio)
    np.testing.assert_allclose(
        generator.generate(Z, audio, 2.0),
        generator.generate_from(Z, null + 2.0 * (conditioned - null)),
        atol=5e-4,
    )


def test_strength_can_differ_between_the_covers_of_a_batch(make_generator, audio):
    generator = make_generator()

    covers = generator.generate(Z, audio, [0.0, 1.0, 2.0]).numpy()

    for index in range(3):
        alone = generator.generate(Z[index, None], audio[index, None], float(index))
        np.testing.assert_allclose(covers[index], alone[0], atol=1e-4)


def test_a_cover_does_not_depend_on_the_rest_of_the_batch(make_generator, audio):
    generator = make_generator(film="branched")

    alone = generator.generate(Z[1:2], audio[1:2])

    np.testing.assert_allclose(generator.generate(Z, audio)[1:2], alone, atol=1e-4)


def test_generate_uses_the_current_weights(make_generator):
    generator = make_generator(audio=False)
    before = generator.generate(Z).numpy()

    generator.to_rgb.bias.assign([3.0, 0.0, -3.0])

    assert (generator.generate(Z).numpy() != before).any()


def test_audio_has_no_effect_on_an_untrained_generator(make_encoder, heavy):
    generator = ConvGenerator(5, (8, 6, 4), audio_encoder=make_encoder(heavy(50)))
    generator.build()

    np.testing.assert_array_equal(generator.generate(Z, heavy(3)), generator.generate(Z))


def test_initial_kernels_are_uncorrelated(make_encoder):
    generator = ConvGenerator(
        5, (6, 6, 6, 6), "transpose", audio_encoder=make_encoder(), weight_init="normal"
    )
    generator.build()

    kernels = [
        up.kernel.numpy()[..., :3, :].ravel() for up in (*generator.convolutions, generator.to_rgb)
    ]

    correlations = np.corrcoef(np.stack(kernels)) - np.eye(4)
    assert np.abs(correlations).max() < 5.0 / np.sqrt(kernels[0].size)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_generates_almost_the_same_covers_in_float32(make_generator, audio, policy):
    exact, mixed = make_generator(), make_generator(dtype=policy)
    mixed.set_weights(exact.get_weights())

    covers = mixed.generate(Z, audio)

    assert covers.dtype == "float32"
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    assert np.abs(covers - exact.generate(Z, audio)).mean() < 0.1


ONE_TRACK = np.ones((1, 8), np.float32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((np.zeros((2, 4))),), r"z must be \(B, 5\). Received: \(2, 4\)"),
        (((np.zeros(5)),), r"z must be \(B, 5\). Received: \(5,\)"),
        ((Z, np.ones((3, 7))), r"audio must be \(B, 8\). Received: \(3, 7\)"),
        ((Z, np.ones(8)), r"audio must be \(B, 8\). Received: \(8,\)"),
        ((Z, ONE_TRACK), "z has 3 rows and audio has 1"),
        ((np.zeros((0, 5)),), r"z must have at least one row. Received: \(0, 5\)"),
        ((Z * np.nan,), "z must be finite. Received: NaN or infinity"),
        ((Z[:1], ONE_TRACK * np.inf), "audio must be finite. Received: NaN or infinity"),
        ((Z[:1], ONE_TRACK, np.nan), "strength must be finite. Received: NaN or infinity"),
        (("noise",), r"z must be numbers of shape \(B, 5\). Received: str"),
        ((Z[:1], ONE_TRACK, [1.0, 2.0]), r"strength must be a number or \(1,\). Received: \(2,\)"),
        ((Z[:1], ONE_TRACK, [[1.0]]), r"strength must be a number or \(1,\). Received: \(1, 1\)"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(make_generator, arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make_generator().generate(*arguments)


def test_covers_without_audio_differ_from_covers_with_audio(make_generator, audio):
    model = make_generator()
    z = np.zeros((2, model.latent_dim), np.float32)

    without = model.generate(z)
    conditioned = model.generate(z, audio[:2])

    np.testing.assert_allclose(model.generate(z, audio[:2], 0.0), without, atol=1e-6)
    assert np.abs(conditioned - without).max() > 1e-4


def test_a_generator_without_audio_refuses_audio(make_generator, audio):
    for call in (make_generator(audio=False).generate, make_generator(audio=False)):
        with pytest.raises(
            ValueError, match="audio: this model was trained without audio; pass None"
        ):
            call(Z, audio)


def test_a_generator_without_a_null_condition_needs_audio_and_strength_one(make_generator, audio):
    generator = make_generator(null=False)

    np.testing.assert_array_equal(generator.generate(Z, audio, 1.0), generator.generate(Z, audio))
    with pytest.raises(ValueError, match=r"^strength must be 1: this model has no null condition"):
        generator.generate(Z, audio, 0.5)
    with pytest.raises(ValueError, match=r"^audio: this model has no null condition, so it needs"):
        generator.generate(Z)


def test_one_trace_serves_all_batch_sizes(make_generator, audio, caplog, monkeypatch):
    generator = make_generator()
    traces, generate_from = [], generator.generate_from

    def counted(*arguments, **options):
        traces.append(1)
        return generate_from(*arguments, **options)

    monkeypatch.setattr(generator, "generate_from", counted)

    for count in range(1, 9):
        z = np.zeros((count, 5), np.float32)
        assert len(generator.generate(z)) == count
        assert len(generator.generate(z, np.repeat(audio[:1], count, axis=0))) == count

    assert len(traces) == 2  # without audio and with it
    assert "retracing" not in caplog.text
