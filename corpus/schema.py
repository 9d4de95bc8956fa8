"""Names and values of a flattened AcousticBrainz low-level document."""

import functools
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

SECTIONS = ("lowlevel", "rhythm", "tonal")


class Value(NamedTuple):
    """One of the 580 values and its approximate scale over real music.

    Attributes:
        name: Path in the document, such as `lowlevel.barkbands.mean.std`.
        sign: 1 or -1 if the sign never changes, else 0.
        order: Decimal order of magnitude; None for a value that is always zero.
        spread: Standard deviation of the logarithm, in decades.
        zeros: Share of tracks whose value is exactly zero.
    """

    name: str
    sign: int
    order: float | None
    spread: float
    zeros: float


@functools.cache
def values() -> tuple[Value, ...]:
    """Return the descriptions of the 580 values, in the order of the vector."""
    text = resources.files("coverzoo.corpus").joinpath("schema.json").read_text(encoding="utf-8")
    return tuple(Value(*row) for row in json.loads(text)["values"])


@functools.cache
def names() -> tuple[str, ...]:
    """Return the 580 names, in the order of the vector."""
    return tuple(value.name for value in values())


def flatten(document: Mapping[str, Any]) -> dict[str, float]:
    """Return name and value of every number of a document, in document order.

    A number is returned as it is, a list as its mean and (population) standard deviation, and a
    dict in this way for each of its statistics. Matrices are treated as flat lists. Strings, and
    everything else that is neither a number nor a list of numbers, are ignored.

    Args:
        document: Low-level document with the sections `lowlevel`, `rhythm` and `tonal`.

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


def vector(document: Mapping[str, Any]) -> np.ndarray:
    """Return the 580 values of a document in the order of the schema, float32 (580,).

    Values are selected by name: their order in the document and its other content do not matter.

    Args:
        document: Low-level document, as for `flatten`.

    Raises:
        ValueError: If a section or value is missing, or a value is not a finite number in
            float32; the message names it.
    """
    for section in SECTIONS:
        if not isinstance(document.get(section), Mapping):
            raise ValueError(f"no section {section!r}")
    found = flatten(document)
    missing = [name for name in names() if name not in found]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ValueError(f"no number for {missing[0]}{more}")
    numbers = np.array([found[name] for name in names()])
    with np.errstate(over="ignore"):
        result = numbers.astype(np.float32)
    finite = np.isfinite(result)
    if not finite.all():
        first = int(np.argmin(finite))
        reason = "beyond float32" if np.isfinite(numbers[first]) else "not a finite number"
        raise ValueError(f"{names()[first]} is {numbers[first]:g}, {reason}")
    return result


def _numbers(path: str, content: Any) -> Iterator[tuple[str, float]]:
    try:
        array = np.asarray(content)
    except ValueError:  # rows of different lengths
        return
    if array.dtype.kind not in "iuf" or array.size == 0:
        return
    if array.ndim == 0:
        yield path, float(array)
        return
    # An overflow results in a value that is not finite, which the caller refuses by name.
    with np.errstate(over="ignore", invalid="ignore"):
        yield f"{path}.mean", float(array.mean(dtype=np.float64))
        yield f"{path}.std", float(array.std(dtype=np.float64))
