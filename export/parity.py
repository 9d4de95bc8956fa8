"""How far an artefact is from the Keras model, and whether the audio still changes its output."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coverzoo.export.examples import Examples
from coverzoo.export.signatures import Signatures, float_signatures

RunSignature = Callable[[str, dict[str, np.ndarray]], dict[str, np.ndarray]]
"""An artefact: name of a signature and its inputs → its outputs."""

# Allowed differences by weight type, where covers span 2. A sharp generator can make much of the
# last bit at a few pixels, so that a wrong one is seen by the mean, which float16 weights exceed.
LARGEST = {"float32": 1e-3, "float16": 0.02}
MEAN = {"float32": 1e-5, "int8": 0.08}
DISCONTINUOUS_MEAN = {"float32": 1e-4, "float16": 0.02, "int8": 0.08}
MAX_TYPICALITY_DIFFERENCE = 0.1  # in percentile points; no weight type rounds the feature scaling
MIN_AUDIO_STD_RATIO = 0.9


@dataclass(frozen=True)
class Parity:
    """A signature of an artefact compared with the same function of the Keras model.

    Attributes:
        signature: Name of the signature.
        max_difference: Largest absolute difference on 64 examples; of a code, whose scale is its
            own, in units of its standard deviation.
        mean_difference: Mean absolute difference, in the same units.
        psnr: 10 log₁₀(2² / mean squared difference) in dB; None where nothing differs or the
            output is not a cover.
        audio_std_ratio: Standard deviation over 64 tracks at one z, mean over pixels, divided by
            the Keras model's; None without audio. An artefact can be close to the model on every
            cover and still ignore the audio.
        typicality_difference: Mean absolute difference of the tracks' typicality, in percentile
            points; None where the model does not measure it. The mean, because a percentile jumps
            where training tracks are equal.
        discontinuous: True where the model takes the largest of four values: the last bit decides
            between two equal ones, so that only the mean difference is limited.
    """

    signature: str
    max_difference: float
    mean_difference: float
    psnr: float | None = None
    audio_std_ratio: float | None = None
    typicality_difference: float | None = None
    discontinuous: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data, without what is None."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def faults(self, weight_type: str) -> list[str]:
        """What exceeds the limits, a line each.

        Args:
            weight_type: Type of the artefact's weights: `float32`, `float16` or `int8`.
        """
        found = []
        largest = None if self.discontinuous else LARGEST.get(weight_type)
        mean = (DISCONTINUOUS_MEAN if self.discontinuous else MEAN).get(weight_type)
        for name, value, limit in (
            ("largest", self.max_difference, largest),
            ("mean", self.mean_difference, mean),
        ):
            if limit is not None and not value <= limit:
                found.append(
                    f"{self.signature}: {name} difference {value:.2g}, allowed {limit:.2g}"
                )
        ratio = self.audio_std_ratio
        if ratio is not None and not ratio >= MIN_AUDIO_STD_RATIO:
            found.append(
                f"{self.signature}: the audio changes the covers {ratio:.2f} times as much as in "
                f"the Keras model, needed {MIN_AUDIO_STD_RATIO}"
            )
        points = self.typicality_difference
        if points is not None and not points <= MAX_TYPICALITY_DIFFERENCE:
            found.append(
                f"{self.signature}: the typicality of tracks differs by {points:.2g} percentile "
                f"points, allowed {MAX_TYPICALITY_DIFFERENCE:g}"
            )
        return found


class Reference:
    """The Keras model's outputs for the examples.

    Args:
        model: Model as `coverzoo.load` returns it.
        examples: Inputs of the model.
    """

    def __init__(self, model: Any, examples: Examples) -> None:
        self.model, self.examples = model, examples
        self.signatures: Signatures = float_signatures(model)
        self._known: dict[tuple[str, bool], dict[str, np.ndarray]] = {}

    def outputs(self, name: str, one_z: bool = False) -> dict[str, np.ndarray]:
        """The outputs of a signature by name, a row per example.

        Args:
            name: Name of the signature.
            one_z: Whether all examples have the first z and strength 1.
        """
        if (name, one_z) not in self._known:
            signature = self.signatures[name]
            examples = self.examples.with_one_z() if one_z else self.examples
            outputs = signature.function(*examples.select(signature.inputs).values())
            self._known[name, one_z] = {key: np.asarray(value) for key, value in outputs.items()}
        return self._known[name, one_z]

    def output(self, name: str, one_z: bool = False) -> np.ndarray:
        """The covers or codes among `outputs`."""
        return _image_or_code(self.outputs(name, one_z))

    def compare(
        self, name: str, run: RunSignature, artefact_name: str | None = None, rows: int = 0
    ) -> Parity:
        """Compare an artefact's signature with the model's.

        Args:
            name: Name of the model's signature.
            run: The artefact.
            artefact_name: Name of the artefact's signature, if it differs.
            rows: Batch size of the artefact; 0 for all examples at once.

        Raises:
            ValueError: If the output's shape differs, or the typicality is missing.
        """
        artefact_name, rows = artefact_name or name, rows or len(self.examples)
        inputs = self.signatures[name].inputs

        def outputs(examples: Examples) -> dict[str, np.ndarray]:
            batches = [run(artefact_name, batch) for batch in examples.batches(inputs, rows)]
            return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}

        made = outputs(self.examples)
        expected, found = self.output(name), _image_or_code(made)
        if found.shape != expected.shape:
            raise ValueError(f"{artefact_name} returns {found.shape}, the model {expected.shape}")
        difference = np.abs(found.astype(np.float64) - expected)
        squared, psnr = float(np.mean(difference**2)), None
        if name == "encode":
            difference /= max(float(np.std(expected)), 1e-12)
        elif squared:
            psnr = 10.0 * np.log10(4.0 / squared)
        ratio = None
        if {"z", "audio"} <= set(inputs):
            wanted = _std_over_rows(self.output(name, one_z=True))
            covers = _image_or_code(outputs(self.examples.with_one_z()))
            ratio = _std_over_rows(covers) / max(wanted, 1e-12)
        discontinuous = getattr(self.model, "method", "") == "unpool" or None
        return Parity(
            artefact_name,
            float(difference.max()),
            float(difference.mean()),
            psnr,
            ratio,
            self.typicality_difference(name, made),
            discontinuous,
        )

    def typicality_difference(self, name: str, made: dict[str, np.ndarray]) -> float | None:
        """Mean absolute difference of the typicality in percentile points; None if there is none.

        Args:
            name: Name of the model's signature.
            made: Outputs of the artefact for all examples.

        Raises:
            ValueError: If only one of the two returns it.
        """
        expected, found = self.outputs(name).get("typicality"), made.get("typicality")
        if expected is None and found is None:
            return None
        if expected is None or found is None or found.shape != expected.shape:
            raise ValueError(f"{name}: the typicality of the artefact is not that of the model")
        return float(np.mean(np.abs(found.astype(np.float64) - expected)))


def _image_or_code(outputs: dict[str, np.ndarray]) -> np.ndarray:
    return outputs["image"] if "image" in outputs else outputs["code"]


def _std_over_rows(covers: np.ndarray) -> float:
    return float(np.mean(np.std(covers, axis=0)))
