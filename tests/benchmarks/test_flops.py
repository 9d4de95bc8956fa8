"""Operations of a step against a count by hand, and the convolutions' floor against the same."""

from importlib import import_module

import pytest
import tensorflow as tf

from coverzoo.zoo import registry

M = 2  # a multiplication and an addition

# The thesis's networks at 128 px, multiplications of a forward pass, by hand: a 4×4 convolution of
# stride 2 takes 16 · inputs · outputs for each place of the smaller map.
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


def test_forward_passes(flops):
    critic = flops.critic(128, (64, 128, 256, 256, 512))
    generator = flops.generator((512, 256, 256, 128, 64), 100, (1160, 944, 728, 512))

    assert critic.first == M * CRITIC_FIRST
    assert critic.inner == M * (CRITIC_INNER + 8192)
    assert generator.first == M * (1160 * 944 + 100 * 8192)
    assert generator.inner == M * (944 * 728 + 728 * 512 + BRANCHES + UPS)


def test_the_convolutions_of_a_step(flops, settings):
    """16 samples, five critic updates of G + 12 C - 3 C₁, a generator update of 3 G + 2 C."""
    critic = CRITIC_FIRST + CRITIC_INNER

    expected = 16 * M * (8 * UPS + 62 * critic - 15 * CRITIC_FIRST)

    assert expected == 848_927_129_600
    assert flops.of_settings(settings, 1160, dense_too=False) == expected
    assert 1.0 < flops.of_settings(settings, 1160) / expected < 1.01


def test_the_floor_has_those_convolutions_and_no_others(flops):
    """Counted in its own graphs, operation by operation."""
    settings = registry.settings_of("wgan-gp", "thesis", True, {"batch_size": 2})
    floor = import_module("convolutions").Convolutions(settings)

    def counted(function):
        graph = function.get_concrete_function(floor.maps, floor.downs, floor.ups).graph
        return sum(multiplications(operation) for operation in graph.get_operations())

    total = 5 * counted(floor._update_critic) + counted(floor._update_generator)

    assert M * total == flops.of_settings(settings, 1160, dense_too=False)


def multiplications(operation):
    """Of a convolution of stride 2, forward or backward: 16 · channels for each narrow place."""
    if operation.type == "Conv2D":
        wide, narrow = operation.inputs[0].shape, operation.outputs[0].shape
    elif operation.type == "Conv2DBackpropInput":
        wide, narrow = operation.outputs[0].shape, operation.inputs[2].shape
    elif operation.type == "Conv2DBackpropFilter":
        wide, narrow = operation.inputs[0].shape, operation.inputs[2].shape
    else:
        return 0
    return 16 * tf.TensorShape(narrow).num_elements() * wide[3]


def test_the_floor_runs(settings):
    floor = import_module("convolutions").Convolutions(
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

    assert floor.step() > 0.0
