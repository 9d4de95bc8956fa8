"""The evaluation of a run: metrics.json and what a report shows."""

import json
import logging
import platform
from collections.abc import Mapping
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from coverzoo.errors import UsageError, UserError
from coverzoo.evaluation import protocol as protocols
from coverzoo.evaluation.evaluator import Evaluator, Shown
from coverzoo.evaluation.groups import check_groups, read_groups
from coverzoo.evaluation.networks.inception import InceptionEncoder, load_inception
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.references import Progress, References
from coverzoo.evaluation.report.html import render
from coverzoo.evaluation.results import prepare_folder, write_results
from coverzoo.files import sha256
from coverzoo.training.data import built_in, open_data
from coverzoo.training.run import Run
from coverzoo.zoo import DEMO_NAME
from coverzoo.zoo.registry import MODELS

logger = logging.getLogger(__name__)

FEATURES = ("own", "inception")

Metrics = dict[str, Any]


def evaluate_run(
    run: str | Path,
    *,
    data: str | Path | None,
    split: str,
    protocol: Protocol,
    features: str,
    inception_weights: str | Path | None,
    groups: str | Path | None,
    out: str | Path | None,
    progress: Progress,
) -> tuple[Metrics, Path]:
    """Measure a run and write metrics.json and report.html, as `zoo-eval run` does.

    Args:
        run: Run directory, or `demo`.
        data: Data folder; None for that of the run.
        split: Name of the split.
        protocol: Sizes of the evaluation.
        features: `own`, or `inception` for those of InceptionV3.
        inception_weights: File of its weights; None for those that Keras downloads.
        groups: JSON file of NAME: group; None for none.
        out: Folder of the results; None for RUN/evaluation/SPLIT.
        progress: (label, total) → a progress bar, a context manager with `update`.

    Returns:
        The content of metrics.json, and the folder.

    Raises:
        UserError: If something of that cannot be used.
    """
    if features not in FEATURES:
        raise UsageError(f"--features {features}: expected one of {', '.join(FEATURES)}")
    if inception_weights is not None and features != "inception":
        raise UsageError("--inception-weights: only for --features inception. Add it.")
    source = Run.named(run)
    config = source.config(("model", "audio", "settings", "data"))
    if out is None and str(run) == DEMO_NAME:
        raise UserError(f"{DEMO_NAME}: give a folder for the results: --out DIR")
    if groups is not None and not config["audio"]:
        raise UserError(f"--groups {groups}: {source.path} has no audio. Leave --groups out.")
    units = None if groups is None else read_groups(Path(groups))
    inception = None
    if features == "inception":
        weights = None if inception_weights is None else Path(inception_weights)
        inception = load_inception(weights, progress)
    root = Path(data or config["data"] or built_in())
    with progress("Reading covers", None) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        opened = open_data(root, audio=config["audio"], progress=show)
    samples = opened.split(split).samples
    if groups is not None and units is not None:
        check_groups(units, samples, Path(groups))
    folder = Path(out) if out is not None else source.path / "evaluation" / split
    prepare_folder(folder)
    metrics, shown = evaluate(
        *(source, opened, split, protocol, progress), groups=units, inception=inception
    )
    write_results(folder, metrics, render(metrics, shown, source.metrics_file))
    return metrics, folder


def evaluate(
    run: Run,
    data: Any,
    split: str,
    protocol: Protocol,
    progress: Progress,
    *,
    groups: Mapping[str, str] | None = None,
    cache: Path | None = None,
    inception: InceptionEncoder | None = None,
) -> tuple[Metrics, Shown]:
    """Measure the model of a run on a split.

    Args:
        run: Run.
        data: Data, see `training.data.Data`.
        split: Name of the split.
        protocol: Sizes of the evaluation.
        progress: (label, total) → a progress bar, a context manager with `update`.
        groups: Unit of each NAME, where several vectors come from one recording.
        cache: Folder of the reference networks; the user's by default.
        inception: Network of the features; None for the project's own encoder.

    Returns:
        The content of metrics.json, and what a report shows besides.
    """
    config = run.config(("model", "audio", "settings"))
    entry, model = MODELS[config["model"]], run.model()
    references = References(data, model.image_size, protocol, progress, cache, inception)
    if not data.is_that_of(config.get("corpus", {})):
        logger.warning(
            "%s: not the data %s was trained on; the report says so", data.root, run.path
        )
    evaluator = Evaluator(
        entry,
        data,
        split,
        references,
        audio=bool(config["audio"]),
        image_size=model.image_size,
        groups=groups,
    )
    report, shown = evaluator(model)
    return {**_identity(run, data, split, references), **report}, shown


def _identity(run: Run, data: Any, split: str, references: References) -> Metrics:
    """What was measured, with what, and on what."""
    config, protocol = run.config(), references.protocol
    return {
        "protocol": {
            "name": protocol.name,
            "version": protocols.VERSION,
            "features": references.features_name(len(data.split(split).samples)),
        },
        "versions": {
            "coverzoo": version("coverzoo"),
            "tensorflow": tf.__version__,
            "keras": keras.version(),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "seeds": {"protocol": protocol.seed, "training": config.get("seed")},
        "run": {
            "name": run.name,
            **{key: config.get(key) for key in ("model", "audio", "preset")},
            "steps": config["settings"].get("steps"),
            "settings": _digest(config),
            "sha256": sha256(run.model_file),
        },
        "data": {
            "split": split,
            "contents": data.contents,
            "that_of_training": data.is_that_of(config.get("corpus", {})),
        },
        "n": {name: len(listing.samples) for name, listing in data.listings.items()},
    }


def _digest(config: Mapping[str, Any]) -> str:
    """Equal for runs that differ by their seed alone."""
    parts = [config[key] for key in ("model", "audio", "settings")]
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()
