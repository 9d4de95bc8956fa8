import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.networks.critic import Critic, CriticFeatures, score

IMAGES = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32)


@pytest.fixture
def make_critic(make_encoder, stir, heavy):
    """A built critic of 32 px covers with drawn weights."""

    def make(audio=True, **options):
        encoder = make_encoder() if audio else None
        critic = Critic((4, 6, 8), audio_encoder=encoder, **options)
        critic.build()
        stir(critic)
        if audio:
            encoder.scaling.adapt(heavy(50))
        return critic

    return make


def features(critic, images):
    """φ(x), written with TensorFlow's own operations."""
    x = tf.constant(images)
    for convolution, norm in zip(critic.convolutions, critic.norms, strict=True):
        x = tf.nn.conv2d(x, convolution.kernel.value, 2, "SAME")
        if norm is None:
            x += convolution.bias
        else:
            mean, variance = tf.nn.moments(x, (1, 2), keepdims=True)
            x = tf.nn.batch_normalization(x, mean, variance, norm.beta, norm.gamma, 1e-5)
        x = tf.maximum(x, 0.2 * x)
    return tf.reshape(x, (len(images), -1)).numpy()


@pytest.mark.parametrize("norm", ["none", "instance"])
def test_a_score_is_realness_and_the_fit_of_projection_and_condition(make_critic, heavy, norm):
    critic, audio = make_critic(norm=norm), heavy(3)
    seen = features(critic, IMAGES)
    assert seen.shape == (3, 4 * 4 * 8)

    realness = seen @ critic.logit.kernel.numpy()[:, 0] + critic.logit.bias.numpy()
    projected = seen @ critic.projection.kernel.numpy()
    fit = (projected * critic.audio_encoder(audio).numpy()).sum(axis=1) / np.sqrt(4)
    scores = critic(IMAGES, audio)

    assert scores.shape == (3,)
    assert scores.dtype == "float32"
    np.testing.assert_allclose(scores, realness + fit, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("norm", ["none", "instance"])
def test_a_plain_critic_ignores_the_audio(make_critic, heavy, norm):
    critic = make_critic(audio=False, norm=norm)

    expected = features(critic, IMAGES) @ critic.logit.kernel.numpy()[:, 0]
    expected += critic.logit.bias.numpy()
    np.testing.assert_allclose(critic(IMAGES), expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(critic(IMAGES, heavy(3)), critic(IMAGES))
    assert critic.encode_audio(heavy(3)) is None


def test_a_projection_critic_hears_the_audio_or_its_absence(make_critic, heavy):
    critic = make_critic()
    image = np.repeat(IMAGES[:1], 3, axis=0)

    scores = critic(image, heavy(3), keep=np.float32([1, 1, 0])).numpy()

    assert len(set(scores.round(4))) == 3
    null = critic.audio_encoder.null_conditions(1)
    np.testing.assert_allclose(
        scores[2:], score(critic.image_features(IMAGES[:1]), null), rtol=1e-3
    )


def test_the_two_terms_do_not_grow_with_the_condition_s_width():
    realness, ones = np.zeros(1, np.float32), np.ones((1, 64), np.float32)

    assert float(score(CriticFeatures(realness, ones), ones)[0]) == 8.0
    assert float(score(CriticFeatures(realness + 3.0, ones), -ones)[0]) == -5.0
    np.testing.assert_array_equal(score(CriticFeatures(realness, None), None), realness)


@pytest.mark.parametrize("norm", ["none", "instance"])
def test_samples_of_a_batch_do_not_mix(make_critic, heavy, norm):
    critic, audio = make_critic(norm=norm), heavy(3)

    alone = critic(IMAGES[1:2], audio[1:2])

    np.testing.assert_allclose(critic(IMAGES, audio)[1:2], alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("bias", "convolutions", "last"),
    [("all", True, True), ("last", False, True), ("none", False, False)],
)
def test_biases_stand_where_they_are_asked_for(make_critic, bias, convolutions, last):
    critic = make_critic(bias=bias)

    assert [layer.use_bias for layer in critic.convolutions] == 3 * [convolutions]
    assert critic.logit.use_bias == last


@pytest.mark.parametrize(
    "form", [{}, {"norm": "instance"}, {"audio": False, "weight_init": "normal"}]
)
def test_a_saved_critic_judges_the_same(make_critic, plain_config, heavy, tmp_path, form):
    critic = make_critic(**form)
    critic.save(tmp_path / "critic.keras")

    loaded = keras.saving.load_model(tmp_path / "critic.keras", safe_mode=True)

    assert plain_config(loaded) == plain_config(critic)
    assert plain_config(Critic.from_config(critic.get_config())) == plain_config(critic)
    np.testing.assert_array_equal(loaded(IMAGES, heavy(3)), critic(IMAGES, heavy(3)))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_scores_are_float32_under_every_policy(make_critic, heavy, policy):
    exact, mixed = make_critic(norm="instance"), make_critic(norm="instance", dtype=policy)
    mixed.set_weights(exact.get_weights())

    scores = mixed(IMAGES, heavy(3))

    assert scores.dtype == "float32"
    np.testing.assert_allclose(scores, exact(IMAGES, heavy(3)), rtol=0.1, atol=0.5)


def test_an_unknown_norm_is_refused():
    with pytest.raises(ValueError, match=r"norm must be one of .* Received: 'layer'"):
        Critic((4,), norm="layer")
