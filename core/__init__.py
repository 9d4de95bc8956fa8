"""Generative models for album covers, conditioned on music.

    import coverzoo

    covers = coverzoo.generate("demo", "song.mp3", count=4)  # float32 (4, S, S, 3) in [-1, 1]

`import coverzoo` is light: TensorFlow is imported by the first call that needs it. Functions take
the names and spellings of the commands' options, and raise `coverzoo.UserError` where a command
would print an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coverzoo.errors import UserError

if TYPE_CHECKING:
    import keras
    import numpy as np

    Track = str | Path | np.ndarray

__all__ = ["UserError", "__version__", "evaluate", "export_model", "generate", "load", "train"]

__version__: str


def load(run: str | Path) -> keras.Model:
    """Load the model of a run.

    >>> model = coverzoo.load("demo")
    >>> model.generate(z=np.zeros((1, model.latent_dim))).shape
    TensorShape([1, 128, 128, 3])

    Args:
        run: Run directory, `.keras` file, or `demo` for the bundled model.

    Returns:
        The model. One that generates covers has `generate(z, audio=None, strength=1.0)` and
        `latent_dim`; an autoencoder or VAE has `encode`, `decode` and `reconstruct`.

    Raises:
        UserError: If there is no such model.
    """
    from coverzoo import zoo

    return zoo.load(run)


def generate(
    run: str | Path,
    tracks: Track | Sequence[Track] | None = None,
    *,
    count: int = 1,
    seed: int = 0,
    strength: float = 1.0,
    truncation: float | None = None,
) -> np.ndarray:
    """Generate covers with the model of a run, as `zoo-sample` does.

    >>> coverzoo.generate("demo", count=2, seed=3).shape
    (2, 128, 128, 3)

    Args:
        run: Run directory, or `demo` for the bundled model.
        tracks: One track or several: files (.npy of audio features, AcousticBrainz .json, or
            music) or arrays of features, (width,) or (N, width). None generates without audio.
        count: Number of covers per track.
        seed: Seed of the noise; equal seeds give equal covers.
        strength: How strongly the audio conditions the covers: 0 not at all, 1 as in training.
        truncation: Bound T > 0; noise beyond ±T is redrawn.

    Returns:
        Covers as float32 (tracks · count, S, S, 3) in [-1, 1], one track after another.

    Raises:
        UserError: If the run, a track or an argument cannot be used.
    """
    from coverzoo import backend
    from coverzoo.sampling import sampler
    from coverzoo.training.run import Run

    source = Run.named(run)
    source.config()  # a missing run is reported before music is measured
    vectors = sampler.as_vectors(tracks)
    backend.start()
    return sampler.generate_covers(
        source.model(),
        vectors,
        count=count,
        seed=seed,
        strength=strength,
        truncation=truncation,
    )


def train(
    model: str | None = None,
    *,
    audio: bool | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    preset: str | None = None,
    image_size: int | None = None,
    batch_size: int | None = None,
    steps: int | None = None,
    epochs: float | None = None,
    minutes: float | None = None,
    precision: str | None = None,
    critic: str | None = None,
    settings: Mapping[str, Any] | None = None,
    seed: int | None = None,
    checkpoint_every: int | None = None,
    evaluate: bool | None = None,
    eval_every: int | None = None,
    keep_best: str | None = None,
    resume: bool = False,
    restart: bool = False,
    init_from: str | Path | None = None,
) -> Path:
    """Train a model, as `zoo-train` does.

    >>> run = coverzoo.train(
    ...     "gan", audio=True, data="my-covers", preset="small", batch_size=4, steps=2,
    ...     settings={"ema_decay": 0.9}, evaluate=False, out="runs/example",
    ... )
    >>> coverzoo.generate(run, count=2).shape
    (2, 64, 64, 3)

    Args:
        model: Model of the registry, such as `wgan-gp`; not needed with `resume`.
        audio: Whether to condition it on audio.
        data: Folder of covers and audio features; None for the built-in corpus.
        out: Run directory; None for a new one below `runs/`.
        preset: `small`, `full` or `thesis`; None for `small` without `data`, else `full`.
        image_size: Side of the covers in pixels, a power of two from 32 to 256.
        batch_size: Samples per update.
        steps: Generator updates in all. One of `steps`, `epochs` and `minutes` can be given.
        epochs: Passes over the data.
        minutes: Minutes of training.
        precision: `float32`, `mixed_float16` or `mixed_bfloat16`.
        critic: `projection` or `plain`.
        settings: Other settings by name, as `--set` takes them; `zoo-train --list` shows them.
        seed: Seed of weights, noise and data order.
        checkpoint_every: Steps between checkpoints.
        evaluate: Whether to evaluate the finished run; None means yes.
        eval_every: Steps between evaluations on the val split; None for none.
        keep_best: Figure of these evaluations by which the best model is kept, in `best`.
        resume: Continue the run in `out`.
        restart: With `resume`, start over where the run has no usable checkpoint.
        init_from: Run whose weights training starts from.

    Returns:
        The run directory.

    Raises:
        UserError: If an argument or the data cannot be used, or training fails.
        KeyboardInterrupt: If Ctrl-C or SIGTERM stopped training, after a checkpoint was written.
    """
    from coverzoo.evaluation.training import TrainingEvaluation
    from coverzoo.training import session

    given = {
        "model": model,
        "audio": audio,
        "data": data,
        "out": out,
        "preset": preset,
        "image_size": image_size,
        "batch_size": batch_size,
        "steps": steps,
        "epochs": epochs,
        "minutes": minutes,
        "precision": precision,
        "critic": critic,
        "settings": settings,
        "seed": seed,
        "checkpoint_every": checkpoint_every,
        "evaluate": evaluate,
        "eval_every": eval_every,
        "keep_best": keep_best,
        "resume": resume,
        "restart": restart,
        "init_from": init_from,
    }
    return session.train_from_python(given, TrainingEvaluation)


def evaluate(
    run: str | Path,
    *,
    data: str | Path | None = None,
    split: str = "test",
    quick: bool = False,
    features: str = "own",
    inception_weights: str | Path | None = None,
    groups: str | Path | None = None,
    out: str | Path | None = None,
) -> dict[str, Any]:
    """Measure the model of a run, as `zoo-eval run` does.

    >>> metrics = coverzoo.evaluate("demo", data="my-covers", quick=True, out="measured")
    >>> metrics["n"]["test"]
    6

    Args:
        run: Run directory, or `demo` for the bundled model.
        data: Folder of covers and audio features; None for that of the run.
        split: `train`, `val` or `test`.
        quick: Whether smaller reference networks and fewer covers are used.
        features: `own`, or `inception` for those of InceptionV3.
        inception_weights: File of its weights; None for those that Keras downloads.
        groups: JSON file of NAME: group, where several vectors come from one recording.
        out: Folder of metrics.json and report.html; None for RUN/evaluation/SPLIT.

    Returns:
        The content of metrics.json.

    Raises:
        UserError: If an argument or the data cannot be used.
    """
    from coverzoo import backend

    backend.start()
    from coverzoo.evaluation import protocol
    from coverzoo.evaluation.evaluate import evaluate_run
    from coverzoo.training.session import progress_bar

    metrics, _ = evaluate_run(
        run,
        data=data,
        split=split,
        protocol=protocol.QUICK if quick else protocol.FULL,
        features=features,
        inception_weights=inception_weights,
        groups=groups,
        out=out,
        progress=progress_bar,
    )
    return metrics


def export_model(
    run: str | Path,
    out: str | Path,
    *,
    formats: str | Sequence[str] = ("saved-model", "tflite"),
    version: int | None = None,
    allow_signature_change: bool = False,
    data: str | Path | None = None,
) -> dict[str, Any]:
    """Export the model of a run, as `zoo-export` does.

    >>> manifest = coverzoo.export_model("demo", "exported", formats="saved-model")
    >>> manifest["name"]
    'wgan-gp-audio'

    Args:
        run: Run directory, or `demo` for the bundled model.
        out: Folder of the artefacts.
        formats: One or several of `saved-model`, `tflite` and `web`.
        version: Version number of the SavedModel; None for one more than the highest.
        allow_signature_change: Whether the SavedModel may have another image size or other inputs
            than the versions in `out`, which clients of a running server notice.
        data: Folder of covers and tracks to compare on; None for the run's own data.

    Returns:
        The manifest: files with checksums, signatures, and how close each artefact is to the
        model.

    Raises:
        UserError: If an argument cannot be used or an artefact differs too much from the model.
    """
    from coverzoo import backend

    backend.start()
    from coverzoo.export import exporter

    return exporter.export_run(
        run,
        out,
        formats=formats,
        version=version,
        allow_signature_change=allow_signature_change,
        data=data,
    )


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("coverzoo")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
