"""What leaves the lab: covers, and artefacts of a model.

`import export` is light; what it offers imports TensorFlow when it is called.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["export", "generate"]


def generate(
    run: str | Path,
    tracks: Sequence[str | Path] = (),
    *,
    count: int = 1,
    seed: int = 0,
    strength: float = 1.0,
    truncation: float | None = None,
) -> Any:
    """Covers by the model of a run, as `zoo-sample` paints them.

    Args:
        run: a run directory, or `demo` for the one that comes with the package.
        tracks: files to paint for: vectors (.npy), documents (.json) or music; none to paint
            without audio.
        count: covers a track.
        seed: of the noise; equal seeds give equal covers.
        strength: how much the audio counts: 0 not at all, 1 as trained.
        truncation: T > 0 redraws noise beyond ±T.

    Returns:
        float32 (tracks · count, S, S, 3) in [-1, 1], tracks one after another.

    Raises:
        corpus.errors.UserError: naming the file or option and the remedy.
    """
    from coverzoo.sampling import sampler as sampling
    from coverzoo.training.run import Run

    vectors = sampling.read_tracks([Path(track) for track in tracks])
    return sampling.paint(
        Run.named(run).model(),
        vectors,
        count=count,
        seed=seed,
        strength=strength,
        truncation=truncation,
    )


def export(
    run: str | Path,
    out: str | Path,
    formats: Sequence[str] = ("saved_model", "tflite"),
    data: str | Path | None = None,
) -> dict[str, Any]:
    """Write artefacts of a run's model, as `zoo-export` does; gives the manifest.

    Args:
        run: a run directory, or `demo`.
        out: folder of the artefacts.
        formats: which; a page needs `web` among them.
        data: folder of covers and tracks to compare by, instead of what it was trained on.

    Raises:
        corpus.errors.UserError: if the run is none, or an artefact too far from the model.
    """
    from coverzoo import backend
    from coverzoo.training.run import Run

    backend.start()
    from coverzoo.export import exporter as writing

    source = writing.Source.of(Run.named(run), None if data is None else Path(data))
    return writing.export(source, Path(out), formats, say=lambda line: None)
