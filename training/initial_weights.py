"""Where a run's first weights come from: its checkpoint, another run, or the initializers."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from coverzoo.errors import UserError
from coverzoo.training.checkpoints import STATE_PREFIX, Checkpoint, Checkpoints, networks, newest
from coverzoo.training.config import RunConfig
from coverzoo.training.run import Run

logger = logging.getLogger(__name__)

Log = Callable[[str], None]


def resume(run: Run, checkpoints: Checkpoints, restart: bool, log: Log) -> Checkpoint | None:
    """Load the newest intact checkpoint into the model; None if the run starts at step 0.

    Args:
        run: Run to resume.
        checkpoints: Its checkpoints.
        restart: Whether to start over if no checkpoint is intact, although the run has a model.
        log: Prints a line.

    Raises:
        UserError: If the checkpoint does not fit the configuration, or starting over would lose
            the run's model.
    """
    try:
        checkpoint, damaged = checkpoints.restore()
    except ValueError as error:
        raise UserError(f"--resume: {error}. Restore the run's config.json.") from error
    for line in damaged:
        logger.warning("%s; it is skipped", line)
    if checkpoint is not None:
        log(f"Resuming at step {checkpoint.step} ({checkpoint.path})")
        return checkpoint
    if run.model_file.is_file() and not restart:
        raise UserError(
            f"--resume: {run.path} has no intact checkpoint, and starting over would replace "
            f"{run.model_file.name} and {run.metrics_file.name}. Restore the checkpoints, or "
            "add --restart to start over."
        )
    log("No intact checkpoint: starting at step 0.")
    return None


def clear(run: Run) -> None:
    """Remove model, metrics, sample grids, logs and checkpoints of a run that starts over."""
    for file in (run.model_file, run.metrics_file):
        file.unlink(missing_ok=True)
    for folder in (run.samples, run.logs, run.checkpoints):
        shutil.rmtree(folder, ignore_errors=True)


def start_from(source: Run, model: Any, config: RunConfig, log: Log) -> None:
    """Load another run's weights, to fine-tune.

    The generative part starts from the other run's model. Of a GAN, generator and critic start
    from its newest intact checkpoint, or, where that is missing or of another kind, the generator
    starts from its model too. The feature scaling stays the other run's, because its networks
    were trained with it; the typicality is left as it is. Both optimizers start afresh.

    Raises:
        UserError: If it is no run, or a run of another model or of other sizes.
    """
    other = source.config()
    if (other.get("model"), other.get("audio")) != (config.model, config.audio):
        kind = f"{other.get('model')}{' --audio' if other.get('audio') else ''}"
        raise UserError(f"--init-from {source.path}: that run is {kind}, another model")
    trained = source.model().variables_but_typicality
    try:
        for network in model.generative_networks:
            for own, other in zip(network.variables_but_typicality, trained, strict=True):
                own.assign(other)
    except ValueError as error:
        raise UserError(
            f"--init-from {source.path}: its networks are of other sizes. "
            "Use its --preset, --image-size and --set."
        ) from error
    checkpoint, damaged = newest(source.checkpoints)
    for line in damaged:
        logger.warning("%s; it is skipped", line)
    if not hasattr(model, "critic"):
        log(f"Starting from {source.model_file}")
    elif checkpoint is not None and _load_generator_and_critic(model, checkpoint):
        log(f"Starting from generator and critic of {checkpoint.path}")
    else:
        log(f"Starting from the generator of {source.model_file}; no checkpoint has such a critic")


def _load_generator_and_critic(model: Any, checkpoint: Checkpoint) -> bool:
    """Load both from a checkpoint; leave both unchanged if one does not fit."""
    pair = (model.generator, model.critic)
    before = [network.get_weights() for network in pair]
    parts = {name: networks(model)[name] for name in ("generator", "critic")}
    try:
        status = tf.train.Checkpoint(networks=parts).read(str(checkpoint.path / STATE_PREFIX))
        status.assert_existing_objects_matched().expect_partial()
    except (ValueError, AssertionError):
        for network, weights in zip(pair, before, strict=True):
            network.set_weights(weights)
        return False
    return True


def first_weights(
    run: Run,
    config: RunConfig,
    model: Any,
    checkpoints: Checkpoints,
    *,
    resuming: bool,
    restart: bool,
    log: Log,
) -> Checkpoint | None:
    """Load the first weights of a training.

    A run that was killed before its first checkpoint starts as it started then.

    Returns:
        The checkpoint they come from, if a run is resumed.
    """
    checkpoint = resume(run, checkpoints, restart, log) if resuming else None
    if checkpoint is None and config.init_from is not None:
        start_from(Run(Path(config.init_from)), model, config, log)
    if checkpoint is None and resuming:
        clear(run)  # last, so that nothing is lost if the run cannot start
    return checkpoint
