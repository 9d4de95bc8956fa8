"""The latent map against scikit-learn's PCA."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from coverzoo.evaluation.metrics import latent_map as module
from coverzoo.evaluation.metrics.latent_map import latent_map
from coverzoo.evaluation.result import NotMeasurableError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(40, 6), (12, 4, 4, 5), (3, 30)])
def test_points_and_shares_are_those_of_scikit_learn(shape, monkeypatch):
    monkeypatch.setattr(module, "COLUMNS", 7)
    codes = RNG.normal(3.0, 1.0, shape) * np.linspace(0.2, 2.0, shape[-1])

    found = latent_map(codes.astype(np.float32), ["jazz"] * len(codes))

    pca = PCA(2, svd_solver="full")
    points = pca.fit_transform(codes.reshape(len(codes), -1))
    signs = np.sign((points * found.points).sum(axis=0))
    np.testing.assert_allclose(found.points, signs * points, atol=1e-4)
    np.testing.assert_allclose(found.shares, pca.explained_variance_ratio_, rtol=1e-5)
    largest = np.abs(found.points).argmax(axis=0)
    assert np.all(found.points[largest, [0, 1]] > 0.0)


def test_codes_on_a_line_have_one_axis():
    found = latent_map(np.array([[0.0], [1.0], [2.0]], np.float32), ["a", None, ""])

    assert found.shares == pytest.approx((1.0, 0.0))
    np.testing.assert_allclose(np.abs(found.points), [[1, 0], [0, 0], [1, 0]], atol=1e-6)
    assert found.genres == ("a", "unknown", "unknown")


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.ones((1, 3)), "two covers or more, found 1"),
        (np.ones((4, 3)), "all covers have the same code"),
        (np.full((4, 3), np.nan), "codes are not finite"),
    ],
)
def test_what_has_no_axes_is_not_measurable(codes, message):
    with pytest.raises(NotMeasurableError, match=message):
        latent_map(codes, ["jazz"] * len(codes))


def test_each_code_needs_a_genre():
    with pytest.raises(ValueError, match="Received: 4 and 3"):
        latent_map(np.ones((4, 2)), ["jazz"] * 3)
