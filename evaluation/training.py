"""What is evaluated of a run: while it is trained, and once when it is finished."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coverzoo.errors import UserError
from coverzoo.evaluation.result import EvaluationResult, NotMeasurableError

Progress = Callable[[str, int], Any]


@dataclass(frozen=True)
class Measurement:
    """An evaluation of a finished run on the test split.

    Attributes:
        key: Key of the result in metrics.jsonl.
        name: What messages call it.
        result: Class of the result.
        measure: Model → result; raises NotMeasurableError or UserError.
    """

    key: str
    name: str
    result: type[EvaluationResult]
    measure: Callable[[Any], EvaluationResult]


class TrainingEvaluation:
    """The evaluations of a run; `zoo-train` and `coverzoo.train` use it.

    Args:
        data: Data of the run: `genres`, `train` and `split(name)`.
        image_size: Side of the covers in pixels.
        audio: Whether the model is conditioned on audio.
        reconstructs: Whether the model reconstructs covers.
        progress: (label, total) → a progress bar, a context manager with `update`.
    """

    def __init__(
        self, data: Any, image_size: int, *, audio: bool, reconstructs: bool, progress: Progress
    ) -> None:
        self.data, self.image_size = data, image_size
        self.audio, self.reconstructs = audio, reconstructs
        self.progress = progress
        self._classifier: Any = None

    def prepare(self) -> Any:
        """Train the genre classifier, once, and return it."""
        from coverzoo.evaluation import genre_accuracy

        if self._classifier is None:
            classifier = genre_accuracy.GenreClassifier(self.data.genres, self.image_size)
            steps = genre_accuracy.TRAINING_STEPS
            with self.progress("Training the genre classifier", steps) as bar:
                self._classifier = classifier.train(
                    self.data.train.samples, steps=steps, progress=bar.update
                )
        return self._classifier

    def on_val(self) -> Callable[[Any], dict[str, EvaluationResult]]:
        """The evaluation while training, on the val split: model → results by key.

        Raises:
            UserError: If the val split does not allow it.
        """
        from coverzoo.evaluation.genre_accuracy import known_genre_samples

        try:
            samples = self.data.split("val").samples
            tracks = known_genre_samples(self.data.genres, samples, "val")
        except (UserError, NotMeasurableError) as error:
            raise UserError(f"--eval-every: {error}. Leave it out, or add to val.") from error

        def evaluate(model: Any) -> dict[str, EvaluationResult]:
            return {"genre_accuracy": self.prepare().genre_accuracy(model, tracks, "val")}

        return evaluate

    def final(self) -> list[Measurement]:
        """The evaluations of the finished run."""
        from coverzoo.evaluation import checkerboard, diversity, genre_accuracy, reconstruction

        def on_test(measure: Callable[..., EvaluationResult]) -> Callable[[Any], EvaluationResult]:
            return lambda model: measure(model, self.data.split("test").samples, "test")

        def genre(model: Any) -> EvaluationResult:
            samples = self.data.split("test").samples
            tracks = genre_accuracy.known_genre_samples(self.data.genres, samples)
            return self.prepare().genre_accuracy(model, tracks)

        found = []
        if self.reconstructs:
            found += [
                Measurement(
                    "reconstruction",
                    "reconstruction quality",
                    reconstruction.ReconstructionQuality,
                    on_test(reconstruction.reconstruction_quality),
                ),
                Measurement(
                    "checkerboard",
                    "checkerboard",
                    checkerboard.Checkerboard,
                    on_test(checkerboard.checkerboard),
                ),
            ]
        if self.audio:
            found += [
                Measurement(
                    "genre_accuracy", "genre accuracy", genre_accuracy.GenreAccuracy, genre
                ),
                Measurement(
                    "diversity", "diversity", diversity.Diversity, on_test(diversity.diversity)
                ),
            ]
        return found
