"""How much drawn audio vectors are like measured ones."""

from collections.abc import Sequence

import numpy as np

FOLDS = 5
STRONG = (0.9, 0.99)  # range of the correlations whose gaps are compared


def percentiles(drawn: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Percentiles of measured numbers among drawn ones, in [0, 100], (N,).

    Args:
        drawn: Numbers of drawn vectors, such as distances from a centre, (M,).
        measured: The same of measured vectors, (N,).
    """
    return 100.0 * np.searchsorted(np.sort(drawn), measured) / len(drawn)


def two_sample_auc(
    measured: np.ndarray, recordings: Sequence[str], drawn: np.ndarray, seed: int = 0
) -> float:
    """Area under the ROC curve of a classifier that separates measured from drawn vectors.

    Gradient boosting on the raw values, which finds unlike distributions of single values, broken
    relations and unlike combinations. 0.5 means that it finds none. Every vector is classified by
    a model that was fitted without it and without other windows of its recording.

    Args:
        measured: Measured vectors, (N, W).
        recordings: Name of the recording of each, (N,).
        drawn: Drawn vectors, (M, W).
        seed: Seed of the folds and of the classifier.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold

    values = np.concatenate([measured, drawn])
    truth = np.arange(len(values)) < len(measured)
    groups = [*(f"measured {name}" for name in recordings), *map(str, range(len(drawn)))]
    score = np.empty(len(values))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(
        values, truth, groups
    ):
        classifier = HistGradientBoostingClassifier(
            max_iter=80, max_leaf_nodes=15, min_samples_leaf=5, max_features=0.2, random_state=seed
        )
        classifier.fit(values[train], truth[train])
        score[test] = classifier.predict_proba(values[test])[:, 1]
    return float(roc_auc_score(truth, score))


def independent_values(drawn: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same values with each column in another order: of a model without correlations.

    Args:
        drawn: Drawn vectors, (M, W).
        seed: Seed of the orders.
    """
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(column) for column in drawn.T], axis=1)


def strong_correlation_gap(measured: np.ndarray, drawn: np.ndarray) -> float:
    """How much looser strongly correlated scores are in drawn vectors than in measured ones.

    Median over the pairs of scores whose correlation in measured vectors is between 0.9 and 0.99
    in size, of the ratio of the median differences of the two scores of a vector.

    Args:
        measured: Normal scores of measured vectors, (N, D).
        drawn: Normal scores of drawn vectors, (M, D).
    """
    varies = measured.std(axis=0) > 0
    measured, drawn = measured[:, varies], drawn[:, varies]
    correlation = np.corrcoef(measured.T)
    size = np.abs(correlation)
    first, second = np.nonzero(np.triu((size > STRONG[0]) & (size < STRONG[1]), 1))
    sign = np.sign(correlation[first, second])
    gaps = [
        np.median(np.abs(scores[:, first] - sign * scores[:, second]), axis=0)
        for scores in (measured, drawn)
    ]
    return float(np.median(gaps[1] / np.maximum(gaps[0], 1e-3)))
