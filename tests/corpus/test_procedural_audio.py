"""Audio vectors of the built-in corpus."""

import numpy as np
import pytest

from coverzoo.corpus.audio_facts import FACTS, audio_facts
from coverzoo.corpus.audio_model import load
from coverzoo.corpus.procedural import GENRES, audio, tracks


def test_the_first_half_is_drawn_from_the_audio_model():
    drawn = [tracks.track(0, "train", index) for index in range(400)]
    seconds = np.array([track.seconds for track in drawn])

    factors, rest = load().distances(audio.first_halves(drawn), seconds)

    # Root mean squares of standard normal numbers, up to the distances between genres.
    assert np.median(factors) == pytest.approx(1.0, abs=0.25)
    assert np.median(rest) == pytest.approx(1.0, abs=0.25)
    assert np.mean(seconds < 61) == pytest.approx(0.5, abs=0.08)
    assert np.median(seconds[seconds > 61]) == pytest.approx(220, rel=0.12)


def test_a_first_half_does_not_depend_on_the_tracks_beside_it():
    drawn = [tracks.track(0, "train", index) for index in range(6)]

    together = audio.first_halves(drawn)

    np.testing.assert_array_equal(together[4], audio.first_halves([drawn[4]])[0])


def test_tracks_of_one_artist_sound_alike():
    model = load()
    drawn = [tracks.track(0, "train", index) for index in range(0, 4000, 10)]
    seconds = np.array([track.seconds for track in drawn])
    scores = model.scores(audio.first_halves(drawn), seconds)[:, model.rest > 0]

    def gap(*pairs):
        return np.mean([np.abs(scores[one] - scores[two]).mean() for one, two in pairs])

    place = range(len(drawn) - 1)
    same = [(i, i + 1) for i in place if drawn[i].artist.mbid == drawn[i + 1].artist.mbid]
    other = [(i, i + 1) for i in place if drawn[i].artist.mbid != drawn[i + 1].artist.mbid]
    assert gap(*same) < 0.95 * gap(*other)


def test_the_second_half_follows_genre_and_facts():
    drawn = [tracks.track(0, "train", index) for index in range(1200)]
    drawn = [track for track in drawn if track.source != "musicbrainz"]
    halves = audio.first_halves(drawn)
    facts = audio_facts(halves)
    second = np.stack(
        [audio.vector(*each)[580:] for each in zip(drawn, halves, facts, strict=True)]
    )
    truth = np.concatenate(
        [facts, [[track.genre == genre for genre in GENRES] for track in drawn]], axis=1
    )
    scaled = (second / second.std(axis=0))[:, :200]

    half = len(drawn) // 2
    design = np.c_[scaled, np.ones(len(drawn))]
    penalty = 30.0 * np.eye(design.shape[1])
    weights = np.linalg.solve(
        design[:half].T @ design[:half] + penalty, design[:half].T @ truth[:half]
    )
    found = design[half:] @ weights
    for name, guess, fact in zip(FACTS, found.T, truth[half:].T, strict=False):
        assert np.corrcoef(guess, fact)[0, 1] > 0.7, name
    guessed, genre = (values[:, 5:].argmax(axis=1) for values in (found, truth[half:]))
    assert np.mean(guessed == genre) > 0.65  # chance 0.1
