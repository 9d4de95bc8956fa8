"""Training in half precision, with networks small enough for a CPU."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.models.optimizers import adam

HALF_PRECISIONS = ["mixed_float16", "mixed_bfloat16"]


@pytest.mark.parametrize("precision", HALF_PRECISIONS)
@pytest.mark.parametrize(
    "form",
    [
        {"mismatch_weight": 1.0, "conditioning_augmentation": True},
        {
            "film": "branched",
            "audio_batch_norm": True,
            "scale_features": False,
            "critic_conditioning": "none",
            "critic_norm": "instance",
        },
    ],
    ids=["ours", "thesis"],
)
def test_a_step_in_half_precision_returns_finite_float32(make_gan, make_batch, precision, form):
    model = make_gan(precision=precision, ema_decay=0.9, **form)

    logs = model.train_step(make_batch(4))

    assert {value.dtype for value in logs.values()} == {tf.float32}
    losses = [value for name, value in logs.items() if not name.endswith("norm")]
    assert all(
        np.isfinite(value) for value in losses
    )  # a norm overflows until the loss scale has settled
    assert {variable.dtype for variable in model.variables} == {"float32"}
    assert all(np.isfinite(variable.numpy()).all() for variable in model.variables)
    cover = model.generative.generate(np.ones((2, 5)), make_batch(2)["audio"])
    assert cover.dtype == tf.float32
    assert np.isfinite(cover).all()


@pytest.mark.parametrize("precision", HALF_PRECISIONS)
def test_half_precision_has_almost_the_same_losses_and_norms_as_float32(
    make_gan, make_batch, precision
):
    exact, half = make_gan(), make_gan(precision=precision)
    half.set_weights(exact.get_weights())

    expected, got = exact.train_step(make_batch(4)), half.train_step(make_batch(4))

    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, rtol=0.1, atol=0.1, err_msg=name)


@pytest.mark.parametrize(
    ("overflowing", "other"), [("critic", "generator"), ("generator", "critic")]
)
def test_an_overflow_skips_the_update_and_halves_the_scale_of_its_own_optimizer(
    make_gan, make_batch, snapshot, overflowing, other
):
    model = make_gan(precision="mixed_float16")
    networks = {"critic": model.critic, "generator": model.generator}
    optimizers = {"critic": model.critic_optimizer, "generator": model.generator_optimizer}
    optimizers[overflowing].dynamic_scale.assign(2.0**126)
    initial_scale = float(optimizers[other].dynamic_scale)
    before = {name: snapshot(networks[name].trainable_variables) for name in networks}

    model.train_step(make_batch(4))

    after = {name: snapshot(networks[name].trainable_variables) for name in networks}
    for old, new in zip(before[overflowing], after[overflowing], strict=True):
        np.testing.assert_array_equal(old, new)
    assert any((old != new).any() for old, new in zip(before[other], after[other], strict=True))
    assert float(optimizers[overflowing].dynamic_scale) == 2.0**125
    assert float(optimizers[other].dynamic_scale) == initial_scale


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_only_float16_losses_are_scaled(precision):
    assert isinstance(adam(1e-3, 0.0, 0.9, precision), keras.optimizers.Adam)
    assert isinstance(adam(1e-3, 0.0, 0.9, "mixed_float16"), keras.optimizers.LossScaleOptimizer)


def test_adam_takes_the_step_of_the_paper():
    optimizer = adam(0.1, 0.5, 0.9, "float32")
    weight = keras.Variable([1.0, -2.0])

    gradients = np.array([[0.3, -4.0], [0.1, 2.0]])
    mean = variance = np.zeros(2)
    expected = np.array([1.0, -2.0])
    for step, gradient in enumerate(gradients, start=1):
        optimizer.apply([tf.constant(gradient, tf.float32)], [weight])
        mean = 0.5 * mean + 0.5 * gradient
        variance = 0.9 * variance + 0.1 * gradient**2
        unbiased = mean / (1 - 0.5**step), np.sqrt(variance / (1 - 0.9**step))
        expected = expected - 0.1 * unbiased[0] / (unbiased[1] + 1e-8)
    np.testing.assert_allclose(weight, expected, rtol=1e-5)
