"""Operations of a step, compared with a count by hand and with the graphs of `Convolutions`."""

from importlib import import_module

import pytest
import tensorflow as tf

from coverzoo.zoo import registry

OPERATIONS = 2  # a multiplication and an addition

# The thesis's networks at 128 px, multiplications of a forward pass, by hand: a 4×4 convolution of
# stride 2 takes 16 · inputs · outputs for each pixel of the smaller map.
CRITIC_FIRST = 64 * 64 * 16 * 3 * 64  # = 12,582,912
CRITIC_INNER = (
    32 * 32 * 16 * 64 * 128
    + 16 * 16 * 16 * 128 * 256
    + 8 * 8 * 16 * 256 * 256
    + 4 * 4 * 16 * 256 * 512
)  # = 369,098,752
UPS = (
    4 * 4 * 16 * 512 * 256
    + 8 * 8 * 16 * 256 * 256
    + 16 * 16 * 16 * 256 * 128
    + 32 * 32 * 16 * 128 * 64
    + 64 * 64 * 16 * 64 * 3
)  # = 381,681,664
BRANCHES = 2 * (
    (512 * 512 + 512 * 512)
    + 2 * (512 * 384 + 384 * 256)
    + (512 * 320 + 320 * 128)
    + (512 * 288 + 288 * 64)
)


@pytest.fixture(scope="module")
def flops():
    return import_module("flops")


@pytest.fixture
def settings():
    return registry.settings_of("wgan-gp", "thesis", True, {"batch_size": 16})


def test_a_forward_pass_has_the_operations_counted_by_hand(flops):
    critic = flops.critic(128, (64, 128, 256, 256, 512))
    generator = flops.generator((512, 256, 256, 128, 64), 100, (1160, 944, 728, 512))

    assert critic.first == OPERATIONS * CRITIC_FIRST
    assert critic.inner == OPERATIONS * (CRITIC_INNER + 8192)
    assert generator.first == OPERATIONS * (1160 * 944 + 100 * 8192)
    assert generator.inner == OPERATIONS * (944 * 728 + 728 * 512 + BRANCHES + UPS)


def test_a_step_has_the_operations_counted_by_hand(flops, settings):
    """16 samples, five critic updates of G + 12 C - 3 C₁, a generator update of 3 G + 2 C."""
    critic = CRITIC_FIRST + CRITIC_INNER

    expected = 16 * OPERATIONS * (8 * UPS + 62 * critic - 15 * CRITIC_FIRST)

    assert expected == 848_927_129_600
    assert flops.of_settings(settings, 1160, with_dense=False) == expected
    assert 1.0 < flops.of_settings(settings, 1160) / expected < 1.01


def test_the_graphs_of_the_lower_bound_have_exactly_these_convolutions(flops):
    settings = registry.settings_of("wgan-gp", "thesis", True, {"batch_size": 2})
    bound = import_module("convolutions").Convolutions(settings)

    def counted(function):
        graph = function.get_concrete_function(
            bound.maps, bound.down_kernels, bound.up_kernels
        ).graph
        return sum(multiplications(operation) for operation in graph.get_operations())

    total = 5 * counted(bound._update_critic) + counted(bound._update_generator)

    assert OPERATIONS * total == flops.of_settings(settings, 1160, with_dense=False)


def multiplications(operation):
    """Multiplications of a convolution of stride 2, forward or backward; 0 of other operations."""
    if operation.type == "Conv2D":
        larger, smaller = operation.inputs[0].shape, operation.outputs[0].shape
    elif operation.type == "Conv2DBackpropInput":
        larger, smaller = operation.outputs[0].shape, operation.inputs[2].shape
    elif operation.type == "Conv2DBackpropFilter":
        larger, smaller = operation.inputs[0].shape, operation.inputs[2].shape
    else:
        return 0
    return 16 * tf.TensorShape(smaller).num_elements() * larger[3]


def test_the_lower_bound_runs(settings):
    bound = import_module("convolutions").Convolutions(
        registry.settings_of(
            "wgan-gp",
            "thesis",
            True,
            {
                "batch_size": 2,
                "image_size": 32,
                "generator_channels": (8, 6, 4),
                "critic_channels": (4, 6, 8),
            },
        )
    )

    assert bound.step() > 0.0
