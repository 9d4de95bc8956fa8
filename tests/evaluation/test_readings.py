"""`readings.read`: every network sees covers at the side it asks for."""

import numpy as np

from coverzoo.evaluation.readings import Network, Readings, read


def test_each_network_sees_its_side_and_the_outputs_of_batches_are_joined():
    covers = np.random.default_rng(0).uniform(-1.0, 1.0, (5, 32, 32, 3)).astype(np.float32)
    networks = {
        "all": Network(lambda images: images),
        "half": Network(lambda images: images, 16),
        "sum": Network(lambda images: images.sum(axis=(1, 2, 3)), 16),
    }

    found = read([covers[:3], covers[3:]], networks, keep=2)

    quarters = [covers[:, row::2, column::2] for row in (0, 1) for column in (0, 1)]
    half = np.mean(quarters, axis=0)
    np.testing.assert_array_equal(found.values["all"], covers)
    np.testing.assert_allclose(found.values["half"], half, atol=1e-6)
    np.testing.assert_allclose(found.values["sum"], half.sum(axis=(1, 2, 3)), atol=1e-3)
    assert found.count == 5
    assert found.covers.shape == (2, 32, 32, 3)


def test_readings_are_equal_after_they_were_arrays():
    covers = np.random.default_rng(1).uniform(-1.0, 1.0, (5, 32, 32, 3)).astype(np.float32)
    found = read([covers], {"sum": Network(lambda images: images.sum(axis=(1, 2, 3)))}, keep=2)

    again = Readings.from_arrays(found.to_arrays())

    np.testing.assert_array_equal(again.values["sum"], found.values["sum"])
    np.testing.assert_array_equal(again.covers, found.covers)
    assert list(again.values) == ["sum"]
    assert (again.grids, again.sharpness, again.count) == (
        found.grids,
        found.sharpness,
        found.count,
    )
