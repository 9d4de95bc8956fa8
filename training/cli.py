"""The command `zoo-train`."""

import sys
from pathlib import Path
from typing import Any

import click

from coverzoo.command import Command


@click.command(cls=Command)
@click.option("--model", help="Model to train; --list shows them.")
@click.option("--audio", is_flag=True, default=None, help="Condition the model on audio.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of covers and audio features.  [default: the built-in corpus]",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/MODEL[-audio]]"
)
@click.option("--preset", help="small, full or thesis.  [default: full with --data, else small]")
@click.option("--image-size", type=int, help="Side of the covers, a power of two, 32 to 256.")
@click.option("--batch-size", type=int, help="Samples per update.")
@click.option("--steps", type=click.IntRange(min=0), help="Generator updates in all.")
@click.option("--epochs", type=click.FloatRange(min=0), help="Or: passes over the data.")
@click.option("--minutes", type=click.FloatRange(min=0), help="Or: minutes of training.")
@click.option("--precision", help="float32, mixed_float16 or mixed_bfloat16.")
@click.option(
    "--critic",
    help="projection (conditioned on audio) or plain (unconditional, without the losses that "
    "compare covers with audio).",
)
@click.option(
    "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="A setting; see --list."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Seed of weights, noise and data order.  [default: 0]",
)
@click.option(
    "--checkpoint-every",
    type=click.IntRange(min=1),
    help="Steps between checkpoints.  [default: a tenth of all, or of the preset's steps with "
    "--minutes; 50 to 1000]",
)
@click.option(
    "--evaluate/--no-evaluate",
    default=None,
    help="Evaluate the finished run on test, as zoo-eval run --quick does.  [default: evaluate]",
)
@click.option(
    "--eval-every",
    type=click.IntRange(min=0),
    help="Steps between evaluations on val.  [default: 0, none]",
)
@click.option(
    "--keep-best",
    metavar="FIGURE",
    help="With --eval-every: keep the model with the best value of it, such as genre or kid, in "
    "RUN/best.",
)
@click.option("--resume", is_flag=True, help="Continue the run in --out.")
@click.option(
    "--restart", is_flag=True, help="With --resume: start over where no checkpoint is intact."
)
@click.option(
    "--init-from",
    type=click.Path(path_type=Path),
    help="Run whose weights training starts from; `demo` is the bundled one.",
)
@click.option(
    "--list", "listing", is_flag=True, help="List models, presets and settings, and exit."
)
def main(listing: bool, **options: Any) -> None:
    """Train a model of the zoo.

    Without --data it is trained on the built-in corpus, which is generated on first use.
    """
    if listing:
        from coverzoo.training.checks import check_known
        from coverzoo.training.listing import listing as list_models

        if options["model"] is not None:
            check_known(options["model"])
        click.echo(list_models(options["model"]))
        return
    from coverzoo.evaluation.training import TrainingEvaluation
    from coverzoo.training.session import train_session

    _, status = train_session(options, TrainingEvaluation, log=click.echo)
    sys.exit(status)
