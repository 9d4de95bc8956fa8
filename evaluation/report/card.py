"""The model card of a run: a README.md with metadata as the Hugging Face Hub reads it."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from coverzoo.corpus.vectors import AUDIO_WIDTH
from coverzoo.errors import UsageError, UserError, install_command
from coverzoo.evaluation.compare import read_metrics
from coverzoo.evaluation.report.card_facts import DAMAGE, Facts
from coverzoo.evaluation.report.card_figures import Evaluation, number
from coverzoo.evaluation.report.markdown import one_line, render
from coverzoo.files import replacing, sha256
from coverzoo.training.run import Run

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCard

TEMPLATE = "card.md"
SHOWN_GENRES = 40
LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
MARK = "\n<!-- zoo-eval card, SHA-256 of the text above: {} -->\n"
MARKED = re.compile(r"\n<!-- zoo-eval card, SHA-256 of the text above: ([0-9a-f]{64}) -->\n$")


def read_evaluation(run: Run, split: str, folder: Path | None = None) -> Evaluation | None:
    """The evaluation of a run as `zoo-eval run` wrote it, or None without one.

    Args:
        run: Run.
        split: Name of the split.
        folder: Folder of metrics.json, which must be there; RUN/evaluation/SPLIT by default.

    Raises:
        UserError: If metrics.json is damaged, of another split, or of another model.keras than
            the run's: a card must not show figures of another model.
    """
    file = (folder or run.path / "evaluation" / split) / "metrics.json"
    if folder is None and not file.exists():
        return None
    metrics = read_metrics(file)
    again = "Measure the run again: zoo-eval run RUN"
    try:
        evaluation, digest = Evaluation.of(metrics), metrics["run"]["sha256"]
    except DAMAGE as error:
        raise UserError(
            f"{file}: not written by this version of zoo-eval run, or damaged. {again}"
        ) from error
    if evaluation.split != split:
        raise UserError(
            f"{file}: measured on {evaluation.split}, not on {split}. Give the --split it is of."
        )
    _check_model(run)
    if digest != sha256(run.model_file):
        raise UserError(f"{file}: the model.keras it is of is not that of the run. {again}")
    return evaluation


def card(run: Run, evaluation: Evaluation | None, license: str | None = None) -> "ModelCard":
    """The model card of a run.

    The metadata are those of https://huggingface.co/docs/hub/model-cards. Names that come from
    data are one line of printable text in them, and escaped in the body. There are no paths.

    Args:
        run: Run with a model.
        evaluation: Its evaluation; without one the card names the command that measures it.
        license: The Hub's identifier of a licence, such as `mit`, or None if it is not known.

    Raises:
        UserError: If huggingface_hub is missing, the run has no model, or its config.json cannot
            be used.
    """
    try:
        from huggingface_hub import ModelCard, ModelCardData
    except ImportError as error:
        raise UserError(
            f"zoo-eval card needs huggingface_hub. Install it with: {install_command('hub')}"
        ) from error
    _check_model(run)
    facts = Facts.of(run)
    results = None if evaluation is None else list(_results(facts, evaluation))
    data = ModelCardData(
        license=license,
        library_name="keras",
        pipeline_tag=facts.pipeline_tag,
        tags=facts.tags,
        metrics=list(dict.fromkeys(result.metric_type for result in results)) if results else None,
        eval_results=results,
        model_name=facts.name if results else None,
    )
    body = render(
        TEMPLATE,
        facts=facts,
        width=AUDIO_WIDTH,
        shown=facts.genres[:SHOWN_GENRES],
        details=facts.details,
        evaluation=evaluation,
        license=license,
    )
    return ModelCard(f"---\n{data.to_yaml()}\n---\n\n{body}")


def check_license(license: str) -> str:
    """An identifier of a licence.

    Raises:
        UsageError: If it has characters that none of the Hub's identifiers has.
    """
    if not LICENSE.fullmatch(license):
        raise UsageError(
            f"--license {one_line(license)}: expected an identifier of the Hugging Face Hub, such "
            "as mit or cc-by-4.0"
        )
    return license


def write_card(card: "ModelCard", file: Path, *, overwrite: bool = False) -> None:
    """Write a card, with a last line by which a later call knows that nobody has edited it.

    Args:
        card: Card.
        file: File to write; folders above it are made.
        overwrite: Whether to replace a file that this function did not write, or that was edited.

    Raises:
        UserError: If the file cannot be written, or must not be replaced.
    """
    if file.is_dir():
        raise UserError(f"{file}: a folder. Give a file for the card: --out FILE")
    try:
        if file.exists() and not overwrite and not _is_unchanged(file):
            raise UserError(
                f"{file}: exists, and was edited or not written by zoo-eval card. Give another "
                "--out, or --overwrite to replace it."
            )
        text = str(card).rstrip("\n") + "\n"
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            marked = text + MARK.format(hashlib.sha256(text.encode()).hexdigest())
            temporary.write_text(marked, encoding="utf-8", newline="\n")
    except (FileExistsError, NotADirectoryError) as error:
        raise UserError(f"{file}: {file.parent} is not a folder. Give another --out.") from error
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror}") from error


def _check_model(run: Run) -> None:
    """Refuse a run without a model, whose card would describe what is not there."""
    run.config()
    if not run.model_file.is_file():
        raise UserError(
            f"{run.model_file}: not there yet. Let the run reach a checkpoint: "
            f"zoo-train --resume --out {run.shell_path}"
        )


def _is_unchanged(file: Path) -> bool:
    """Whether the file is as `write_card` wrote it."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    found = MARKED.search(text)
    if found is None:
        return False
    return hashlib.sha256(text[: found.start()].encode()).hexdigest() == found[1]


def _results(facts: Facts, evaluation: Evaluation) -> Iterator["EvalResult"]:
    """The model index: an entry a figure that has an identifier."""
    from huggingface_hub import EvalResult

    name = facts.data if evaluation.of_training_data else "not the data of training"
    for figure in evaluation.figures:
        if not figure.metric:
            continue
        yield EvalResult(
            task_type=facts.task,
            task_name="Album covers" + (" conditioned on audio" if facts.audio else ""),
            dataset_type=_identifier(name),
            dataset_name=name,
            dataset_split=evaluation.split,
            dataset_args=dict(evaluation.arguments),
            metric_type=figure.metric,
            metric_name=figure.name,
            metric_value=float(number(figure.value)),
        )


def _identifier(name: str) -> str:
    """A name in the characters that the Hub allows in a data set's identifier."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "data"
