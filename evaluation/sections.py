"""The sections of metrics.json, each from what was read of real and generated covers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from coverzoo.evaluation.built_in import FREE, SHOWN
from coverzoo.evaluation.metrics.conditional import energy_coefficient, relative_diversity
from coverzoo.evaluation.metrics.fid import fid
from coverzoo.evaluation.metrics.kid import kid
from coverzoo.evaluation.metrics.manifold import manifold_figures
from coverzoo.evaluation.metrics.memorisation import memorisation
from coverzoo.evaluation.metrics.retrieval import retrieval
from coverzoo.evaluation.networks.cover_factors import rank_correlation, spreads
from coverzoo.evaluation.networks.genre_accuracy import balanced_accuracy, interval
from coverzoo.evaluation.networks.two_sample import two_sample
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.readings import PERIODS, Readings
from coverzoo.evaluation.result import NotMeasurableError

ALPHA = 0.05  # of the p-value above which a reference network has no skill

Section = dict[str, Any]


def measured(section: Callable[[], Section]) -> Section:
    """A section, or why it cannot be measured."""
    try:
        return section()
    except NotMeasurableError as error:
        return {"not_measurable": str(error)}


def quality(real: Readings, made: Readings, protocol: Protocol, *, paired: bool) -> Section:
    """How close the distribution of generated covers is to that of held-out real ones.

    Args:
        real: Readings of real covers.
        made: Readings of generated covers.
        protocol: Sizes of the evaluation.
        paired: Whether cover i was generated from the audio of real cover i.
    """
    features = real.values["features"], made.values["features"]
    count = min(protocol.two_sample_covers, real.count, made.count)
    covers = real.images(count), made.images(count)
    side = covers[0].shape[1]
    sizes = sorted({min(size or side, side) for size in protocol.two_sample_sizes})
    tests = [
        two_sample(
            *covers, size, paired=paired, seed=protocol.seed, steps=protocol.two_sample_steps
        )
        for size in sizes
    ]
    return {
        "kid": kid(*features, paired=paired, seed=protocol.seed).to_json(),
        "fid": fid(*features, seed=protocol.seed).to_json(),
        **manifold_figures(*features).to_json(),
        "two_sample": {str(test.size): test.to_json() for test in tests},
    }


def matching(
    similarity_of: dict[str, np.ndarray],
    own: np.ndarray,
    units: np.ndarray,
    protocol: Protocol,
) -> Section:
    """Retrieval of the own audio for generated, real and shuffled covers.

    Args:
        similarity_of: Similarity (N, M) of covers and tracks, by the kind of covers.
        own: Track of each cover (N,).
        units: Unit of each track (M,).
        protocol: Sizes of the evaluation.
    """
    found = {
        kind: retrieval(
            each, own, units, permutations=protocol.permutations, seed=protocol.seed
        ).to_json()
        for kind, each in similarity_of.items()
    }
    section = {**found["generated"], "real": found["real"], "shuffled": found["shuffled"]}
    if found["real"]["p_value"] > ALPHA:
        raise NotMeasurableError(
            "the reference network does not find the audio of real covers "
            f"(p = {found['real']['p_value']:.2g}), so that it measures nothing on generated ones"
        )
    return section


def genre(truth: np.ndarray, readings: dict[str, Readings], genres: tuple[str, ...]) -> Section:
    """Accuracy of the genre classifier on covers, by genre, with its confusion.

    Args:
        truth: Genre of each track (N,), -1 if train does not have it.
        readings: Readings of `generated`, `real` and `shuffled` covers.
        genres: Names of the genres.
    """
    if len(genres) < 2 or not (truth >= 0).any():
        raise NotMeasurableError("needs two genres or more in train, and tracks of them")
    predicted = {kind: each.values["genre"] for kind, each in readings.items()}
    known = truth >= 0
    low, high = interval(truth, predicted["generated"])
    confusion = np.zeros((len(genres), len(genres)), int)
    np.add.at(confusion, (truth[known], predicted["generated"][known]), 1)
    return {
        **{kind: balanced_accuracy(truth, each) for kind, each in predicted.items()},
        "generated_low": low,
        "generated_high": high,
        "chance": 1.0 / len(genres),
        "genres": {
            name: {
                "tracks": int((truth == number).sum()),
                **{
                    kind: float((each[truth == number] == number).mean())
                    for kind, each in predicted.items()
                },
            }
            for number, name in enumerate(genres)
            if (truth == number).any()
        },
        "confusion": confusion.tolist(),
    }


def diversity(
    made: Readings,
    noises: int,
    tracks: np.ndarray,
    real: Readings,
    genres: np.ndarray,
    drawn: Readings | None = None,
) -> Section:
    """How far covers of one track differ, over how far real covers of its genre do.

    Args:
        made: Readings of `noises` covers for each track, one track after another.
        noises: Covers of each track.
        tracks: Genre of each track.
        real: Readings of real covers.
        genres: Genre of each of them.
        drawn: Readings of as many covers that the corpus draws for equal facts; None for data
            that cannot be drawn anew.
    """

    def relative(covers: Readings, name: str) -> Section:
        values = covers.values[name].reshape(len(tracks), noises, -1)
        return relative_diversity(values, tracks, real.values[name], genres).to_json()

    section: Section = {name: relative(made, name) for name in ("features", "pixels")}
    if drawn is not None:
        section["drawn"] = relative(drawn, "features")
    pixels = made.values["pixels"].reshape(len(tracks), noises, -1)
    by_noise = np.mean(np.abs(pixels[:, 0] - pixels[:, 1]))
    # One noise, another track: column 0 of the tracks against that of the next one.
    by_audio = np.mean(np.abs(pixels[:, 0] - np.roll(pixels[:, 0], 1, axis=0)))
    section["by_noise"], section["by_audio"] = float(by_noise), float(by_audio)
    section["sensitivity"] = float(by_audio / by_noise) if by_noise > 0.0 else None
    return section


def facts(shown: np.ndarray, real: Readings, made: Readings) -> Section:
    """Rank correlation of each fact of a track with the fact that is read from a cover of it.

    Args:
        shown: Facts and free factors of the corpus (N, 11), see `built_in.SHOWN`.
        real: Readings of the real covers of the tracks.
        made: Readings of covers generated from their audio.
    """
    count = len(SHOWN) - len(FREE)
    found = {
        kind: rank_correlation(shown[:, :count], each.values["facts"][:, :count])
        for kind, each in (("generated", made), ("real", real))
    }
    return {
        name: {kind: float(each[number]) for kind, each in found.items()}
        for number, name in enumerate(SHOWN[:count])
    }


def against_drawn(made: Readings, drawn: Readings, noises: int) -> Section:
    """Covers of a track beside those that the corpus draws for equal facts.

    Args:
        made: Readings of `noises` generated covers for each track, one track after another.
        drawn: Readings of as many drawn ones.
        noises: Covers of each track.
    """
    sets = [each.values["features"].reshape(-1, noises, each.values["features"].shape[1])
            for each in (made, drawn)]  # fmt: skip
    spread, true = (
        spreads(each.values["facts"].reshape(-1, noises, len(SHOWN))) for each in (made, drawn)
    )
    return {
        "energy_coefficient": energy_coefficient(*sets).to_json(),
        "spread": {
            name: float(spread[number] / true[number])
            for number, name in enumerate(SHOWN)
            if name in FREE and true[number] > 0.0
        },
    }


def artefacts(real: Readings, made: Readings) -> Section:
    """Energy at the periods of a pixel grid, and sharpness, over those of real covers."""
    section: Section = {}
    for period in PERIODS:
        if period not in real.grids or period not in made.grids:
            raise NotMeasurableError("needs two covers or more of each kind")
        energy, shared = made.grids[period].energy, made.grids[period].shared
        of_real = real.grids[period]
        section[f"period_{period}"] = {
            "energy": energy / of_real.energy if of_real.energy else None,
            "shared": shared,
            "real_shared": of_real.shared,
        }
    section["sharpness"] = made.sharpness / real.sharpness if real.sharpness else None
    return section


def copies(train: Readings, real: Readings, made: Readings) -> Section:
    """Distances to the nearest training cover, generated against held-out real."""
    sets = (each.values["features"] for each in (train, real, made))
    return memorisation(*sets).to_json()
