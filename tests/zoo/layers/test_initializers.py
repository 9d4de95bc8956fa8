import numpy as np
import pytest

from coverzoo.zoo.layers.initializers import pytorch


@pytest.mark.parametrize("shape", [(50, 400), (4, 4, 20, 30)])
def test_weights_are_uniform_within_one_over_the_root_of_fan_in(shape):
    bound = 1.0 / np.sqrt(np.prod(shape[:-1]))

    values = pytorch()(shape).numpy()

    assert np.abs(values).max() <= bound
    assert np.abs(values).max() > 0.99 * bound
    assert values.std() == pytest.approx(bound / np.sqrt(3.0), rel=0.03)


def test_a_bias_is_uniform_within_the_bound_of_its_weights_fan_in():
    values = pytorch(25)((5000,)).numpy()

    assert np.abs(values).max() <= 0.2
    assert np.abs(values).max() > 0.198
    assert values.std() == pytest.approx(0.2 / np.sqrt(3.0), rel=0.05)
