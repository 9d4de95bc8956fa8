"""`retrieval` against drawn pools, closed forms, and its p-value without an effect."""

import numpy as np
import pytest
from scipy.stats import kstest

from coverzoo.evaluation.metrics.retrieval import retrieval
from coverzoo.evaluation.result import NotMeasurableError


def test_recalls_and_ranks_are_the_means_over_drawn_pools():
    rng = np.random.default_rng(0)
    tracks = 130
    own = np.arange(40)
    similarity = rng.normal(size=(40, tracks))
    similarity[own, own] += 1.5

    ranks = np.empty((400, 40))
    for draw in range(400):
        for cover in own:
            others = rng.choice(np.delete(np.arange(tracks), cover), 99, replace=False)
            ranks[draw, cover] = 1 + np.sum(similarity[cover, others] > similarity[cover, cover])

    found = retrieval(similarity, own)
    assert (found.pool, found.chance, found.covers, found.units) == (100, 0.01, 40, 40)
    for k, recall in ((1, found.recall_at_1), (5, found.recall_at_5), (10, found.recall_at_10)):
        assert recall == pytest.approx(np.mean(ranks <= k), abs=0.01)
    assert found.median_rank == pytest.approx(np.median(ranks.mean(axis=0)), rel=0.03)


def test_covers_that_find_their_audio_have_ones_and_the_smallest_p_value():
    found = retrieval(np.eye(30), np.arange(30))

    assert (found.recall_at_1, found.median_rank, found.pool) == (1.0, 1.0, 30)
    assert found.p_value == 1 / 1000


def test_equal_similarities_are_chance():
    found = retrieval(np.zeros((20, 25)), np.arange(20))

    assert found.recall_at_1 == pytest.approx(1 / 25)
    assert found.recall_at_5 == pytest.approx(5 / 25)
    assert found.median_rank == pytest.approx(13.0)
    assert found.p_value == 1.0


def test_similarity_to_the_audio_of_another_track_is_worse_than_chance():
    found = retrieval(np.roll(np.eye(30), 1, axis=1) - np.eye(30), np.arange(30))

    assert found.recall_at_10 == 0.0
    assert found.p_value > 0.99


def test_without_an_effect_p_values_are_uniform():
    rng = np.random.default_rng(1)
    # Three vectors a unit, whose covers and audio are alike, as windows of a recording are.
    units = np.repeat(np.arange(12), 3)
    values = []
    for number in range(200):
        covers, audio = (np.repeat(rng.normal(size=(12, 4)), 3, axis=0) for _ in range(2))
        covers = covers + 0.3 * rng.normal(size=covers.shape)
        audio = audio + 0.3 * rng.normal(size=audio.shape)
        found = retrieval(covers @ audio.T, np.arange(36), units, permutations=199, seed=number)
        values.append(found.p_value)

    assert found.units == 12
    assert kstest(values, "uniform").pvalue > 0.01


def test_vectors_of_one_recording_are_one_unit():
    # A cover is similar to all windows of its recording: what counts is the recording.
    units = np.repeat(np.arange(4), 5)
    similarity = (units[:, None] == units[None, :]).astype(float)

    by_track = retrieval(similarity, np.arange(20))
    by_unit = retrieval(similarity, np.arange(20), units)

    assert by_track.p_value == 1 / 1000
    assert 1 / 1000 < by_unit.p_value < 0.1, "four recordings have 24 permutations only"


def test_wrong_shapes_and_too_few_tracks_are_errors():
    with pytest.raises(NotMeasurableError, match="two tracks or more, found 1"):
        retrieval(np.ones((3, 4)), np.zeros(3, int))
    with pytest.raises(ValueError, match=r"Received: \(3, 4\), \(2,\) and \(4,\)"):
        retrieval(np.ones((3, 4)), np.zeros(2, int))
    with pytest.raises(ValueError, match="finite"):
        retrieval(np.full((3, 4), np.inf), np.arange(3))
