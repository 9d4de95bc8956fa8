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
    """φ(x), written in TensorFlow's own operations."""
    x = tf.constant(images)
    levels = zip(critic.convolutions, critic.norms, critic.residuals, strict=True)
    for convolution, norm, residual in levels:
        x = tf.nn.conv2d(x, convolution.kernel.value, 2, "SAME")
        if norm is None:
            x += convolution.bias
        else:
            mean, variance = tf.nn.moments(x, (1, 2), keepdims=True)
            x = tf.nn.batch_normalization(x, mean, variance, norm.beta, norm.gamma, 1e-5)
        x = tf.maximum(x, 0.2 * x)
        if residual is not None:
            added = tf.nn.conv2d(x, residual.kernel.value, 1, "SAME") + residual.bias
            x = (x + tf.maximum(added, 0.2 * added)) / np.sqrt(2, dtype=np.float32)
    return tf.reshape(x, (len(images), -1)).numpy()


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("norm", ["none", "instance"])
def test_a_score_is_the_logit_plus_the_projection_s_product_with_the_condition(
    make_critic, heavy, norm, residual
):
    critic, audio = make_critic(norm=norm, residual=residual), heavy(3)
    named = [layer.name for layer in critic.residuals if layer is not None]
    assert named == (["residual_1", "residual_2"] if residual else [])
    phi = features(critic, IMAGES)
    assert phi.shape == (3, 4 * 4 * 8)

    logit = phi @ critic.logit.kernel.numpy()[:, 0] + critic.logit.bias.numpy()
    projection = phi @ critic.projection.kernel.numpy()
    product = (projection * critic.audio_encoder(audio).numpy()).sum(axis=1) / np.sqrt(4)
    scores = critic(IMAGES, audio)

    assert scores.shape == (3,)
    assert scores.dtype == "float32"
    np.testing.assert_allclose(scores, logit + product, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("norm", ["none", "instance"])
def test_an_unconditional_critic_ignores_the_audio(make_critic, heavy, norm):
    critic = make_critic(audio=False, norm=norm)

    expected = features(critic, IMAGES) @ critic.logit.kernel.numpy()[:, 0]
    expected += critic.logit.bias.numpy()
    np.testing.assert_allclose(critic(IMAGES), expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(critic(IMAGES, heavy(3)), critic(IMAGES))
    assert critic.encode_audio(heavy(3)) is None


def test_a_projection_critic_depends_on_the_audio_and_on_the_null_condition(make_critic, heavy):
    critic = make_critic()
    image = np.repeat(IMAGES[:1], 3, axis=0)

    scores = critic(image, heavy(3), keep=np.float32([1, 1, 0])).numpy()

    assert len(set(scores.round(4))) == 3
    null = critic.audio_encoder.null_conditions(1)
    np.testing.assert_allclose(
        scores[2:], score(critic.image_features(IMAGES[:1]), null), rtol=1e-3
    )


def test_the_projection_term_is_divided_by_the_root_of_the_condition_s_dimension():
    logit, ones = np.zeros(1, np.float32), np.ones((1, 64), np.float32)

    assert float(score(CriticFeatures(logit, ones), ones)[0]) == 8.0
    assert float(score(CriticFeatures(logit + 3.0, ones), -ones)[0]) == -5.0
    np.testing.assert_array_equal(score(CriticFeatures(logit, None), None), logit)


@pytest.mark.parametrize("norm", ["none", "instance"])
def test_a_score_does_not_depend_on_the_rest_of_the_batch(make_critic, heavy, norm):
    critic, audio = make_critic(norm=norm), heavy(3)

    alone = critic(IMAGES[1:2], audio[1:2])

    np.testing.assert_allclose(critic(IMAGES, audio)[1:2], alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("bias", "convolutions", "last"),
    [("all", True, True), ("last", False, True), ("none", False, False)],
)
def test_only_the_layers_that_bias_names_have_a_bias(make_critic, bias, convolutions, last):
    critic = make_critic(bias=bias)

    assert [layer.use_bias for layer in critic.convolutions] == 3 * [convolutions]
    assert critic.logit.use_bias == last


@pytest.mark.parametrize(
    "options", [{}, {"norm": "instance"}, {"audio": False, "weight_init": "normal"}]
)
def test_a_saved_critic_returns_the_same_scores(
    make_critic, plain_config, heavy, tmp_path, options
):
    critic = make_critic(**options)
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
