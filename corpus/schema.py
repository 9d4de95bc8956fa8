"""The named values of an AcousticBrainz low-level document, flattened."""

import functools
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

SECTIONS = ("lowlevel", "rhythm", "tonal")


class Value(NamedTuple):
    """One of the 580 values and its rough scale over real music.

    Args:
        name: Its path in the document, such as `lowlevel.barkbands.mean.std`.
        sign: 1 or -1 where the sign never changes, else 0.
        order: Decimal order of magnitude, None for a value that is always zero.
        spread: Standard deviation of the logarithm, in decades.
        zeros: Share of tracks that measure exactly zero.
    """

    name: str
    sign: int
    order: float | None
    spread: float
    zeros: float


@functools.cache
def values() -> tuple[Value, ...]:
    """The 580 values in the order of the vector."""
    text = resources.files("corpus").joinpath("schema.json").read_text(encoding="utf-8")
    return tuple(Value(*row) for row in json.loads(text)["values"])


@functools.cache
def names() -> tuple[str, ...]:
    """The 580 names in the order of the vector."""
    return tuple(value.name for value in values())


def flatten(document: Mapping[str, Any]) -> dict[str, float]:
    """Name and value of every number of a document, in document order.

    A number gives itself, a list its mean and (population) standard deviation, a dict does
    so for each of its statistics; strings give nothing. Matrices count as flat lists.

    Args:
        document: A low-level document with the sections `lowlevel`, `rhythm` and `tonal`.

    Raises:
        KeyError: If a section is missing.
    """
    found: dict[str, float] = {}
    for section in SECTIONS:
        for name, content in document[section].items():
            statistics = content.items() if isinstance(content, Mapping) else [("", content)]
            for statistic, number in statistics:
                path = ".".join(filter(None, (section, name, statistic)))
                found.update(_numbers(path, number))
    return found


def _numbers(path: str, content: Any) -> Iterator[tuple[str, float]]:
    if isinstance(content, str):
        return
    if isinstance(content, list):
        array = np.asarray(content, dtype=np.float64)
        yield f"{path}.mean", float(array.mean())
        yield f"{path}.std", float(array.std())
    else:
        yield path, float(content)
