"""The command `zoo-eval`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from coverzoo.command import Command
from coverzoo.evaluation.results import METRICS, REPORT


def split_option(meaning: str) -> Callable:
    """The option --split, which means the same in all commands but for what is done with it."""
    choice = click.Choice(("train", "val", "test"))
    return click.option("--split", type=choice, default="test", show_default=True, help=meaning)


@click.group()
def main() -> None:
    """Measure models: does the cover follow the music, and is it any good?"""


@main.command("run", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of covers and audio features.  [default: that of the run]",
)
@split_option("Split that is measured.")
@click.option(
    "--quick",
    is_flag=True,
    help="Smaller reference networks, fewer covers, no facts: about a minute. Its figures do not "
    "compare with the full ones.",
)
@click.option(
    "--features",
    type=click.Choice(("own", "inception")),
    default="own",
    show_default=True,
    help="Network whose features quality, diversity and memorisation are measured with.",
)
@click.option(
    "--inception-weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Weights of InceptionV3 without its top, .h5 or .weights.h5, for --features inception.  "
    "[default: those of ImageNet, which Keras downloads]",
)
@click.option(
    "--groups",
    type=click.Path(path_type=Path),
    help="JSON object of NAME: group, where several vectors come from one recording.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the results.  [default: RUN/evaluation/SPLIT; needed for demo]",
)
def run_command(
    run: Path,
    data: Path | None,
    split: str,
    quick: bool,
    features: str,
    inception_weights: Path | None,
    groups: Path | None,
    out: Path | None,
) -> None:
    """Measure the model of RUN; `demo` is the bundled model.

    Reference networks are trained on the data's train split the first time and kept in the user's
    cache.
    """
    from coverzoo import backend

    backend.start()
    from coverzoo.evaluation.evaluate import evaluate_run
    from coverzoo.evaluation.protocol import FULL, QUICK
    from coverzoo.evaluation.report.conclusion import conclusion
    from coverzoo.training.session import progress_bar

    metrics, folder = evaluate_run(
        run,
        data=data,
        split=split,
        protocol=QUICK if quick else FULL,
        features=features,
        inception_weights=inception_weights,
        groups=groups,
        out=out,
        progress=progress_bar,
    )
    for sentence in conclusion(metrics):
        click.echo(sentence)
    click.echo(f"Metrics: {folder / METRICS}")
    click.echo(f"Report: {folder / REPORT}")


@main.command("compare", cls=Command)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@split_option("Split whose figures are read.")
@click.option(
    "--chart",
    type=click.Path(path_type=Path),
    help="Also draw the figures, into a file of .svg, .png or .pdf.",
)
def compare_command(runs: Sequence[Path], split: str, chart: Path | None) -> None:
    """Compare RUNS that `zoo-eval run` measured; those that differ by seed are one row.

    A RUN is a run directory, or the folder that --out of `zoo-eval run` named.
    """
    from coverzoo.evaluation.compare import compare, table, write_chart

    files = [
        run / METRICS if (run / METRICS).is_file() else run / "evaluation" / split / METRICS
        for run in runs
    ]
    rows = compare(files)
    click.echo(table(rows))
    if chart is not None:
        write_chart(rows, chart)
        click.echo(f"Chart: {chart}")


@main.command("card", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@split_option("Split whose figures are read.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Folder that --out of `zoo-eval run` named.  [default: RUN/evaluation/SPLIT]",
)
@click.option(
    "--license",
    metavar="ID",
    help="Licence of the model as the Hugging Face Hub spells it, such as mit or cc-by-4.0.  "
    "[default: none stated; that of the project for demo]",
)
@click.option(
    "--overwrite", is_flag=True, help="Replace a card that was edited, or another README.md."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File of the card.  [default: RUN/README.md; needed for demo]",
)
def card_command(
    run: Path,
    split: str,
    results: Path | None,
    license: str | None,
    overwrite: bool,
    out: Path | None,
) -> None:
    """Write the model card of RUN.

    The Hugging Face Hub reads it; `demo` is the bundled model.

    It holds the figures of `zoo-eval run`, if RUN was measured, and no path of this machine.
    Nothing is uploaded. Needs the extra `hub`.
    """
    from coverzoo.errors import UserError
    from coverzoo.evaluation.report.card import card, check_license, read_evaluation, write_card
    from coverzoo.training.run import Run
    from coverzoo.zoo import DEMO_NAME

    source = Run.named(run)
    bundled = source.path != run
    if out is None and bundled:
        raise UserError(f"{DEMO_NAME}: give a file for the card: --out FILE")
    license = check_license(license) if license is not None else "mit" if bundled else None
    evaluation = read_evaluation(source, split, results)
    file = out or source.path / "README.md"
    write_card(card(source, evaluation, license), file, overwrite=overwrite)
    if evaluation is None:
        measure = f"{DEMO_NAME} --out DIR" if bundled else source.shell_path
        measure += "" if split == "test" else f" --split {split}"
        click.echo(f"Not measured yet: zoo-eval run {measure}", err=True)
    click.echo(f"Card: {file}")


if __name__ == "__main__":
    main()
