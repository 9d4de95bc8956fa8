"""Where a run's first weights come from: its own checkpoint, another run, or the dice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from coverzoo.errors import UserError
from coverzoo.training.checkpoints import STATE, Checkpoint, Checkpoints, networks, newest
from coverzoo.training.config import RunConfig
from coverzoo.training.run import Run

Say = Callable[[str], None]


def resumed(checkpoints: Checkpoints, say: Say) -> Checkpoint | None:
    """The newest whole checkpoint, loaded into the model, or None.

    Raises:
        UserError: if it does not fit the run's configuration.
    """
    try:
        checkpoint, passed = checkpoints.restore()
    except ValueError as error:
        raise UserError(f"--resume: {error}. Restore the run's config.json.") from error
    for line in passed:
        say(f"{line}; falling back to the one before")
    if checkpoint is None:
        say("No complete checkpoint: starting at step 0.")
    else:
        say(f"Resuming at step {checkpoint.step} ({checkpoint.path})")
    return checkpoint


def start_from(source: Run, model: Any, config: RunConfig, say: Say) -> None:
    """Take another run's weights, to fine-tune.

    What is left to use starts from the other's; of a GAN generator and critic from its newest whole
    checkpoint, or, where that is missing or of another kind, the generator from its model too.
    The feature scaling stays the other run's: its networks know the world through it. Both
    optimizers start afresh.

    Raises:
        UserError: if it is no run, or one of another model or of other sizes.
    """
    other = source.config()
    if (other.get("model"), other.get("audio")) != (config.model, config.audio):
        kind = f"{other.get('model')}{' --audio' if other.get('audio') else ''}"
        raise UserError(f"--init-from {source.path}: that run is {kind}, another model")
    trained = source.model().get_weights()
    try:
        for network in model.generative_networks:
            network.set_weights(trained)
    except ValueError as error:
        raise UserError(
            f"--init-from {source.path}: its networks are of other sizes. "
            "Use its --preset, --image-size and --set."
        ) from error
    checkpoint, _ = newest(source.checkpoints)
    if not hasattr(model, "critic"):
        say(f"Starting from {source.model_file}")
    elif checkpoint is not None and _load_players(model, checkpoint):
        say(f"Starting from generator and critic of {checkpoint.path}")
    else:
        say(f"Starting from the generator of {source.model_file}; no checkpoint has such a critic")


def _load_players(model: Any, checkpoint: Checkpoint) -> bool:
    """Load generator and critic from a state; leave both as they are if one does not fit."""
    players = (model.generator, model.critic)
    before = [network.get_weights() for network in players]
    parts = {name: networks(model)[name] for name in ("generator", "critic")}
    try:
        status = tf.train.Checkpoint(networks=parts).read(str(checkpoint.path / STATE))
        status.assert_existing_objects_matched().expect_partial()
    except (ValueError, AssertionError):
        for network, weights in zip(players, before, strict=True):
            network.set_weights(weights)
        return False
    return True


def first_weights(
    config: RunConfig, model: Any, checkpoints: Checkpoints, resume: bool, say: Say
) -> Checkpoint | None:
    """Give the model its first weights; the checkpoint they are from, if a run is resumed.

    A run that was killed before its first checkpoint starts as it started then.
    """
    checkpoint = resumed(checkpoints, say) if resume else None
    if checkpoint is None and config.init_from is not None:
        start_from(Run(Path(config.init_from)), model, config, say)
    return checkpoint
