"""Covers from a TFLite file."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo_device.card import Shapes, is_told, read_card
from coverzoo_device.shared import noise
from coverzoo_device.shared.errors import UserError

# XNNPACK computes three to four times as fast as the plain kernels, on copies of the weights which
# it packs when a model first runs: one for every signature, used or not. Beyond so many bytes they
# would take more memory than a device has to give, and more time than a few covers save.
PACKED = 64_000_000

_REMEDY = "give one that zoo-export wrote"


class Sampler:
    """A model that paints covers, from a TFLite file and the card beside it.

    The methods are for one thread at a time.

    Args:
        file: NAME-float32.tflite, NAME-float16.tflite or NAME-int8.tflite; NAME.json beside it.
        threads: of the CPU.
        xnnpack: whether to compute by XNNPACK; None: if its copies of the weights are small. For
            thousands of covers and with memory to spare, True.

    Attributes:
        card: what the model is.
        latent_dim: how many values a code has.

    Raises:
        UserError: The file or its card cannot be read, does not fit, or does not paint.
    """

    def __init__(self, file: Path, threads: int = 1, xnnpack: bool | None = None) -> None:
        self.file = Path(file)
        _check_kind(self.file)
        self.card = read_card(self.file)
        self._litert = _opened(self.file, threads, xnnpack=False)
        self._runners: dict[str, Any] = {}
        if _signatures(self._litert) != self.card.signatures or not is_told(self.card, self.file):
            raise UserError(
                f"{self.file}: the card beside it is of another file; copy both from where "
                "zoo-export wrote them"
            )
        if self.card.latent_dim is None:
            raise UserError(
                f"{self.file}: {self.card.name} gives covers back and paints none; "
                "export a GAN or a VAE"
            )
        self.latent_dim = self.card.latent_dim
        types = {np.dtype(tensor["dtype"]).name for tensor in self._litert.get_tensor_details()}
        if xnnpack is None:
            copies = len(self.card.signatures) * self.file.stat().st_size
            xnnpack = copies * (2 if "float16" in types else 1) <= PACKED  # copied as float32
        if xnnpack:
            self._litert = _opened(self.file, threads, xnnpack=True)
        self._one_by_one = not xnnpack  # plain kernels gain nothing by batches, which take memory

    def paint(
        self,
        track: np.ndarray | None = None,
        *,
        seed: int = 0,
        count: int = 1,
        strength: float = 1.0,
        truncation: float | None = None,
    ) -> np.ndarray:
        """Covers of noise 0 … count - 1 of a seed, those `zoo-sample` paints of it.

        Args:
            track: (1160,) raw, as `load_track` gives it, or None to paint without audio.
            seed: any 64-bit integer; equal seeds give equal covers.
            count: how many covers.
            strength: how far to go from "no audio" (0) to the audio (1) and beyond.
            truncation: T > 0: noise beyond ±T is redrawn, for safer covers and less variety.

        Returns:
            float32 (count, S, S, 3) in [-1, 1].

        Raises:
            UserError: The model cannot do what is asked, or LiteRT cannot run it.
            ValueError: A value is out of its range or of the wrong shape.
        """
        self.check_conditioning(track is not None, strength)
        if count < 1:
            raise ValueError(f"count must be 1 or more. Received: {count}")
        z = noise.normal(seed, range(count), self.latent_dim, truncation)
        if track is None:
            return self.generate(z)
        if np.shape(track) != (self.card.width,):
            raise UserError(
                f"--audio: {self.card.name} takes {self.card.width} numbers a track, not "
                f"{np.size(track)}; give a track of the features it was trained on"
            )
        return self.generate(z, np.broadcast_to(track, (count, len(track))), strength)

    def generate(
        self, z: np.ndarray, audio: np.ndarray | None = None, strength: float = 1.0
    ) -> np.ndarray:
        """Covers of any number of codes.

        By XNNPACK in batches of four while they last, then one by one; by plain kernels all of them
        one by one.

        Args:
            z: (N, latent_dim), standard normal.
            audio: (N, 1160) raw, a track for each code, or None.
            strength: see `paint`.

        Returns:
            float32 (N, S, S, 3) in [-1, 1].

        Raises:
            UserError: The model cannot do what is asked, or LiteRT cannot run it.
            ValueError: A shape does not fit, or a value is not finite.
        """
        self.check_conditioning(audio is not None, strength)
        inputs = {"z": _checked("z", z, (len(z), self.latent_dim))}
        if audio is not None:
            inputs["audio"] = _checked("audio", audio, (len(z), self.card.width))
            if self.card.strength:
                filled = np.full(len(z), strength, np.float32)
                inputs["strength"] = _checked("strength", filled, (len(z),))
        kind = "sample" if audio is None else "sample_audio"
        side = self.card.image_size
        covers = np.empty((len(z), side, side, 3), np.float32)
        start = 0
        for rows in self._batches(kind, len(z)):
            part = slice(start, start + rows)
            batch = {name: value[part] for name, value in inputs.items()}
            covers[part] = self._run(f"{kind}_{rows}", batch)
            start += rows
        if not np.isfinite(covers).all():
            raise UserError(
                f"{self.file}: no numbers come out: the audio or its strength is far from what "
                f"{self.card.name} was trained on; give another track, or --strength 1"
            )
        return covers

    def check_conditioning(self, audio: bool, strength: float = 1.0) -> None:
        """Refuse what the model cannot do with or without audio.

        Raises:
            UserError: naming the option.
        """
        card = self.card
        if audio and card.width is None:
            raise UserError(f"--audio: {card.name} was trained without audio; leave it out")
        if not audio and card.width is not None and "sample_1" not in card.signatures:
            raise UserError(f"--audio: {card.name} cannot paint without audio; give a track")
        if audio and not card.strength and strength != 1.0:
            raise UserError(
                f"--strength: {card.name} has no null condition and knows strength 1 only; "
                "leave it out"
            )

    def _batches(self, kind: str, count: int) -> Iterator[int]:
        """Sizes of batches for as many covers, the largest first."""
        names = (name.rpartition("_") for name in self.card.signatures)
        sizes = sorted((int(rows) for own, _, rows in names if own == kind), reverse=True)
        for size in sizes:
            while count >= size and (size == 1 or not self._one_by_one):
                yield size
                count -= size

    def _run(self, name: str, batch: dict[str, np.ndarray]) -> np.ndarray:
        runner = self._runners.get(name)
        if runner is not None:
            return runner(**batch)["image"]
        try:
            with _quiet():  # LiteRT tells of its delegate when a signature first runs
                runner = self._litert.get_signature_runner(name)
                image = runner(**batch)["image"]
        except (RuntimeError, ValueError) as error:
            raise UserError(f"{self.file}: {_reason(error)}; {_REMEDY}") from error
        self._runners[name] = runner
        return image


def _check_kind(file: Path) -> None:
    """Refuse what is no TFLite file, which LiteRT would say in other words."""
    try:
        with file.open("rb") as content:
            head = content.read(8)
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}; {_REMEDY}") from error
    if head[4:] != b"TFL3":
        raise UserError(f"{file}: not a TFLite file; {_REMEDY}")


def _opened(file: Path, threads: int, xnnpack: bool) -> Any:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    if xnnpack:
        kernels = OpResolverType.BUILTIN
    try:
        with _quiet():
            return Interpreter(
                model_path=str(file), num_threads=threads, experimental_op_resolver_type=kernels
            )
    except (RuntimeError, ValueError) as error:
        raise UserError(f"{file}: damaged: {_reason(error)}; copy it anew") from error


def _signatures(litert: Any) -> Shapes:
    """The shapes of every signature of a file, as the card tells them."""
    found: Shapes = {}
    for name in litert.get_signature_list():
        runner = litert.get_signature_runner(name)
        details = {"inputs": runner.get_input_details(), "outputs": runner.get_output_details()}
        found[name] = {
            side: {key: [int(n) for n in tensor["shape"]] for key, tensor in tensors.items()}
            for side, tensors in details.items()
        }
    return found


def _reason(error: Exception) -> str:
    """What LiteRT says, on one line."""
    text = " ".join(str(error).split())
    if "Select TensorFlow op" in text:
        operation = text.rpartition("(")[2].partition(")")[0]
        return f"its operation {operation} would need TensorFlow"
    return f"LiteRT says: {text.rstrip('.')}"


def _checked(name: str, value: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    array = np.asarray(value, np.float32)
    if array.shape != shape:
        raise ValueError(f"{name} must be {shape}. Received: {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what C++ writes to standard error in the block; show it should the block fail."""
    try:
        kept = os.dup(2)
    except OSError:  # closed, as a service may have it: nobody reads it
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    with tempfile.TemporaryFile() as notes:
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except Exception:
            notes.seek(0)
            os.write(kept, notes.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
