"""The metrics can fail: generators with one known fault each, measured through the same path.

The reference networks are functions of the covers here, so that every figure is about the fault:
`embedding` and `genre` read what a cover shows, exactly.
"""

import numpy as np
import pytest

from coverzoo.evaluation import sections
from coverzoo.evaluation.built_in import FREE, SHOWN
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.readings import Network, Readings, read

PROTOCOL = Protocol("test", two_sample_steps=30, two_sample_sizes=(None,), two_sample_covers=96)
TRACKS, NOISES, SIDE, GENRES = 96, 8, 16, 4
RNG = np.random.default_rng(0)
GENRE = np.arange(TRACKS) % GENRES
FACT = RNG.uniform(-0.3, 0.3, TRACKS)  # what else the audio determines


def covers(genre, fact, free, grid=0.0):
    """A cover: red shows the genre, green the fact, and the rows of blue what is left free."""
    count = len(genre)
    images = np.zeros((count, SIDE, SIDE, 3), np.float32)
    images[..., 0] = ((np.asarray(genre) - 1.5) / 2.5)[:, None, None]
    images[..., 1] = np.asarray(fact)[:, None, None] * 2.0
    images[..., 2] = np.repeat(free, SIDE // 8, axis=1)[:, :, None] * 0.5
    checkerboard = (-1.0) ** np.add.outer(np.arange(SIDE), np.arange(SIDE))[..., None]
    return np.clip(images + grid * checkerboard, -1.0, 1.0)


def free(count):
    return RNG.normal(0.0, 0.8, (count, 8)).clip(-1.9, 1.9)


def shown(images):
    """What a cover shows: genre, fact, and what is free, (N, 10)."""
    means = images.mean(axis=(1, 2))
    return np.concatenate([means[:, :2], images[..., 2].mean(axis=2)[:, :: SIDE // 8]], axis=1)


def embedding(images):
    found = shown(images)[:, :2] * np.array([1.0, 3.0])
    return np.concatenate([found, np.ones((len(found), 1))], axis=1)


OUTPUTS = {
    "features": lambda images: shown(images) * 3.0,
    "embedding": embedding,
    "genre": lambda images: (
        np.round(images[..., 0].mean(axis=(1, 2)) * 2.5 + 1.5).clip(0, GENRES - 1).astype(int)
    ),
    "pixels": lambda images: images.reshape(len(images), -1),
}

NETWORKS = {name: Network(outputs) for name, outputs in OUTPUTS.items()}

TRAIN = covers(RNG.integers(0, GENRES, 300), RNG.uniform(-0.3, 0.3, 300), free(300))


def truth(genre, fact):
    return covers(genre, fact, free(len(genre)))


def copied(genre, fact):
    """For each track the training cover that shows it best."""
    wanted = embedding(covers(genre, fact, np.zeros((len(genre), 8))))
    distances = np.linalg.norm(wanted[:, None] - embedding(TRAIN)[None], axis=-1)
    return TRAIN[distances.argmin(axis=1)]


GENERATORS = {
    "good": truth,
    "ignores audio": lambda genre, fact: truth(RNG.permutation(genre), RNG.permutation(fact)),
    "ignores noise": lambda genre, fact: covers(genre, fact, np.zeros((len(genre), 8))),
    "genre alone": lambda genre, fact: truth(genre, RNG.uniform(-0.3, 0.3, len(genre))),
    "copies": copied,
    "one cover": lambda genre, fact: np.repeat(TRAIN[:1], len(genre), axis=0),
    "pixel noise": lambda genre, fact: RNG.uniform(-1.0, 1.0, (len(genre), SIDE, SIDE, 3)),
    "grid": lambda genre, fact: covers(genre, fact, free(len(genre)), grid=0.15),
}


def similarity(images):
    """Nearness of what covers show to what the audio of each track asks for."""
    asked = embedding(covers(GENRE, FACT, np.zeros((TRACKS, 8))))
    return -np.linalg.norm(embedding(images)[:, None] - asked[None], axis=-1)


@pytest.fixture(scope="module")
def figures():
    """All sections of every generator."""

    def of(images, keep=TRACKS):
        return read([images], NETWORKS, keep=keep)

    real, train = of(truth(GENRE, FACT)), of(TRAIN)
    found = {}
    for name, generator in GENERATORS.items():
        made = of(generator(GENRE, FACT))
        again = [generator(GENRE, FACT) for _ in range(NOISES)]
        noises = of(np.stack(again, axis=1).reshape(-1, SIDE, SIDE, 3))
        order = np.roll(np.arange(TRACKS), 1)
        shuffled = of(generator(GENRE[order], FACT[order]))
        kinds = {"generated": made, "real": real, "shuffled": shuffled}
        images = {kind: each.images(TRACKS) for kind, each in kinds.items()}
        found[name] = {
            "quality": sections.quality(real, made, PROTOCOL, paired=True),
            "artefacts": sections.artefacts(real, made),
            "memorisation": sections.copies(train, real, made),
            "diversity": sections.diversity(noises, NOISES, GENRE, real, GENRE),
            "genre": sections.genre(GENRE, kinds, tuple("abcd")),
            "adherence": sections.matching(
                {kind: similarity(each) for kind, each in images.items()},
                np.arange(TRACKS),
                np.arange(TRACKS),
                PROTOCOL,
            ),
        }
    return found


# By figure: how it is read, what is good, and the generators that must fail on it. What else
# fails is a matter of the fault, as one cover for all tracks is neither diverse nor adherent.
RULES = {
    "recall@1 over half of real": (
        lambda each: each["adherence"]["recall_at_1"] / each["adherence"]["real"]["recall_at_1"],
        lambda value: value > 0.5,
        {"ignores audio", "genre alone", "one cover", "pixel noise"},
    ),
    "p": (
        lambda each: each["adherence"]["p_value"],
        lambda value: value <= 0.05,
        {"ignores audio", "one cover", "pixel noise"},
    ),
    "genre": (
        lambda each: each["genre"]["generated"],
        lambda value: value > 0.9,
        {"ignores audio", "one cover", "pixel noise"},
    ),
    "relative diversity": (
        lambda each: each["diversity"]["features"]["value"],
        lambda value: 0.5 < value < 1.1,
        {"ignores noise", "copies", "one cover", "pixel noise"},
    ),
    "memorisation": (
        lambda each: each["memorisation"]["nearer"],
        lambda value: value < 0.75,
        # Covers without noise, and averages, are nearer to the data than data is.
        {"copies", "one cover", "ignores noise", "pixel noise"},
    ),
    "KID": (
        lambda each: each["quality"]["kid"]["value"] / each["quality"]["kid"]["standard_error"],
        lambda value: value < 5.0,
        {"ignores noise", "one cover", "pixel noise"},
    ),
    "coverage": (
        lambda each: each["quality"]["coverage"],
        lambda value: value > 0.6,
        {"one cover"},
    ),
    "grid": (
        lambda each: each["artefacts"]["period_2"]["shared"],
        lambda value: value < 0.5,
        {"grid"},
    ),
    "AUC at full size": (
        lambda each: each["quality"]["two_sample"]["16"]["auc"],
        lambda value: value < 0.7,
        {"grid", "one cover", "pixel noise", "ignores noise"},
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_fault_fails_on_the_figure_meant_for_it(figures, rule):
    value, good, faults = RULES[rule]

    found = {name: value(each) for name, each in figures.items()}

    assert {name for name, figure in found.items() if not good(figure)} == faults, found


def test_covers_drawn_for_equal_facts_show_the_diversity_of_the_truth():
    rng = np.random.default_rng(3)

    def readings(spread):
        facts = spread * rng.normal(size=(40 * NOISES, len(SHOWN)))
        values = {"facts": facts, "features": facts[:, :3], "pixels": facts}
        return Readings(values, {}, 1.0, np.empty(0), len(facts))

    made, drawn = readings(0.25), readings(0.5)
    truth = {"features": rng.normal(size=(80, 3)), "pixels": rng.normal(size=(80, len(SHOWN)))}
    real = Readings(truth, {}, 1.0, np.empty(0), 80)
    tracks, genres = np.arange(40) % 2, np.arange(80) % 2

    diversity = sections.diversity(made, NOISES, tracks, real, genres, drawn)
    found = sections.against_drawn(made, drawn, NOISES)

    assert diversity["features"]["value"] == pytest.approx(0.25, rel=0.1)
    assert diversity["drawn"]["value"] == pytest.approx(0.5, rel=0.1)
    assert list(found["spread"].values()) == pytest.approx([0.5] * len(FREE), rel=0.1)
    # Of normals: E|X - Y| is in proportion to the root of the sum of both variances.
    expected = 1.0 - (np.sqrt(2.0) + np.sqrt(0.5)) / (2.0 * np.sqrt(1.25))
    assert found["energy_coefficient"]["value"] == pytest.approx(expected, abs=0.01)
