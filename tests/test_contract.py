"""What every model keeps, plain and with audio, at few channels and 32 px.

All is derived from the registry: a further model is tested as its entry declares it.
"""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo import registry

AUDIO_WIDTH = 8  # raw audio features, two halves of four
# A model takes the settings that it has.
SMALL_SIZES = {
    "image_size": 32,
    "batch_size": 4,
    "encoder_channels": (4, 6, 6),
    "bottleneck_channels": 5,
    "latent_dim": 5,
    "generator_channels": (8, 6, 4),
    "critic_channels": (4, 6, 8),
    "audio_embedding_dim": 4,
    "audio_hidden_units": (6,),
    "condition_dropout": 0.4,
}
GANS = [model for model, entry in registry.MODELS.items() if entry.loss]
VARIANTS = [
    pytest.param(model, audio, id=model + "-audio" * audio)
    for model, entry in registry.MODELS.items()
    for audio in (False, True)[: 1 + entry.audio]
]
PRESET_VARIANTS = [
    pytest.param(*variant.values, preset, id=f"{variant.id}-{preset}")
    for variant in VARIANTS
    for preset in registry.presets_of(*variant.values)
    if preset != "full"  # it differs from `small` by sizes and rates
]
every_variant = pytest.mark.parametrize(("model", "audio"), VARIANTS)
every_preset = pytest.mark.parametrize(("model", "audio", "preset"), PRESET_VARIANTS)
every_gan_preset = pytest.mark.parametrize(
    ("model", "audio", "preset"),
    [variant for variant in PRESET_VARIANTS if variant.values[0] in GANS],
)
# One model per builder: only the networks depend on the precision.
BUILDERS = {entry.build: model for model, entry in registry.MODELS.items()}
every_network = pytest.mark.parametrize(
    ("model", "audio"),
    [variant for variant in VARIANTS if variant.values[0] in BUILDERS.values()],
)
RAW = np.random.default_rng(0).standard_cauchy((50, AUDIO_WIDTH)) * 10.0 ** np.arange(-20, 12, 4)


def sizes(model):
    """The small sizes that a model has."""
    fields = registry.MODELS[model].settings.model_fields
    return {key: value for key, value in SMALL_SIZES.items() if key in fields}


def make(model, audio, preset="small", *, precision="float32", seed=0):
    """A compiled model of small networks, its scaling fitted to heavy-tailed audio."""
    settings = registry.settings_of(model, preset, audio, sizes(model))
    keras.utils.set_random_seed(seed)
    made = registry.build(
        model, settings, audio_width=AUDIO_WIDTH if audio else 0, precision=precision, seed=seed
    )
    if audio:
        made.adapt(RAW)
    return made


# For tests that hold for any weights, so that one may have trained what the next one gets.
make_shared = cache(make)


def batch(count, audio, seed=0):
    """A batch as training gets it."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(-1, 1, (count, 32, 32, 3)).astype(np.float32)
    made = {"image": images, "genre": np.zeros(count, np.int32)}
    if audio:
        made |= {"audio": RAW[seed : seed + count].astype(np.float32), "group": np.arange(count)}
        made |= {"epoch": np.zeros(count, np.int64)}
    return {name: tf.constant(value) for name, value in made.items()}


def outputs(model, network, audio, count=3):
    """Covers that the network of a model generates and reconstructs from fixed inputs."""
    entry, given = registry.MODELS[model], batch(count, audio)
    condition = (given["audio"],) if audio else ()
    covers = []
    if entry.generates:
        z = np.random.default_rng(1).standard_normal((count, network.latent_dim))
        covers.append(network.generate(z, *condition))
    if entry.reconstructs:
        covers.append(network.reconstruct(given["image"], *condition))
    return [np.asarray(made) for made in covers]


def networks_of(model, made):
    """The networks that a model trains."""
    return [made.generative_networks[0], *([made.critic] if registry.MODELS[model].loss else [])]


def values(variables):
    return [np.array(variable) for variable in variables]


def moved(before, variables):
    return [
        not np.array_equal(old, new) for old, new in zip(before, values(variables), strict=True)
    ]


def has_bias_gradient(loss):
    """Whether a constant added to all scores, of a critic that is not trained yet, matters."""
    constant = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        value = loss.critic(tf.constant([0.3, -0.2]) + constant, tf.constant([0.5, 0.1]) + constant)
    return float(tape.gradient(value, constant)) != 0.0


@pytest.mark.parametrize("model", registry.MODELS)
def test_an_entry_declares_what_its_model_does(model):
    entry = registry.MODELS[model]

    assert entry.generates or entry.reconstructs
    assert bool(registry.presets_of(model, True)) == entry.audio
    if entry.loss:
        loss = registry.load_object(entry.loss)
        assert loss.uses_real_label == ("real_label" not in entry.unused)
    if not entry.audio:
        settings = registry.settings_of(model, "small", False, sizes(model))
        with pytest.raises(ValueError, match=f"{model} cannot be conditioned on audio"):
            registry.build(model, settings, audio_width=AUDIO_WIDTH)


@every_variant
def test_covers_are_float32_between_minus_one_and_one(model, audio):
    for covers in outputs(model, make_shared(model, audio).generative, audio):
        assert covers.dtype == np.float32
        assert covers.shape == (3, 32, 32, 3)
        assert np.abs(covers).max() <= 1.0
        assert covers.std() > 1e-4


@every_variant
def test_two_steps_move_every_weight_with_finite_gradients(model, audio):
    made = make(model, audio)
    networks = networks_of(model, made)
    before = [values(network.trainable_variables) for network in networks]

    for _ in range(2):  # weights behind a layer that is initialised to zero move in the second
        # Enough samples that some of the half that a diversity target trains on keep their audio.
        logs = made.train_step(batch(12 * made.batches_per_step, audio))
        assert all(np.isfinite(value) for value in logs.values())

    still = [
        variable.path
        for network, old in zip(networks, before, strict=True)
        for variable, has_moved in zip(
            network.trainable_variables, moved(old, network.trainable_variables), strict=True
        )
        if not has_moved
    ]
    loss = registry.MODELS[model].loss
    if loss and not has_bias_gradient(registry.load_object(loss)):
        still = [path for path in still if path != made.critic.logit.bias.path]
    assert still == []


@every_gan_preset
def test_each_update_moves_the_weights_of_its_own_network_only(model, audio, preset):
    made, given = make_shared(model, audio, preset), batch(4, audio)
    networks = {"critic": made.critic, "generator": made.generator}
    updates = {
        "critic": lambda: made._update_critic(given, 0),
        "generator": lambda: made._update_generator(given),
    }

    for trained, update in updates.items():
        before = {name: values(network.trainable_variables) for name, network in networks.items()}
        update()
        for name, network in networks.items():
            has_moved = any(moved(before[name], network.trainable_variables))
            assert has_moved == (name == trained)


@every_variant
def test_a_step_takes_batches_of_any_size(model, audio):
    made = make_shared(model, audio)

    for count in (2, 5):
        logs = made.train_step(batch(count * made.batches_per_step, audio))
        assert all(np.isfinite(value) for value in logs.values())
        assert {len(made) for made in outputs(model, made.generative, audio, count)} == {count}


@every_preset
def test_a_saved_model_generates_and_reconstructs_the_same(model, audio, preset, tmp_path):
    made = make_shared(model, audio, preset)
    made.train_step(batch(4 * made.batches_per_step, audio))
    network = made.generative

    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)

    pairs = zip(outputs(model, network, audio), outputs(model, loaded, audio), strict=True)
    for expected, got in pairs:
        np.testing.assert_allclose(got, expected, atol=1e-6)


@every_variant
def test_a_configuration_describes_the_network(model, audio):
    network = make_shared(model, audio).generative

    again = type(network).from_config(network.get_config())
    again.build()

    assert [v.shape for v in again.variables] == [v.shape for v in network.variables]
    again.set_weights(network.get_weights())
    pairs = zip(outputs(model, network, audio), outputs(model, again, audio), strict=True)
    for expected, got in pairs:
        np.testing.assert_allclose(got, expected, atol=1e-6)


@every_variant
def test_equal_seeds_initialise_equal_weights_and_other_seeds_others(model, audio):
    first, same, other = (
        make(model, audio, seed=seed).generative.get_weights() for seed in (0, 0, 1)
    )

    assert all(np.array_equal(one, two) for one, two in zip(first, same, strict=True))
    assert any(not np.array_equal(one, two) for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
@every_network
def test_half_precision_returns_float32_and_stays_finite(model, audio, precision):
    made = make(model, audio, precision=precision)

    logs = made.train_step(batch(4 * made.batches_per_step, audio))

    assert {value.dtype for value in logs.values()} == {tf.float32}
    assert all(np.isfinite(v) for name, v in logs.items() if not name.endswith("norm"))
    for covers in outputs(model, made.generative, audio):
        assert covers.dtype == np.float32
        assert np.isfinite(covers).all()
