"""Training a run from its configuration and data to its last step."""

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import keras
import tensorflow as tf

from coverzoo.corpus.batches import ordered_batches, training_batches
from coverzoo.corpus.layout import AUDIO_WIDTH
from coverzoo.errors import UserError
from coverzoo.files import replacing
from coverzoo.training.callbacks.checkpoint import CheckpointCallback, save_model
from coverzoo.training.callbacks.metrics import MetricsLogger
from coverzoo.training.callbacks.progress import Progress
from coverzoo.training.callbacks.stopping import StopCriterion, TerminateOnNonFinite
from coverzoo.training.callbacks.validation import Validation, exhausted
from coverzoo.training.checkpoints import Checkpoints
from coverzoo.training.config import RunConfig
from coverzoo.training.data import Data
from coverzoo.training.initial_weights import first_weights
from coverzoo.training.run import Run
from coverzoo.training.sample_grid import COLUMNS, fixed_grid
from coverzoo.training.signals import Interrupts
from coverzoo.zoo import registry

RECORD_EVERY = 20
# What befalls a run from outside: files that vanish, memory or a disk that is full.
RECOVERABLE_ERRORS = (
    tf.errors.NotFoundError,
    tf.errors.PermissionDeniedError,
    tf.errors.ResourceExhaustedError,
)
PACKAGES = ("coverzoo", "tensorflow", "keras", "numpy", "pillow")


@dataclass(frozen=True)
class Outcome:
    """How training ended.

    Attributes:
        model: what is left to use.
        step: the last step done.
        seconds: of training, over all sessions.
        status: 0, or the exit status a signal asks for.
    """

    model: Any
    step: int
    seconds: float
    status: int


def train(
    run: Run,
    config: RunConfig,
    data: Data,
    *,
    resume: bool = False,
    say: Callable[[str], None] = print,
    extra: Sequence[keras.callbacks.Callback] = (),
) -> Outcome:
    """Train `config` on `data` into `run`.

    Args:
        run: its folder exists.
        config: what to train; its `minutes`, or else `settings.steps`, are the total.
        data: the train split.
        resume: go on from the run's newest whole checkpoint.
        say: prints a line.
        extra: further callbacks; they come before the checkpoint is written.

    Raises:
        UserError: if the data is too small, a start fails, or losses stop being finite.
    """
    minutes = config.minutes
    settings = config.settings
    samples = data.train.samples
    if settings.batch_size > len(samples):
        raise UserError(
            f"--batch-size {settings.batch_size}: the train split of {data.root} has only "
            f"{len(samples)} samples. Give a smaller --batch-size."
        )
    # Grappler's remapper cannot follow LeakyReLU through the loop of critic steps: it gives up on
    # the whole graph, with an error on the user's screen.
    tf.config.optimizer.set_experimental_options({"remapping": False})
    keras.utils.set_random_seed(config.seed)
    model = registry.build(
        config.model,
        settings,
        audio_width=AUDIO_WIDTH if config.audio else 0,
        precision=config.precision,
        seed=config.seed,
    )
    if config.audio:
        model.adapt(data.vectors())
    checkpoints = Checkpoints(run.checkpoints, model)
    checkpoint = first_weights(config, model, checkpoints, resume, say)
    step, seconds = (checkpoint.step, checkpoint.seconds) if checkpoint else (0, 0.0)
    write_config(run, config, data)

    interrupts = Interrupts()
    last = sys.maxsize if minutes is not None else settings.steps
    clock = StopCriterion(step, seconds, last, minutes, interrupts)
    late = minutes is not None and seconds >= 60.0 * minutes
    patience = getattr(settings, "patience", 0)
    if step >= last or late or exhausted(model, patience):
        if not step:
            say("Nothing to train: the total is 0. The model that is left is untrained.")
            return Outcome(_final_model(run, model), step, seconds, 0)
        why = "" if step >= last or late else f", and {patience} epochs brought nothing better"
        say(f"Nothing to do: the run has {step} steps already{why}.")
        return Outcome(_final_model(run, model), step, seconds, 0)
    guard = TerminateOnNonFinite(clock)
    images = model.updates_per_step * settings.batch_size
    records = MetricsLogger(run, clock, images, (RECORD_EVERY, config.checkpoint_every))
    keeper = CheckpointCallback(
        run,
        clock,
        guard,
        checkpoints,
        config.checkpoint_every,
        fixed_grid(model.generative, data, audio=config.audio, seed=config.seed),
        COLUMNS,
        records,
        checkpoint,
    )
    batches = training_batches(
        samples,
        data.genres,
        image_size=settings.image_size,
        batch_size=model.batches_per_step * settings.batch_size,
        seed=config.seed,
        start_step=step,
        audio=config.audio,
        flip=settings.flip,
    )
    validation = []
    if model.uses_validation and "val" in data.listings:
        epoch = -(-len(samples) // settings.batch_size)
        validation = [Validation(run, clock, _val(config, data), epoch, patience, records)]
    elif model.uses_validation:
        say("No val split: training goes to its last step, and its last weights are kept.")
    progress = Progress(clock, images)
    try:
        with interrupts.caught():
            model.fit(
                batches,
                epochs=1,
                steps_per_epoch=min(last - step, 1 << 40),
                shuffle=False,
                verbose=0,
                callbacks=[clock, guard, records, *validation, *extra, keeper, progress],
            )
    except RECOVERABLE_ERRORS as error:
        raise UserError(
            f"{run.path}: training stopped: {_reason(error)}. "
            f"Mend that and go on with: zoo-train --resume --out {run.path}"
        ) from error
    finally:
        progress.close()
    if guard.fault is not None:
        kept = keeper.last
        where = f"The last good checkpoint is {kept.path}." if kept else "No checkpoint was made."
        raise UserError(
            f"{run.path}: training stopped: {guard.fault}. {where} "
            f"Lower {_rates(settings)} or use float32."
        )
    status = interrupts.status if interrupts.received is not None else 0
    return Outcome(_final_model(run, model), clock.step, clock.seconds, status)


def _val(config: RunConfig, data: Data) -> Callable[[], Any]:
    """What gives the batches of the val split."""
    settings, samples = config.settings, data.listings["val"].samples
    return lambda: ordered_batches(
        samples,
        data.genres,
        image_size=settings.image_size,
        batch_size=min(settings.batch_size, len(samples)),
        audio=config.audio,
    )


def _final_model(run: Run, model: Any) -> Any:
    """The model to use, which is on disk by now: the best, or else the present one."""
    if model.has_best_weights:
        return run.model()
    save_model(model.generative, run)
    return model.generative


def _rates(settings: Any) -> str:
    """How a user lowers the learning rates of a model with these settings."""
    names = [name for name in type(settings).model_fields if name.endswith("learning_rate")]
    return " ".join(f"--set {name}=…" for name in names)


def _reason(error: tf.errors.OpError) -> str:
    """The line of TensorFlow's message that tells people something."""
    lines = [line for line in error.message.splitlines() if ": " in line or "; " in line]
    return re.sub(r"\{\{.*?\}\}\s*", "", (lines or [error.message])[0]).strip()


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


__all__ = ["Outcome", "train", "write_config"]
