"""Training a run from its configuration and data to its last step."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from coverzoo.corpus.batches import ordered_batches, training_batches
from coverzoo.corpus.layout import AUDIO_WIDTH
from coverzoo.errors import UserError
from coverzoo.files import replacing
from coverzoo.training import callbacks
from coverzoo.training.callbacks.checkpoint import save_model
from coverzoo.training.callbacks.validation import is_patience_exhausted
from coverzoo.training.checkpoints import Checkpoint, Checkpoints
from coverzoo.training.config import RunConfig
from coverzoo.training.data import Data
from coverzoo.training.failures import RECOVERABLE_ERRORS, non_finite_message, reason_of
from coverzoo.training.initial_weights import first_weights
from coverzoo.training.run import Run
from coverzoo.training.sample_grid import COLUMNS, fixed_grid
from coverzoo.training.signals import Signals
from coverzoo.zoo import registry

RECORD_EVERY = 20  # steps
PACKAGES = ("coverzoo", "tensorflow", "keras", "numpy", "pillow")

Log = Callable[[str], None]
# Callbacks that need the state of the training, such as `PeriodicEvaluation`.
ExtraCallbacks = Callable[[callbacks.TrainingState], Sequence[keras.callbacks.Callback]]


@dataclass(frozen=True)
class Outcome:
    """How training ended.

    Attributes:
        model: The run's model.
        step: Last step done.
        new_steps: Number of steps done by this call; 0 if there was nothing to do.
        seconds: Seconds of training, over all sessions.
        status: 0, or the exit status for a signal.
    """

    model: Any
    step: int
    new_steps: int
    seconds: float
    status: int


def train(
    run: Run,
    config: RunConfig,
    data: Data,
    *,
    resume: bool = False,
    restart: bool = False,
    log: Log = print,
    extra_callbacks: ExtraCallbacks = lambda state: (),
) -> Outcome:
    """Train `config` on `data` into `run`.

    Args:
        run: Run to write to; its directory exists.
        config: What to train; its `minutes`, or else `settings.steps`, are the total.
        data: Data to train on.
        resume: Whether to continue from the run's newest intact checkpoint.
        restart: Whether a resumed run without one may start over.
        log: Prints a line.
        extra_callbacks: Further callbacks; they run before the checkpoint is written.

    Raises:
        UserError: If the data is too small, initial weights do not fit, a loss is not finite, or
            a file or memory is lacking.
    """
    settings, samples = config.settings, data.train.samples
    if settings.batch_size > len(samples):
        raise UserError(
            f"--batch-size {settings.batch_size}: the train split of {data.root} has only "
            f"{len(samples)} samples. Give a smaller --batch-size."
        )
    model = _build(config, data)
    checkpoints = Checkpoints(run.checkpoints, model)
    checkpoint = first_weights(
        run, config, model, checkpoints, resuming=resume, restart=restart, log=log
    )
    if config.audio and config.init_from is not None:  # the scaling is that of the other run
        vectors = data.vectors()
        for network in model.generative_networks:
            network.adapt_typicality(vectors)
    state = callbacks.TrainingState(
        step=checkpoint.step if checkpoint else 0,
        seconds=checkpoint.seconds if checkpoint else 0.0,
        total_steps=sys.maxsize if config.minutes is not None else settings.steps,
        total_minutes=config.minutes,
    )
    if state.complete or is_patience_exhausted(model, getattr(settings, "patience", 0)):
        return _nothing_to_do(run, config, data, model, checkpoints, checkpoint, state, log)
    write_config(run, config, data)

    first_step, signals = state.step, Signals()
    writer = callbacks.CheckpointCallback(
        run,
        state,
        checkpoints,
        config.checkpoint_every,
        fixed_grid(model.generative, data, audio=config.audio, seed=config.seed),
        COLUMNS,
        checkpoint,
    )
    validation = _validation(run, state, config, data, model, log)
    try:
        _fit(run, config, data, model, state, signals, validation, extra_callbacks(state), writer)
    except RECOVERABLE_ERRORS as error:
        remedy = (
            f"continue with: zoo-train --resume --out {run.shell_path}"
            if resume or run.has_checkpoint()
            else "start again; there is no checkpoint yet."
        )
        raise UserError(
            f"{run.path}: training stopped: {reason_of(error)}. Fix that and {remedy}"
        ) from error
    if state.failure is not None:
        raise UserError(non_finite_message(run, config, state.failure, writer.last))
    status = signals.status if signals.received is not None else 0
    new_steps = state.step - first_step
    return Outcome(_final_model(run, model), state.step, new_steps, state.seconds, status)


def _fit(
    run: Run,
    config: RunConfig,
    data: Data,
    model: Any,
    state: callbacks.TrainingState,
    signals: Signals,
    validation: callbacks.Validation | None,
    extra: Sequence[keras.callbacks.Callback],
    writer: callbacks.CheckpointCallback,
) -> None:
    """Train from the present step to the last one, or to a signal."""
    settings = config.settings
    images = model.updates_per_step * settings.batch_size
    epoch = validation.every if validation else 0
    kept_every = (config.checkpoint_every, epoch, config.eval_every)
    record_every = (RECORD_EVERY, config.checkpoint_every, *([epoch] if epoch else []))
    progress = callbacks.ProgressBar(state)
    batches = training_batches(
        data.train.samples,
        data.genres,
        image_size=settings.image_size,
        batch_size=model.batches_per_step * settings.batch_size,
        seed=config.seed,
        start_step=state.step,
        audio=config.audio,
        flip=settings.flip,
    )
    try:
        with signals.caught(), callbacks.QuietFirstStep() as quiet_first_step:
            model.fit(
                batches,
                epochs=1,
                steps_per_epoch=min(state.total_steps - state.step, 1 << 40),
                shuffle=False,
                verbose=0,
                callbacks=callbacks.in_order(
                    quiet_first_step,
                    callbacks.StopCriterion(state, signals),
                    callbacks.TerminateOnNonFinite(state, kept_every),
                    validation,
                    callbacks.MetricsLogger(run, state, images, record_every),
                    extra,
                    writer,
                    progress,
                ),
            )
    finally:
        progress.close()


def _build(config: RunConfig, data: Data) -> Any:
    """The compiled model, its feature scaling fitted to the train split."""
    # Grappler's remapper cannot follow LeakyReLU through the loop of critic steps: it gives up on
    # the whole graph and prints an error.
    tf.config.optimizer.set_experimental_options({"remapping": False})
    keras.utils.set_random_seed(config.seed)
    model = registry.build(
        config.model,
        config.settings,
        audio_width=AUDIO_WIDTH if config.audio else 0,
        precision=config.precision,
        seed=config.seed,
    )
    if config.audio:
        model.adapt(data.vectors())
    return model


def _is_total_exceeded(run: Run, config: RunConfig, state: callbacks.TrainingState) -> bool:
    """Whether a resume was given a total that is below what the run has already."""
    if not state.step or not state.complete:
        return False
    return state.step > state.total_steps or (
        config.minutes is not None and run.config().get("minutes") != config.minutes
    )


def _nothing_to_do(
    run: Run,
    config: RunConfig,
    data: Data,
    model: Any,
    checkpoints: Checkpoints,
    checkpoint: Checkpoint | None,
    state: callbacks.TrainingState,
    log: Log,
) -> Outcome:
    """The outcome of a run that has its total already."""
    exceeded = _is_total_exceeded(run, config, state)
    _log_nothing_to_do(state, config, exceeded, log)
    if exceeded and run.model_file.is_file():
        return Outcome(run.model(), state.step, 0, state.seconds, 0)
    if not exceeded:  # else config.json keeps its larger total
        write_config(run, config, data)
    if checkpoint is None:  # a run that has a model has a checkpoint to resume from
        checkpoints.save(state.step, state.seconds)
    # A file that is written again has other bytes: results of an evaluation name it by its digest.
    final = model.generative if _is_saved(run, model) else _final_model(run, model)
    return Outcome(final, state.step, 0, state.seconds, 0)


def _log_nothing_to_do(
    state: callbacks.TrainingState, config: RunConfig, exceeded: bool, log: Log
) -> None:
    if not state.step:
        log("Nothing to train: the total is 0. The model is untrained.")
    elif exceeded:
        total = (
            f"{config.settings.steps}" if config.minutes is None else f"{config.minutes:g} minutes"
        )
        done = "" if config.minutes is None else f" in {state.seconds / 60.0:.1f} minutes"
        log(
            f"Nothing to do: the run has {state.step} steps{done} already, more than {total}. "
            "It is left unchanged."
        )
    else:
        patience = getattr(config.settings, "patience", 0)
        why = "" if state.complete else f", and {patience} epochs brought no lower validation loss"
        log(f"Nothing to do: the run has {state.step} steps already{why}.")


def _validation(
    run: Run, state: Any, config: RunConfig, data: Data, model: Any, log: Log
) -> callbacks.Validation | None:
    """The validation of a model that uses one, where there is a val split."""
    if not model.uses_validation:
        return None
    if "val" not in data.listings:
        log("No val split: training goes to its last step, and its last weights are kept.")
        return None
    settings, samples = config.settings, data.listings["val"].samples

    def batches() -> Any:
        return ordered_batches(
            samples,
            data.genres,
            image_size=settings.image_size,
            batch_size=min(settings.batch_size, len(samples)),
            audio=config.audio,
        )

    epoch = -(-len(data.train.samples) // settings.batch_size)
    return callbacks.Validation(run, state, batches, epoch, getattr(settings, "patience", 0))


def _is_saved(run: Run, model: Any) -> bool:
    """Whether the run's model has the present weights."""
    if model.has_best_weights:
        return False
    try:
        saved = run.model()
    except UserError:  # missing or damaged
        return False
    pairs = zip(saved.variables, model.generative.variables, strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def _final_model(run: Run, model: Any) -> Any:
    """The run's model, which is on disk by now: the best, or else the present one."""
    if model.has_best_weights:
        return run.model()
    save_model(model.generative, run)
    return model.generative


def write_config(run: Run, config: RunConfig, data: Data) -> None:
    """Write config.json: the configuration, the data and the versions."""
    record = {
        **config.to_json(),
        "corpus": data.record(),
        "versions": {name: version(name) for name in PACKAGES},
        "python": sys.version.split()[0],
    }
    with replacing(run.config_file) as file:
        file.write_text(json.dumps(record, indent=2) + "\n")
