"""The command `zoo-train`."""

import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command
from coverzoo.errors import UsageError, UserError

CALLED = {"genre_accuracy": "genre accuracy"}  # figures that go by another name


@click.command(cls=Command)
@click.option("--model", help="Which model to train; --list shows them.")
@click.option("--audio", is_flag=True, default=None, help="Train it to listen to the music.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of covers and audio vectors.  [default: the built-in corpus]",
)
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder.")
@click.option("--preset", help="small, full or thesis.  [default: full with --data, else small]")
@click.option("--image-size", type=int, help="Side of the covers, a power of two, 32 to 256.")
@click.option("--batch-size", type=int, help="Samples an update.")
@click.option("--steps", type=click.IntRange(min=0), help="Generator updates in all.")
@click.option("--epochs", type=click.FloatRange(min=0), help="Instead: passes over the data.")
@click.option("--minutes", type=click.FloatRange(min=0), help="Instead: minutes of training.")
@click.option("--precision", help="float32, mixed_float16 or mixed_bfloat16.")
@click.option("--critic", help="projection (hears the music) or plain.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="See --list.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Of weights, noise and data order.  [default: 0]",
)
@click.option(
    "--checkpoint-every", type=click.IntRange(min=1), help="Steps.  [default: a tenth, 50 to 1000]"
)
@click.option(
    "--evaluate/--no-evaluate",
    default=None,
    help="Have a genre judge tell at the end.  [default: judge]",
)
@click.option(
    "--eval-every",
    type=click.IntRange(min=0),
    help="Have it judge every so many steps too, on val.  [default: 0, never]",
)
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@click.option(
    "--init-from",
    type=click.Path(path_type=Path),
    help="A run to take the first weights from; `demo` is one.",
)
@click.option("--list", "listing", is_flag=True, help="Models, presets and settings, and leave.")
def main(**options: Any) -> None:
    """Train a model of the zoo.

    Without --data it trains on the built-in corpus, drawn on first use.
    """
    if options["listing"]:
        from coverzoo.training.checks import check_known
        from coverzoo.training.listing import listing

        if options["model"] is not None:
            check_known(options["model"])
        click.echo(listing(options["model"]))
        return
    sys.exit(_resume(options) if options["resume"] else _start(options))


def _start(options: dict[str, Any]) -> int:
    from coverzoo.training.options import configure
    from coverzoo.training.run_dir import create_run_dir

    config = configure(options)
    _check_backend()
    with create_run_dir(options["out"], config) as run:
        data = _open(config)
        config = _with_epochs(config, options["epochs"], data)
        return _train(run, config, data, resume=False)


def _resume(options: dict[str, Any]) -> int:
    from coverzoo.training.options import resume_config
    from coverzoo.training.run import Run

    if options["out"] is None:
        raise UsageError("--resume: give the run to go on with: --out RUN")
    run = Run(options["out"])
    recorded = run.config()
    config = resume_config(recorded, options)
    _check_backend()
    data = _open(config)
    if data.record()["fingerprint"] != recorded.get("corpus", {}).get("fingerprint"):
        raise UserError(
            f"--data {data.root}: not the data {run.path} was trained on. "
            "Give that data, or start a new run with --init-from."
        )
    config = _with_epochs(config, options["epochs"], data)
    return _train(run, config, data, resume=True)


def _check_backend() -> None:
    from coverzoo import backend

    try:
        backend.check()
    except RuntimeError as error:
        raise UserError(str(error)) from error


def _open(config: Any) -> Any:
    """The run's data; says what was rejected."""
    from coverzoo.training.data import PAIRS, built_in, open_data

    if config.data is None:
        with _bar("Drawing the built-in corpus (first use)", PAIRS) as bar:
            root = built_in(bar.update)
        click.echo(f"No --data: training on the built-in corpus in {root}")
    else:
        root = Path(config.data)
    with _bar("Reading covers") as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        data = open_data(root, audio=config.audio, progress=show)
    if data.rejected:
        click.echo(
            f"{len(data.rejected)} files left out, the first {data.rejected[0]}. "
            "All of them are in the run's config.json.",
            err=True,
        )
    return data


def _bar(label: str, total: int | None = None) -> Any:
    """A bar on a terminal, for what takes more than a moment."""
    from tqdm import tqdm

    # leave=None: a bar below another one goes when it is done.
    return tqdm(desc=label, total=total, disable=None, delay=0.5, dynamic_ncols=True, leave=None)


def _with_epochs(config: Any, epochs: float | None, data: Any) -> Any:
    """The configuration with `--epochs` turned into steps."""
    if epochs is None:
        return config
    settings = config.settings
    parts = getattr(settings, "batches_per_step", 1)
    steps = -(-epochs * len(data.train.samples) // (parts * settings.batch_size))
    return config.with_settings(steps=int(steps))


def _train(run: Any, config: Any, data: Any, *, resume: bool) -> int:
    from coverzoo import backend
    from coverzoo.zoo import registry

    backend.start()
    from coverzoo.training.trainer import train

    judge = cache(lambda: _trained_judge(config, data))  # trained when first asked for
    extra = _judging(run, config, data, judge)
    click.echo(f"Run: {run.path}")
    if config.preset != "small" and not resume and not backend.gpus():
        click.echo(
            f"No GPU: preset {config.preset} is sized for one, and this may take days. "
            "--preset small takes minutes."
        )
    outcome = train(run, config, data, resume=resume, say=click.echo, extra=extra)
    if outcome.status:
        click.echo(
            f"Stopped at step {outcome.step}. Go on with: zoo-train --resume --out {run.path}",
            err=True,
        )
        return outcome.status
    click.echo(f"Trained {outcome.step} steps in {outcome.seconds / 60:.1f} minutes.")
    status = 0
    if config.evaluate and registry.MODELS[config.model].reconstructs:
        _compare(run, data, outcome)
    if config.audio and config.evaluate:
        try:
            _conclude(run, data, outcome, judge)
        except KeyboardInterrupt:
            click.echo("Interrupted: no verdict. The run itself is complete.", err=True)
            status = 128 + signal.SIGINT
    _say_next(run, config)
    return status


def _trained_judge(config: Any, data: Any) -> Any:
    from coverzoo.evaluation.genre_accuracy import STEPS, GenreClassifier

    judge = GenreClassifier(data.genres, config.settings.image_size)
    with _bar("Training the judge", STEPS) as bar:
        return judge.train(data.train.samples, steps=STEPS, progress=bar.update)


def _judging(run: Any, config: Any, data: Any, judge: Callable[[], Any]) -> list[Any]:
    """The callback that `--eval-every` asks for, if it does."""
    from coverzoo.evaluation.genre_accuracy import known_genre_samples
    from coverzoo.training.callbacks.periodic_evaluation import PeriodicEvaluation

    if not config.eval_every:
        return []
    try:
        tracks = known_genre_samples(data.genres, data.split("val").samples, "val")
    except (UserError, ValueError) as error:
        raise UserError(f"--eval-every: {error}. Leave it out, or add to val.") from error
    return [PeriodicEvaluation(run, config.eval_every, judge, tracks, "val", say=_say_beside_bars)]


def _say_beside_bars(line: str) -> None:
    from tqdm import tqdm

    tqdm.write(line)


def _conclude(run: Any, data: Any, outcome: Any, judge: Callable[[], Any]) -> None:
    """Tell whether the audio matters, and how far covers differ."""
    from coverzoo.evaluation.diversity import Diversity, variety
    from coverzoo.evaluation.genre_accuracy import GenreAccuracy, known_genre_samples

    model = outcome.model

    def verdict() -> GenreAccuracy:
        tracks = known_genre_samples(data.genres, data.split("test").samples)
        click.echo(f"Judging {len(tracks)} test tracks (--no-evaluate leaves it out)")
        return judge().verdict(model, tracks)

    _figure(run, outcome, "genre_accuracy", GenreAccuracy, verdict)
    _figure(
        run,
        outcome,
        "diversity",
        Diversity,
        lambda: variety(model, data.split("test").samples, "test"),
    )


def _compare(run: Any, data: Any, outcome: Any) -> None:
    """Tell how well covers of test are given back."""
    from coverzoo.evaluation.checkerboard import Checkerboard, checkerboard
    from coverzoo.evaluation.reconstruction import ReconstructionQuality, fidelity

    def measured(measure: Callable[..., Any]) -> Any:
        return measure(outcome.model, data.split("test").samples, "test")

    _figure(run, outcome, "reconstruction", ReconstructionQuality, lambda: measured(fidelity))
    _figure(run, outcome, "checkerboard", Checkerboard, lambda: measured(checkerboard))


def _figure(run: Any, outcome: Any, kind: str, form: type, measure: Callable[[], Any]) -> None:
    """Measure a figure of the finished run, record it in metrics.jsonl, once, and say it."""
    from coverzoo.evaluation.result import NotMeasurableError
    from coverzoo.training.callbacks.metrics import append
    from coverzoo.training.callbacks.periodic_evaluation import recorded

    known = recorded(run, outcome.step, "test", kind)
    if known is not None and None not in known.values():  # a number that is none is kept as null
        click.echo(str(form(**known)))
        return
    try:
        figure = measure()
    except (UserError, NotMeasurableError) as error:
        click.echo(f"No {CALLED.get(kind, kind)}: {error}")
        return
    if known is None:
        append(run, {"step": outcome.step, "seconds": outcome.seconds, kind: figure.to_json()})
    click.echo(str(figure))


def _say_next(run: Any, config: Any) -> None:
    from coverzoo.zoo import registry

    if run.samples.is_dir():
        click.echo(f"Covers at every checkpoint: {run.samples}")
    entry = registry.MODELS[config.model]
    click.echo("Next:")
    if entry.generates:
        audio = " --audio TRACK.npy" if config.audio else ""
        click.echo(f"  zoo-sample {run.path}{audio} --out covers.png")
    if entry.reconstructs:
        click.echo(f"  zoo-sample {run.path} --reconstruct COVER.jpg --out strip.png")
    click.echo(f"  tensorboard --logdir {run.logs}")
