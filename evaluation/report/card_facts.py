"""What a model card states of a run: its model, training and data, without paths."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from coverzoo.corpus.vectors import AUDIO_WIDTH
from coverzoo.errors import UserError
from coverzoo.evaluation.report.markdown import one_line
from coverzoo.training.run import Run
from coverzoo.zoo import registry

BUILT_IN = "built-in corpus of coverzoo"
DAMAGE = (KeyError, TypeError, ValueError, AttributeError)  # what reading other content raises


@dataclass(frozen=True)
class Facts:
    """What config.json and metrics.jsonl record of a run, without paths.

    Attributes:
        name: Name of the run's folder.
        model: Key of `zoo.registry.MODELS`.
        audio: Whether the model is conditioned on audio.
        generates: Whether it generates covers from noise.
        reconstructs: Whether it reconstructs covers.
        size: Side of a cover in pixels.
        built_in: Whether it was trained on the built-in corpus.
        data: Name of the data set: that of its folder, without the path.
        pairs: Number of training samples, or None where it is not recorded.
        genres: Names of the genres.
        details: Name and value of what else is known, for a table.
    """

    name: str
    model: str
    audio: bool
    generates: bool
    reconstructs: bool
    size: int
    built_in: bool
    data: str
    pairs: int | None
    genres: tuple[str, ...]
    details: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, run: Run) -> "Facts":
        """The facts of a run.

        Raises:
            UserError: If config.json is missing, damaged or of an unknown model.
        """
        config = run.config(("model", "audio", "settings"))
        try:
            model, settings = config["model"], config["settings"]
            entry, corpus = registry.MODELS[model], config.get("corpus") or {}
            return cls(
                name=one_line(run.name) or "model",
                model=model,
                audio=bool(config["audio"]),
                generates=entry.generates,
                reconstructs=entry.reconstructs,
                size=int(settings["image_size"]),
                built_in=config.get("data") is None,
                data=_data_name(config.get("data"), corpus.get("root")),
                pairs=corpus.get("train_samples"),
                genres=tuple(one_line(genre) for genre in corpus.get("genres") or ()),
                details=tuple(_details(config, entry, _steps(run))),
            )
        except DAMAGE as error:
            raise UserError(
                f"{run.config_file}: not written by this version of zoo-train, or damaged."
            ) from error

    @property
    def task(self) -> str:
        """The task: one of the Hub's unless the model is conditioned on audio."""
        if self.audio:
            return "audio-to-image"
        return "unconditional-image-generation" if self.generates else "image-to-image"

    @property
    def pipeline_tag(self) -> str | None:
        """The Hub's task; None for audio to image, which the Hub has no task for."""
        return None if self.audio else self.task

    @property
    def tags(self) -> list[str]:
        """Tags of the card."""
        kind = "gan" if registry.MODELS[self.model].loss else "autoencoder"
        tags = ["coverzoo", "keras", "tensorflow", "album-covers", kind, self.model]
        return [*tags, "music", "audio-to-image"] if self.audio else tags


def _data_name(data: str | None, root: str | None) -> str:
    """The last part of the data folder's path, of whatever system."""
    if data is None:
        return BUILT_IN
    parts = [
        part for path in (root or "", data) for part in reversed(re.split(r"[\\/]", path))
    ]  # `root` is absolute, `data` is as the user typed it
    return next((name for part in parts if (name := one_line(part)) not in ("", ".", "..")), "data")


def _steps(run: Run) -> int | None:
    """The last step in metrics.jsonl, which a limit in minutes decides; None without one."""
    if not run.metrics_file.is_file():
        return None
    steps = []
    for line in run.metrics_file.read_text(encoding="utf-8").splitlines():
        with suppress(*DAMAGE):  # a killed process leaves half a line
            steps.append(int(json.loads(line)["step"]))
    return max(steps, default=None)


def _details(
    config: Mapping[str, Any], entry: registry.Entry, steps: int | None
) -> Iterator[tuple[str, Any]]:
    """Rows on the model and its training."""
    model, audio, settings = config["model"], config["audio"], config["settings"]
    size, preset = settings["image_size"], config.get("preset")
    yield "Model", Markup(f"`{model}`: {_linked(entry.summary)}")
    yield "Covers", f"{size} × {size} pixels, RGB"
    yield "Audio features", f"{AUDIO_WIDTH} a track" if audio else "none"
    if entry.generates:
        yield "Noise", f"{settings['latent_dim']} values of a standard normal distribution"
    yield "Training steps", f"{settings['steps'] if steps is None else steps:,}"
    yield "Preset", _recorded(preset)
    if (preset, audio) in entry.presets:
        before = registry.settings_of(model, str(preset), audio, {}).model_dump(mode="json")
        changes = [
            f"{key} {_setting(value)}"
            for key, value in settings.items()
            if key in before and key not in ("image_size", "steps") and value != before[key]
        ]
        yield "Changes to the preset", "; ".join(changes) or "none"
    yield "Seed of the training", _recorded(config.get("seed"))
    yield "Precision", _recorded(config.get("precision"))
    if config.get("init_from"):
        yield "First weights", f"those of the run {_data_name(config['init_from'], None)}"
    versions = {**config.get("versions", {}), "python": config.get("python")}
    named = (f"{name} {version}" for name, version in versions.items() if version is not None)
    yield "Trained with", _recorded(", ".join(named) or None)


def _recorded(value: Any) -> Any:
    return "not recorded" if value is None else value


def _setting(value: Any) -> str:
    """A setting as --set takes it, with blanks after commas."""
    if isinstance(value, list):
        return ", ".join(map(_setting, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _linked(summary: str) -> str:
    """A summary of the registry with links to its papers."""
    return re.sub(r"arXiv:([\d.]+\d)", r"[arXiv:\1](https://arxiv.org/abs/\1)", summary)
