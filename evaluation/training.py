"""How a run is evaluated while it is trained, and once when it is finished."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from coverzoo.errors import UsageError, UserError
from coverzoo.evaluation import protocol as protocols
from coverzoo.evaluation.figures import FIGURES, figures, is_better, line
from coverzoo.evaluation.report.conclusion import conclusion
from coverzoo.evaluation.results import METRICS, REPORT, prepare_folder, write_results
from coverzoo.files import sha256
from coverzoo.training.run import Run
from coverzoo.zoo.registry import MODELS

Progress = Callable[[str, int | None], Any]


class TrainingEvaluation:
    """The evaluations of a run by the quick protocol; `zoo-train` and `coverzoo.train` use it.

    Args:
        config: Configuration of the run, see `training.config.RunConfig`.
        data: Data of the run, see `training.data.Data`.
        progress: (label, total) → a progress bar, a context manager with `update`.
    """

    def __init__(self, config: Any, data: Any, progress: Progress) -> None:
        self.config, self.data, self.progress = config, data, progress

    @staticmethod
    def check(config: Any) -> None:
        """Refuse a `keep_best` that evaluations of the run do not have.

        Raises:
            UsageError: Naming the option.
        """
        name = config.keep_best
        if name is None:
            return
        entry = MODELS[config.model]
        have = {
            "adherence": config.audio,
            "quality": entry.generates,
            "diversity": False,  # known of the built-in corpus alone, and not by this protocol
            "reconstruction": entry.reconstructs,
        }
        sides = [str(size) for size in protocols.QUICK.two_sample_sizes]
        names = [
            each
            for each, figure in FIGURES.items()
            if figure.better is not None
            and have.get(figure.keys[0], False)
            and ("two_sample" not in figure.keys or figure.keys[2] in sides)
            and (each != "elbo" or config.model == "vae")
        ]
        if name not in names:
            raise UsageError(
                f"--keep-best {name}: no such figure of this model. It has: {', '.join(names)}."
            )
        if not config.eval_every:
            raise UsageError(f"--keep-best {name}: it needs --eval-every STEPS.")

    def check_data(self) -> None:
        """Refuse data that evaluations while training cannot use.

        Raises:
            UserError: If there is no val split.
        """
        try:
            self.data.split("val")
        except UserError as error:
            raise UserError(f"--eval-every: {error}. Leave it out, or add to val.") from error

    @cached_property
    def _evaluator(self) -> Any:
        from coverzoo.evaluation.evaluator import Evaluator
        from coverzoo.evaluation.references import References

        config, protocol = self.config, protocols.QUICK
        size = config.settings.image_size
        references = References(self.data, size, protocol, self.progress)
        return Evaluator(
            MODELS[config.model],
            self.data,
            "val",
            references,
            audio=config.audio,
            image_size=size,
        )

    def prepare(self) -> None:
        """Train the reference networks, before the first step."""
        self._evaluator.prepare()

    def on_val(self, model: Any) -> dict[str, float]:
        """The figures of a model on the val split, by name."""
        return figures(self._evaluator(model)[0])

    def line(self, found: Mapping[str, float]) -> str:
        """Figures as one line, for a log."""
        return line(found)

    def is_better(self, new: Mapping[str, float], old: Mapping[str, float]) -> bool:
        """Whether figures are better than others by `keep_best`."""
        name = self.config.keep_best
        return name in new and is_better(name, new[name], old.get(name))

    def final(self, run: Run) -> tuple[list[str], dict[str, float] | None]:
        """Evaluate the finished run on the test split, once for a model.

        Writes RUN/evaluation/test/metrics.json and report.html.

        Returns:
            Sentences for people, and the figures; None if the model had been measured before.

        Raises:
            UserError: If it cannot be measured, or the results cannot be written.
        """
        from coverzoo.evaluation.evaluate import evaluate
        from coverzoo.evaluation.report.html import render

        folder = run.path / "evaluation" / "test"
        known = _known(folder / METRICS, sha256(run.model_file))
        if known is not None:
            return [*conclusion(known), f"Report: {folder / REPORT}"], None
        self.data.split("test")
        prepare_folder(folder)
        metrics, shown = evaluate(run, self.data, "test", protocols.QUICK, self.progress)
        write_results(folder, metrics, render(metrics, shown, run.metrics_file))
        return [*conclusion(metrics), f"Report: {folder / REPORT}"], figures(metrics)


def _known(file: Any, model: str) -> dict[str, Any] | None:
    """The content of a metrics.json, if it is of a model with this SHA-256."""
    try:
        metrics = json.loads(file.read_text(encoding="utf-8"))
        return metrics if metrics["run"]["sha256"] == model else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
