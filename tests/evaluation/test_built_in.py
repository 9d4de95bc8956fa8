"""`BuiltIn`: what it says of the corpus is what the corpus holds."""

import numpy as np
import pytest

from coverzoo.corpus.audio_facts import FACTS, audio_facts
from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.procedural.audio import first_halves
from coverzoo.corpus.procedural.tracks import track
from coverzoo.evaluation.built_in import FREE, SHOWN, BuiltIn


@pytest.fixture(scope="module")
def samples(pairs):
    return read_split(pairs, "test", audio=True).samples


def test_facts_are_those_of_the_tracks(pairs, samples):
    shown = BuiltIn.at(pairs).shown("test", samples)

    tracks = {each.name: each for each in (track(0, "test", index) for index in range(6))}
    expected = audio_facts(first_halves([tracks[sample.name] for sample in samples]))
    np.testing.assert_allclose(shown[:, : len(FACTS)], expected, atol=6e-5)
    assert shown.shape == (6, len(SHOWN)) == (6, len(FACTS) + len(FREE))
    np.testing.assert_allclose(np.sum(shown[:, -2:] ** 2, axis=1), 1.0)


def test_drawing_zero_is_the_cover_of_the_corpus_and_others_are_not(pairs, samples):
    (batch,) = ordered_batches(samples, (), image_size=32, batch_size=6, audio=False)

    drawn = BuiltIn.at(pairs).drawn("test", samples, 32, (0, 1)).reshape(6, 2, 32, 32, 3)

    difference = np.abs(drawn - batch["image"].numpy()[:, None]).mean(axis=(2, 3, 4))
    assert difference[:, 0].max() < 0.06  # that of JPEG
    assert difference[:, 1].min() > 0.06


@pytest.mark.parametrize("content", [None, "{", '{"version": 1, "seed": 0}'])
def test_other_data_is_no_built_in_corpus(pairs, tmp_path, content):
    if content is not None:
        (tmp_path / "procedural.json").write_text(content)
        (tmp_path / "facts.csv").write_text("")

    assert BuiltIn.at(tmp_path) is None
    assert BuiltIn.at(pairs).seed == 0
