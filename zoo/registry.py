"""The models of the zoo, as data. Light: building one imports TensorFlow, listing does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import create_model
from pydantic.fields import FieldInfo

from coverzoo.zoo.presets import autoencoder, gan
from coverzoo.zoo.presets.generators import GENERATORS
from coverzoo.zoo.presets.settings import Settings


@dataclass(frozen=True)
class Entry:
    """A model of the zoo.

    Attributes:
        summary: One line for people.
        settings: Class of its settings.
        presets: What each preset sets, by (name, with audio or not).
        build: `module:function` that takes (settings, name, *, audio_width, precision, seed) and
            returns a compiled model.
        loss: `module:name` of a GAN's `AdversarialLoss`; empty for other models.
        audio: Whether it can be conditioned on audio.
        generates: Whether it generates covers from noise.
        reconstructs: Whether it reconstructs covers.
        unused: Settings of its class that have no effect on it.
    """

    summary: str
    settings: type[Settings]
    presets: Mapping[tuple[str, bool], Mapping[str, Any]]
    build: str
    loss: str = ""
    audio: bool = False
    generates: bool = True
    reconstructs: bool = False
    unused: tuple[str, ...] = field(default=())


_GAN = "coverzoo.zoo.models.build_gan:gan"
_AUTOENCODER = "coverzoo.zoo.models.build_autoencoder"
_LOSSES = "coverzoo.zoo.losses.adversarial"

MODELS: dict[str, Entry] = {
    "ae-transpose": Entry(
        "autoencoder that unpools at the places its encoder kept, arXiv:1311.2901",
        autoencoder.AutoencoderSettings,
        autoencoder.UNPOOLING,
        f"{_AUTOENCODER}:unpooling",
        generates=False,
        reconstructs=True,
    ),
    "ae-resize": Entry(
        "autoencoder of resize convolutions, https://distill.pub/2016/deconv-checkerboard",
        autoencoder.ResizeSettings,
        autoencoder.RESIZING,
        f"{_AUTOENCODER}:resizing",
        generates=False,
        reconstructs=True,
    ),
    "vae": Entry(
        "variational autoencoder, arXiv:1312.6114",
        autoencoder.VAESettings,
        autoencoder.VARIATIONAL,
        f"{_AUTOENCODER}:vae",
        audio=True,
        reconstructs=True,
    ),
    "gan": Entry(
        "GAN with the non-saturating loss, arXiv:1406.2661",
        gan.GANSettings,
        gan.NON_SATURATING,
        _GAN,
        loss=f"{_LOSSES}:NON_SATURATING",
        audio=True,
    ),
    "lsgan": Entry(
        "GAN with the least-squares loss, arXiv:1611.04076",
        gan.GANSettings,
        gan.LEAST_SQUARES,
        _GAN,
        loss=f"{_LOSSES}:LEAST_SQUARES",
        audio=True,
    ),
    "wgan-gp": Entry(
        "Wasserstein GAN with gradient penalty, arXiv:1704.00028",
        gan.GANSettings,
        gan.WASSERSTEIN_GP,
        _GAN,
        loss=f"{_LOSSES}:WASSERSTEIN",
        audio=True,
        unused=("real_label",),
    ),
}

PRESET_NAMES = ("small", "full", "thesis")


def presets_of(model: str, audio: bool) -> tuple[str, ...]:
    """The presets a model has with or without audio."""
    return tuple(name for name in PRESET_NAMES if (name, audio) in MODELS[model].presets)


@cache
def settings_class(model: str, generator: str = "") -> type[Settings]:
    """The class of a model's settings; a GAN's includes those of its generator's architecture.

    Args:
        model: Key of `MODELS`.
        generator: Key of `GENERATORS`; the default one unless given.

    Raises:
        KeyError: If the model or the architecture is unknown.
    """
    base = MODELS[model].settings
    if not issubclass(base, gan.GANSettings):
        return base
    architecture = GENERATORS[generator or base.model_fields["generator"].default]
    bases: Any = (architecture.settings, base)
    return create_model(f"{base.__name__}", __base__=bases, __doc__=base.__doc__)


def settings_of(model: str, preset: str, audio: bool, changes: Mapping[str, Any]) -> Any:
    """A preset's settings with `changes` made to them, typed or as a user writes them.

    Where another generator is chosen, what the preset says of its own generator is left out.

    Raises:
        KeyError: If the model or the preset is unknown.
        ValueError: `KEY: what was expected`, if a change does not fit.
    """
    values = dict(MODELS[model].presets[preset, audio])
    generator = str(changes.get("generator", values.get("generator", "")))
    if generator and generator not in GENERATORS:
        raise ValueError(f"generator: expected one of {', '.join(GENERATORS)}")
    chosen = settings_class(model, generator)
    kept = {key: value for key, value in values.items() if key in chosen.model_fields}
    return chosen.parse({**kept, **changes})


def read_settings(model: str, values: Mapping[str, Any]) -> Any:
    """Settings as config.json holds them.

    Raises:
        KeyError: If the model or its generator is unknown.
        ValueError: `KEY: what was expected`, if a value does not fit.
    """
    return settings_class(model, str(values.get("generator", ""))).parse(values)


def fields_of(model: str, generator: str = "") -> dict[str, FieldInfo]:
    """The settings of a model, ordered by group: name → pydantic's field."""
    fields = settings_class(model, generator).model_fields
    groups = list(dict.fromkeys(meta(entry)["group"] for entry in fields.values()))
    order = {name: place for place, name in enumerate(sorted(groups, key=_group_place))}
    ranked = sorted(fields.items(), key=lambda item: order[meta(item[1])["group"]])
    return dict(ranked)


GROUPS = ("data", "optimization", "losses", "audio", "autoencoder", "generator", "critic")


def _group_place(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def meta(entry: FieldInfo) -> dict[str, Any]:
    """What `setting` says of a field beside its type and bounds."""
    extra = entry.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def load_object(path: str) -> Any:
    """The object that `module:name` names."""
    module, name = path.split(":")
    return getattr(import_module(module), name)


def build(
    model: str, settings: Any, *, audio_width: int = 0, precision: str = "float32", seed: int = 0
) -> Any:
    """A compiled model; `audio_width` 0 means without audio. See `Entry.build`."""
    builder = load_object(MODELS[model].build)
    return builder(settings, model, audio_width=audio_width, precision=precision, seed=seed)
