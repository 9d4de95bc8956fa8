"""A training from its options to its evaluation, for `zoo-train` and `coverzoo.train`."""

import logging
import shlex
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from coverzoo import backend
from coverzoo.errors import UsageError, UserError
from coverzoo.training.config import RunConfig
from coverzoo.training.options import (
    check_options,
    configure,
    default_checkpoint_every,
    resume_config,
)
from coverzoo.training.run import Run
from coverzoo.training.run_dir import create_run_dir, locked
from coverzoo.zoo import registry

logger = logging.getLogger(__name__)

Log = Callable[[str], None]
# `evaluation.training.TrainingEvaluation`, which training may not import.
Evaluation = Any


def train_from_python(given: Mapping[str, Any], evaluation: Evaluation) -> Path:
    """Train with the arguments of `coverzoo.train`; return the run directory.

    Raises:
        UserError: As `train_session`.
        KeyboardInterrupt: If a signal stopped training, after a checkpoint was written.
    """
    options = dict(given)
    settings = options.pop("settings", None)
    if not isinstance(settings, Mapping | None):
        raise UsageError("settings: expected a dict of values by the name of the setting")
    changes = (settings or {}).items()
    options["assignments"] = tuple(f"{key}={_as_text(value)}" for key, value in changes)
    run, status = train_session(options, evaluation, log=logger.info)
    if status:
        raise KeyboardInterrupt(f"stopped; continue with resume=True, out={str(run)!r}")
    return run


def _as_text(value: Any) -> str:
    """A setting as `--set` takes it."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)


def train_session(
    options: Mapping[str, Any], evaluation: Evaluation, log: Log = print
) -> tuple[Path, int]:
    """Train a new run, or resume one, and evaluate it.

    Args:
        options: Values of the options of `zoo-train` by name, see `options.TrainOptions`.
        evaluation: The class `evaluation.training.TrainingEvaluation`.
        log: Prints a line.

    Returns:
        The run directory, and the exit status: 0, 130 or 143.

    Raises:
        UserError: If an option or the data cannot be used, or training fails.
    """
    options = check_options(options)
    if options["restart"] and not options["resume"]:
        raise UsageError("--restart: it needs --resume --out RUN")
    if options["resume"]:
        return _resume(options, evaluation, log)
    config = configure(options)
    evaluation.check(config)
    backend.check()
    with create_run_dir(options["out"], config) as run:
        data = _open(config, log)
        config = _with_epochs(config, options["epochs"], data)
        if options["checkpoint_every"] is None:
            every = default_checkpoint_every(config.settings.steps)
            config = config.changed(checkpoint_every=every)
        return run.path, _train(run, config, data, evaluation, log)


def _resume(options: dict[str, Any], evaluation: Evaluation, log: Log) -> tuple[Path, int]:
    if options["out"] is None:
        raise UsageError("--resume: give the run to resume: --out RUN")
    run = Run(options["out"])
    recorded = run.config()
    config = resume_config(recorded, options)
    evaluation.check(config)
    backend.check()
    with locked(run):
        data = _open(config, log)
        if data.record()["fingerprint"] != recorded.get("corpus", {}).get("fingerprint"):
            raise UserError(
                f"--data {data.root}: not the data {run.path} was trained on. "
                "Give that data, or start a new run with --init-from."
            )
        config = _with_epochs(config, options["epochs"], data)
        return run.path, _train(
            run, config, data, evaluation, log, resume=True, restart=bool(options["restart"])
        )


def _open(config: RunConfig, log: Log) -> Any:
    """The data of a run; logs what was rejected."""
    from coverzoo.training.data import PAIRS, built_in, open_data

    if config.data is None:
        with progress_bar("Generating the built-in corpus (first use)", PAIRS) as bar:
            root = built_in(bar.update)
        log(f"No --data: training on the built-in corpus in {root}")
    else:
        root = Path(config.data)
    with progress_bar("Reading covers") as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        data = open_data(root, audio=config.audio, progress=show)
    if data.rejected:
        logger.warning(
            "%d files rejected, the first %s. All are listed in the run's config.json.",
            len(data.rejected),
            data.rejected[0],
        )
    return data


def progress_bar(label: str, total: int | None = None) -> Any:
    """A progress bar on a terminal, for what takes more than a moment."""
    # leave=None: a bar below another one is removed when it is done.
    return tqdm(desc=label, total=total, disable=None, delay=0.5, dynamic_ncols=True, leave=None)


def _with_epochs(config: RunConfig, epochs: float | None, data: Any) -> RunConfig:
    """The configuration with `--epochs` converted to steps."""
    if epochs is None:
        return config
    batches = getattr(config.settings, "batches_per_step", 1)
    per_step = batches * config.settings.batch_size
    return config.with_settings(steps=int(-(-epochs * len(data.train.samples) // per_step)))


def _train(
    run: Run,
    config: RunConfig,
    data: Any,
    evaluation: Evaluation,
    log: Log,
    *,
    resume: bool = False,
    restart: bool = False,
) -> int:
    """Train and evaluate; return the exit status."""
    backend.start()
    from coverzoo.training.callbacks.periodic_evaluation import PeriodicEvaluation
    from coverzoo.training.trainer import train

    evaluations = evaluation(config, data, progress_bar)
    if config.eval_every:
        evaluations.check_data()

    def extra_callbacks(state: Any) -> list[Any]:
        if not config.eval_every:
            return []
        return [
            PeriodicEvaluation(
                run, state, config.eval_every, evaluations, config.keep_best, log=log
            )
        ]

    log(f"Run: {run.path}")
    outcome = train(
        run,
        config,
        data,
        resume=resume,
        restart=restart,
        log=log,
        extra_callbacks=extra_callbacks,
    )
    if outcome.status:
        logger.warning(
            "Stopped at step %d. Continue with: zoo-train --resume --out %s",
            outcome.step,
            run.shell_path,
        )
        return outcome.status
    _log_trained(outcome, log)
    status = 0
    if config.evaluate:
        log("Evaluating on the test split; --no-evaluate leaves this out.")
        try:
            _evaluate(run, outcome, evaluations, log)
        except KeyboardInterrupt:
            logger.warning("Interrupted: not evaluated. The run itself is complete.")
            status = 128 + signal.SIGINT
    _log_next(run, config, log)
    return status


def _log_trained(outcome: Any, log: Log) -> None:
    done, time = outcome.new_steps, _duration(outcome.seconds)
    if done == outcome.step > 0:
        log(f"Trained {done} steps in {time}.")
    elif done:
        log(f"Trained {done} more steps: {outcome.step} in all, in {time}.")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120.0 else f"{seconds / 60.0:.1f} minutes"


def _evaluate(run: Run, outcome: Any, evaluations: Any, log: Log) -> None:
    """Evaluate the finished run, record the figures, and log what they say."""
    from coverzoo.training.callbacks.metrics import record_evaluation

    try:
        sentences, figures = evaluations.final(run)
    except UserError as error:
        log(f"Not evaluated: {error}")
        return
    if figures is not None:
        record_evaluation(run, outcome.step, outcome.seconds, "test", figures)
    for sentence in sentences:
        log(sentence)


def _log_next(run: Run, config: RunConfig, log: Log) -> None:
    """Log the commands to try next."""
    if run.samples.is_dir():
        log(f"Sample grids: {run.samples}")
    if run.best.model_file.is_file():
        log(f"Best {config.keep_best} on val: {run.best.path}")
    elif config.keep_best:
        log(f"No evaluation on val had the figure {config.keep_best}: no best model was kept.")
    entry = registry.MODELS[config.model]
    log("Next:")
    if entry.generates:
        audio = " --audio TRACK.npy" if config.audio else ""
        log(f"  zoo-sample {run.shell_path}{audio} --out covers.png")
    if entry.reconstructs:
        log(f"  zoo-sample {run.shell_path} --reconstruct COVER.jpg --out reconstructions.png")
    log(f"  tensorboard --logdir {shlex.quote(str(run.logs))}")
