"""The corpus with a free factor: what its covers and its audio show, and its files."""

from importlib import import_module

import numpy as np
import pytest

from coverzoo.corpus.layout import read_split
from coverzoo.corpus.vectors import HALF, load_vectors
from coverzoo.errors import UserError


@pytest.fixture(scope="module")
def corpus():
    return import_module("free_factor_corpus")


@pytest.fixture(scope="module")
def written(corpus, tmp_path_factory):
    root = tmp_path_factory.mktemp("free") / "corpus"
    corpus.write(root, train=40, test=20, side=32, seed=3)
    return root


def moments(corpus, cover):
    """Area and centre (x, y) in sides of the shape, from its share of every pixel."""
    side = len(cover)
    ground = np.median(np.concatenate([cover[0], cover[-1]]), axis=0)
    span = 255 * np.array(corpus.DARK) - ground
    share = ((cover - ground) @ span) / (span @ span)
    place = (np.arange(side) + 0.5) / side
    x, y = (share.sum(axis) @ place / share.sum() for axis in (0, 1))
    return share.sum() / side**2, x, y


@pytest.mark.parametrize("genre", [0, 1, 4, 9])
@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize(("size", "x", "y"), [(0, 0, 1), (1, 1, 0.2), (0.5, 0.31, 0.77)])
def test_the_shape_has_its_size_and_place(corpus, genre, side, size, x, y):
    cover = corpus.draw(corpus.GENRES[genre], size, x, y, side)

    area, *centre = moments(corpus, cover)

    radius = 0.07 + 0.14 * size
    assert area == pytest.approx(np.pi * radius**2, rel=0.06)
    assert centre == pytest.approx([0.25 + 0.5 * x, 0.25 + 0.5 * y], abs=0.004)
    border = np.concatenate([cover[0], cover[-1], cover[:, 0], cover[:, -1]])
    assert (border == cover[0, 0]).all()


def test_squares_are_square_and_discs_are_round(corpus):
    disc, square = (corpus.draw(corpus.GENRES[g], 1.0, 0.5, 0.5, 64)[..., 2] for g in (4, 5))
    half = 0.21 * 64 * np.sqrt(np.pi) / 2

    corner = round(32 + half - 2)
    assert square[corner, corner] < 40
    assert disc[corner, corner] > 100


def test_each_genre_has_its_own_hue(corpus):
    from colorsys import rgb_to_hsv

    grounds = [corpus.draw(name, 0.5, 0.5, 0.5, 32)[0, 0] / 255 for name in corpus.GENRES]

    assert [rgb_to_hsv(*ground)[0] for ground in grounds] == pytest.approx(
        np.arange(10) / 10, abs=0.01
    )


@pytest.fixture(scope="module")
def explained(corpus):
    """Share of the variance of genre, size and place that is linear in audio, on test."""
    train, test = corpus.facts_of("train", 1000), corpus.facts_of("test", 300)
    vectors = corpus.vectors_of(train)
    scaled = [
        (corpus.vectors_of(facts) - vectors.mean(0)) / vectors.std(0) for facts in (train, test)
    ]

    def explained(halves, value):
        inputs, held_out = (table[:, halves] for table in scaled)
        known = np.array([value(item) for item in train], float)
        kernel = inputs @ inputs.T + 300.0 * np.eye(len(train))
        found = held_out @ (inputs.T @ np.linalg.solve(kernel, known - known.mean()))
        truth = np.array([value(item) for item in test], float) - known.mean()
        return 1.0 - np.sum((truth - found) ** 2) / np.sum(truth**2)

    return explained


@pytest.mark.parametrize("halves", [slice(0, HALF), slice(HALF, None)], ids=["first", "second"])
def test_each_half_of_the_audio_determines_genre_and_size_but_no_place(explained, halves):
    assert explained(halves, lambda item: item.size) > 0.9
    assert explained(halves, lambda item: item.genre == "disc-4") > 0.8
    assert explained(halves, lambda item: item.x) < 0.05
    assert explained(halves, lambda item: item.y) < 0.05


def test_the_facts_are_independent_of_one_another(corpus):
    facts = corpus.facts_of("train", 3000)
    table = np.array([[i % 10, item.size, item.x, item.y] for i, item in enumerate(facts)])

    correlation = np.corrcoef(table.T) - np.eye(4)

    assert np.abs(correlation).max() < 0.06  # 3 / √3000
    assert table[:, 1:].mean(axis=0) == pytest.approx([0.5] * 3, abs=0.02)
    assert table[:, 1:].std(axis=0) == pytest.approx([1 / np.sqrt(12)] * 3, abs=0.01)


def test_the_files_are_pairs_of_the_layout(corpus, written):
    facts = corpus.read_facts(written)
    assert len(facts) == 60
    for split, count in (("train", 40), ("test", 20)):
        listing = read_split(written, split, audio=True)
        assert (len(listing.samples), listing.rejected) == (count, ())
        assert listing.genres == tuple(sorted(corpus.GENRES))
        drawn = {item.name: item for item in corpus.facts_of(split, count, 3)}
        for sample in listing.samples:
            assert facts[sample.name] == drawn[sample.name]
            assert (sample.genre, sample.size) == (facts[sample.name].genre, (32, 32))
        assert np.count_nonzero(load_vectors(listing.samples)) == count * 1160


def test_a_file_holds_the_cover_and_the_vector_of_its_facts(corpus, written):
    sample = read_split(written, "test", audio=True).samples[3]
    item = corpus.read_facts(written)[sample.name]

    cover = corpus.decoded(sample.image.read_bytes())

    expected = corpus.draw(item.genre, item.size, item.x, item.y, 32) / 127.5 - 1.0
    assert np.abs(cover - expected).mean() < 0.04
    number = int(sample.name.removeprefix("test-"))
    vectors = corpus.vectors_of(corpus.facts_of("test", 20, 3), 3)
    assert np.array_equal(np.load(sample.audio), vectors[number])


def test_new_covers_of_the_same_facts_differ_in_their_place_only(corpus):
    facts = corpus.facts_of("test", 6)

    covers = corpus.redrawn(facts, 5, 64)

    assert covers.shape == (6, 5, 64, 64, 3)
    for item, row in zip(facts, covers, strict=True):
        pixels = (row + 1) * 127.5
        found = np.array([moments(corpus, cover) for cover in pixels])
        expected = np.pi * (0.07 + 0.14 * item.size) ** 2
        assert found[:, 0] == pytest.approx([expected] * 5, rel=0.1)
        assert found[:, 1:].std(axis=0).min() > 0.01


def test_a_corpus_that_is_there_is_kept_and_another_refused(corpus, written):
    before = (written / "facts.csv").stat().st_mtime_ns

    corpus.write(written, train=40, test=20, side=32, seed=3)

    assert (written / "facts.csv").stat().st_mtime_ns == before
    with pytest.raises(UserError, match="holds something else"):
        corpus.write(written, train=40, test=20, side=32, seed=4)


def test_equal_seeds_write_equal_files(corpus, written, tmp_path):
    corpus.write(tmp_path / "corpus", train=40, test=20, side=32, seed=3)

    files = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
    assert len(files) == 2 * 60 + 2
    for file in files:
        assert (tmp_path / "corpus" / file).read_bytes() == (written / file).read_bytes()
