"""Facts of a track, computed from named values of its audio vector.

They are values that describe a recording as a whole: the same for two excerpts of one recording,
different between recordings, and nearly independent of each other. A real track has them too.
"""

import functools
from typing import NamedTuple

import numpy as np

from coverzoo.corpus import schema


class Fact(NamedTuple):
    """One fact: a value of the vector, brought to [0, 1].

    Attributes:
        value: Name of the value.
        low: Value that the fact 0 stands for, about the 2nd percentile of real music.
        high: Value that the fact 1 stands for, about the 98th.
        logarithmic: Whether equal ratios, instead of equal differences, are equal steps.
    """

    value: str
    low: float
    high: float
    logarithmic: bool = False


FACTS: dict[str, Fact] = {
    "tempo": Fact("rhythm.bpm", 70.0, 185.0),  # beats per minute
    "onset_rate": Fact("rhythm.onset_rate", 1.4, 5.3),  # onsets per second
    "brightness": Fact("lowlevel.spectral_centroid.mean", 480.0, 2640.0, True),  # Hz
    "pitch_salience": Fact("lowlevel.pitch_salience.mean", 0.36, 0.64),
    "key_strength": Fact("tonal.key_strength", 0.40, 0.86),
}


def audio_facts(vectors: np.ndarray) -> np.ndarray:
    """Facts of audio vectors, float64 (N, 5), in the order of `FACTS`.

    A fact is clip((x - low) / (high - low), 0, 1) of its value x, or of the logarithms of all
    three.

    Args:
        vectors: Audio vectors or their first halves, (N, 580 or more), with a known first half.
    """
    columns = []
    for fact, index in zip(FACTS.values(), _indices(), strict=True):
        x = np.asarray(vectors[:, index], np.float64)
        low, high = fact.low, fact.high
        if fact.logarithmic:
            x, low, high = np.log(np.maximum(x, 1e-9)), np.log(low), np.log(high)
        columns.append(np.clip((x - low) / (high - low), 0.0, 1.0))
    return np.stack(columns, axis=1)


@functools.cache
def _indices() -> tuple[int, ...]:
    names = schema.names()
    return tuple(names.index(fact.value) for fact in FACTS.values())
