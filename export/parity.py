"""How far an exported artefact is from the Keras model, and whether it still hears."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coverzoo.export.examples import Examples
from coverzoo.export.signatures import Signatures, core

Run = Callable[[str, dict[str, np.ndarray]], dict[str, np.ndarray]]

# What an artefact may differ by, on a scale where covers span 2: at most, or on average where
# values are rounded to 8 bits.
LIMITS = {"float32": 1e-4, "float16": 0.02, "int8": 0.08}
AVERAGED = ("int8",)
SPREAD = 0.9


@dataclass(frozen=True)
class Parity:
    """An artefact's signature against the same function of the Keras model, on 64 examples.

    Attributes:
        signature: its name.
        largest: of all absolute differences; of a code, whose scale is its own, in units of its
            standard deviation.
        mean: of them.
        psnr: 10 log₁₀(2² / mean squared difference) in dB, None where nothing differs or the
            output is no cover.
        spread: mean over pixels of the standard deviation over 64 tracks at one z, as a share of
            the Keras model's; None where there is no music. An artefact that is near the model
            cover by cover can still have lost what the music changes.
        jumps: true where the model finds the largest of four values: the last bit decides between
            two that are alike, so that only the mean is held to the limit.
    """

    signature: str
    largest: float
    mean: float
    psnr: float | None = None
    spread: float | None = None
    jumps: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def faults(self, kind: str) -> list[str]:
        """What is too far off for an artefact of the kind: `float32`, `float16` or `int8`."""
        found = []
        by_mean = kind in AVERAGED or self.jumps
        name, value = ("mean", self.mean) if by_mean else ("largest", self.largest)
        if not value <= LIMITS[kind]:
            found.append(
                f"{self.signature}: {name} difference {value:.2g}, allowed {LIMITS[kind]:.2g}"
            )
        if self.spread is not None and not self.spread >= SPREAD:
            found.append(
                f"{self.signature}: the music changes {self.spread:.2f} of what it should, "
                f"needed {SPREAD}"
            )
        return found


class Reference:
    """The Keras model's answers to the examples.

    Args:
        model: what `zoo.load` gives.
        examples: its inputs.
    """

    def __init__(self, model: Any, examples: Examples) -> None:
        self.model, self.examples = model, examples
        self.signatures: Signatures = core(model)
        self._known: dict[tuple[str, bool], np.ndarray] = {}

    def answer(self, name: str, at_one_z: bool = False) -> np.ndarray:
        """The output of a signature, a row an example."""
        if (name, at_one_z) not in self._known:
            signature = self.signatures[name]
            examples = self.examples.at_one_z() if at_one_z else self.examples
            outputs = signature.function(*examples.of(signature.inputs).values())
            self._known[name, at_one_z] = np.asarray(_only(outputs))
        return self._known[name, at_one_z]

    def compare(self, name: str, run: Run, as_name: str | None = None, rows: int = 0) -> Parity:
        """An artefact's signature against the model's.

        Args:
            name: of the model's signature.
            run: the artefact: its signature's name and inputs → outputs.
            as_name: what the artefact calls it.
            rows: of its batch, 0 for all examples at once.
        """
        as_name, rows = as_name or name, rows or len(self.examples)
        inputs = self.signatures[name].inputs

        def answer(examples: Examples) -> np.ndarray:
            batches = examples.batches(inputs, rows)
            return np.concatenate([_only(run(as_name, batch)) for batch in batches])

        expected, got = self.answer(name), answer(self.examples)
        if got.shape != expected.shape:
            raise ValueError(f"{as_name} gives {got.shape}, the model {expected.shape}")
        difference = np.abs(got.astype(np.float64) - expected)
        squared, psnr = float(np.mean(difference**2)), None
        if name == "encode":
            difference /= max(float(np.std(expected)), 1e-12)
        elif squared:
            psnr = 10.0 * np.log10(4.0 / squared)
        spread = None
        if {"z", "audio"} <= set(inputs):
            wanted = _spread(self.answer(name, at_one_z=True))
            spread = _spread(answer(self.examples.at_one_z())) / max(wanted, 1e-12)
        jumps = getattr(self.model, "method", "") == "unpool" or None
        return Parity(
            as_name, float(difference.max()), float(difference.mean()), psnr, spread, jumps
        )


def _only(outputs: dict[str, Any]) -> np.ndarray:
    """The cover, or the code, of a signature's outputs."""
    return np.asarray(outputs["image"] if "image" in outputs else outputs["code"])


def _spread(covers: np.ndarray) -> float:
    return float(np.mean(np.std(covers, axis=0)))
