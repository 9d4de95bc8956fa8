"""Facts of a track, from named values of its vector."""

import numpy as np
import pytest

from coverzoo.corpus import schema
from coverzoo.corpus.audio_facts import FACTS, audio_facts
from coverzoo.corpus.documents import load_document


def vectors_of(**values):
    """Vectors of ones, but for the values of some names (with _ for the last dot)."""
    count = len(next(iter(values.values())))
    made = np.ones((count, 580), np.float32)
    for name, numbers in values.items():
        made[:, schema.names().index(name.replace("__", "."))] = numbers
    return made


@pytest.mark.parametrize(
    ("fact", "value", "numbers", "expected"),
    [
        ("tempo", "rhythm__bpm", [70, 127.5, 185, 60, 200], [0, 0.5, 1, 0, 1]),
        ("onset_rate", "rhythm__onset_rate", [1.4, 3.35, 5.3], [0, 0.5, 1]),
        (
            "brightness",
            "lowlevel__spectral_centroid__mean",
            [480, np.sqrt(480 * 2640), 2640, 0],
            [0, 0.5, 1, 0],
        ),
        ("pitch_salience", "lowlevel__pitch_salience__mean", [0.36, 0.5, 0.64], [0, 0.5, 1]),
        ("key_strength", "tonal__key_strength", [0.4, 0.63, 0.9], [0, 0.5, 1]),
    ],
)
def test_a_fact_is_its_value_between_two_bounds(fact, value, numbers, expected):
    found = audio_facts(vectors_of(**{value: numbers}))

    assert found.shape == (len(numbers), 5)
    np.testing.assert_allclose(found[:, list(FACTS).index(fact)], expected, atol=1e-6)


def test_whole_vectors_and_first_halves_have_the_same_facts():
    rng = np.random.default_rng(0)
    vectors = rng.lognormal(size=(4, 1160))

    np.testing.assert_array_equal(audio_facts(vectors), audio_facts(vectors[:, :580]))


@pytest.mark.real
def test_few_facts_of_real_documents_are_beyond_the_bounds(real_data):
    documents = sorted((real_data / "acousticbrainz").glob("*.json"))
    found = audio_facts(np.stack([load_document(path) for path in documents]))

    assert len(documents) == 2
    # The bounds leave out about 4 % of real music: one of the documents has 1.0 onsets a second.
    assert ((found > 0) & (found < 1)).sum() >= 9
