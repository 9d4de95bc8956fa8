"""Covers from a TFLite file."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo_device.metadata import Shapes, describes, read_metadata
from coverzoo_device.shared import noise
from coverzoo_device.shared.errors import UserError
from coverzoo_device.shared.files import sha256

# XNNPACK computes three to four times as fast as the plain kernels, on copies of the weights that
# it packs when a model first runs: one copy per signature, used or not. Copies of more bytes than
# this would take more memory than a device has, and more time than a few covers save.
MAX_PACKED_BYTES = 64_000_000

_REMEDY = "give one that zoo-export wrote"


class Sampler:
    """A generator of covers from a TFLite file and the metadata file beside it.

    The methods are for one thread at a time.

    Args:
        file: Path of NAME-float32.tflite, NAME-float16.tflite or NAME-int8.tflite; NAME.json must
            be beside it.
        threads: Number of CPU threads.
        xnnpack: Whether XNNPACK computes; None if its copies of the weights are small. True is
            faster for thousands of covers where there is enough memory.

    Attributes:
        metadata: Properties of the model.
        sha256: SHA-256 of the file in hexadecimal.
        latent_dim: Number of values of a latent code.

    Raises:
        UserError: If a file cannot be read, the two do not fit, or the model does not generate.
    """

    def __init__(self, file: Path, threads: int = 1, xnnpack: bool | None = None) -> None:
        self.file = Path(file)
        _check_is_tflite(self.file)
        self.metadata = read_metadata(self.file)
        self.sha256 = sha256(self.file)
        self._litert = _interpreter(self.file, threads, xnnpack=False)
        self._runners: dict[str, Any] = {}
        shapes = _signature_shapes(self._litert)
        if shapes != self.metadata.signatures or not describes(self.metadata, self.sha256):
            raise UserError(
                f"{self.file}: the metadata beside it is of another file; copy both from where "
                "zoo-export wrote them"
            )
        if self.metadata.latent_dim is None:
            raise UserError(
                f"{self.file}: {self.metadata.name} reconstructs covers and generates none; "
                "export a GAN or a VAE"
            )
        self.latent_dim = self.metadata.latent_dim
        types = {np.dtype(tensor["dtype"]).name for tensor in self._litert.get_tensor_details()}
        if xnnpack is None:
            packed = len(self.metadata.signatures) * self.file.stat().st_size
            if "float16" in types:  # packed as float32
                packed *= 2
            xnnpack = packed <= MAX_PACKED_BYTES
        if xnnpack:
            self._litert = _interpreter(self.file, threads, xnnpack=True)
        self._single_rows = not xnnpack  # plain kernels gain nothing from batches

    def sample(
        self,
        track: np.ndarray | None = None,
        *,
        seed: int = 0,
        count: int = 1,
        strength: float = 1.0,
        truncation: float | None = None,
    ) -> np.ndarray:
        """Covers of noise 0 … count - 1 of a seed, those that `zoo-sample` generates from it.

        Args:
            track: Raw audio features (1160,) as `load_track` returns them, or None to generate
                without audio.
            seed: Seed of the noise, a 64-bit integer; equal seeds give equal covers.
            count: Number of covers.
            strength: Scale of the audio's effect: 0 for none, 1 as in training.
            truncation: Bound T > 0; noise beyond ±T is redrawn, for more typical and less diverse
                covers.

        Returns:
            float32 (count, S, S, 3) in [-1, 1].

        Raises:
            UserError: If the model cannot do what is asked, or LiteRT cannot run it.
            ValueError: If an argument is out of range or has a wrong shape.
        """
        self.check_conditioning(track is not None, strength)
        if count < 1:
            raise ValueError(f"count must be 1 or more. Received: {count}")
        z = noise.normal(seed, range(count), self.latent_dim, truncation)
        if track is None:
            return self.generate(z)
        if np.shape(track) != (self.metadata.width,):
            raise UserError(
                f"--audio: {self.metadata.name} takes tracks of {self.metadata.width} numbers, "
                f"not {np.size(track)}; give a track of the features it was trained on"
            )
        return self.generate(z, np.broadcast_to(track, (count, len(track))), strength)

    def typicality(self, track: np.ndarray) -> float | None:
        """How typical a track is of what the model was trained on; runs the model once.

        Args:
            track: Raw audio features (1160,).

        Returns:
            Percentile in [0, 100] of the track's distance among the training tracks: about 50 for a
            usual one, 100 for one farther than all of them. None for a file of an earlier version,
            or a model that does not measure it.

        Raises:
            UserError: If the model was trained without audio, or LiteRT cannot run it.
            ValueError: If the track has a wrong shape or is not finite.
        """
        self.check_conditioning(audio=True)
        name = "sample_audio_1"
        if "typicality" not in self.metadata.signatures[name]["outputs"]:
            return None
        batch: dict[str, np.ndarray] = {
            "z": np.zeros((1, self.latent_dim), np.float32),
            "audio": _checked_array("track", track, (self.metadata.width,))[None],
        }
        if self.metadata.strength:
            batch["strength"] = np.ones(1, np.float32)
        return float(self._run(name, batch)["typicality"][0])

    def generate(
        self, z: np.ndarray, audio: np.ndarray | None = None, strength: float = 1.0
    ) -> np.ndarray:
        """Covers of any number of latent codes.

        XNNPACK runs batches of four, and of one for the rest; plain kernels run batches of one.

        Args:
            z: Latent codes (N, latent_dim), standard normal.
            audio: Raw audio features (N, 1160), a track per code, or None.
            strength: Scale of the audio's effect, see `sample`.

        Returns:
            float32 (N, S, S, 3) in [-1, 1].

        Raises:
            UserError: If the model cannot do what is asked, or LiteRT cannot run it.
            ValueError: If a shape does not fit, or a value is not finite.
        """
        self.check_conditioning(audio is not None, strength)
        inputs = {"z": _checked_array("z", z, (len(z), self.latent_dim))}
        if audio is not None:
            inputs["audio"] = _checked_array("audio", audio, (len(z), self.metadata.width))
            if self.metadata.strength:
                strengths = np.full(len(z), strength, np.float32)
                inputs["strength"] = _checked_array("strength", strengths, (len(z),))
        signature = "sample" if audio is None else "sample_audio"
        side = self.metadata.image_size
        covers = np.empty((len(z), side, side, 3), np.float32)
        start = 0
        for rows in self._batch_sizes(signature, len(z)):
            part = slice(start, start + rows)
            batch = {name: value[part] for name, value in inputs.items()}
            covers[part] = self._run(f"{signature}_{rows}", batch)["image"]
            start += rows
        if not np.isfinite(covers).all():
            raise UserError(
                f"{self.file}: the covers are not finite numbers: the audio or its strength is far "
                f"from what {self.metadata.name} was trained on; give another track, or "
                "--strength 1"
            )
        return covers

    def check_conditioning(self, audio: bool, strength: float = 1.0) -> None:
        """Refuse to generate with or without audio where the model cannot.

        Args:
            audio: Whether there is a track.
            strength: Scale of the audio's effect.

        Raises:
            UserError: If the model cannot do so; the message names the option.
        """
        model = self.metadata
        if audio and model.width is None:
            raise UserError(f"--audio: {model.name} was trained without audio; leave it out")
        if not audio and model.width is not None and "sample_1" not in model.signatures:
            raise UserError(f"--audio: {model.name} cannot generate without audio; give a track")
        if audio and not model.strength and strength != 1.0:
            raise UserError(
                f"--strength: {model.name} has no null condition; leave the strength at 1"
            )

    def _batch_sizes(self, signature: str, count: int) -> Iterator[int]:
        """Sizes of the batches for a number of covers, the largest first."""
        names = (name.rpartition("_") for name in self.metadata.signatures)
        sizes = sorted((int(rows) for name, _, rows in names if name == signature), reverse=True)
        for size in sizes:
            while count >= size and (size == 1 or not self._single_rows):
                yield size
                count -= size

    def _run(self, name: str, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        runner = self._runners.get(name)
        if runner is not None:
            return runner(**batch)
        try:
            with _quiet():  # LiteRT prints notes when a signature first runs
                runner = self._litert.get_signature_runner(name)
                outputs = runner(**batch)
        except (RuntimeError, ValueError) as error:
            raise UserError(f"{self.file}: {_reason(error)}; {_REMEDY}") from error
        self._runners[name] = runner
        return outputs


def _check_is_tflite(file: Path) -> None:
    """Refuse another kind of file, for which LiteRT's message is hard to understand."""
    try:
        with file.open("rb") as content:
            head = content.read(8)
    except IsADirectoryError as error:
        raise UserError(f"{file}: a folder; give a .tflite file that zoo-export wrote") from error
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}; {_REMEDY}") from error
    if head[4:] != b"TFL3":
        raise UserError(f"{file}: not a TFLite file; {_REMEDY}")


def _interpreter(file: Path, threads: int, xnnpack: bool) -> Any:
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
        raise UserError(f"{file}: damaged: {_reason(error)}; copy it again") from error


def _signature_shapes(litert: Any) -> Shapes:
    """The shapes of every signature of a TFLite file, in the form of the metadata."""
    found: Shapes = {}
    for name in litert.get_signature_list():
        runner = litert.get_signature_runner(name)
        details = {"inputs": runner.get_input_details(), "outputs": runner.get_output_details()}
        found[name] = {
            group: {key: [int(n) for n in tensor["shape"]] for key, tensor in tensors.items()}
            for group, tensors in details.items()
        }
    return found


def _reason(error: Exception) -> str:
    """LiteRT's message on one line."""
    text = " ".join(str(error).split())
    if "Select TensorFlow op" in text:
        operation = text.rpartition("(")[2].partition(")")[0]
        return f"its operation {operation} needs TensorFlow"
    return f"LiteRT reports: {text.rstrip('.')}"


def _checked_array(name: str, value: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    """A finite float32 array of the shape, else ValueError."""
    array = np.asarray(value, np.float32)
    if array.shape != shape:
        raise ValueError(f"{name} must be {shape}. Received: {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what C++ code writes to standard error in the block; show it if the block raises."""
    try:
        saved = os.dup(2)
    except OSError:  # closed, as in a service: there is nothing to hide
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except Exception:
            hidden.seek(0)
            os.write(saved, hidden.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
