"""The models of the zoo, as data. Listing them imports no TensorFlow, building one does.

A further model is an entry of `MODELS`; a GAN with another adversarial loss needs only a module in
`zoo/losses/` besides. A further generator is an entry of `presets.generators.GENERATORS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import create_model
from pydantic.fields import FieldInfo

from coverzoo.zoo.presets import autoencoder, gan, gan_presets
from coverzoo.zoo.presets.generators import GENERATORS
from coverzoo.zoo.presets.settings import Settings


@dataclass(frozen=True)
class Entry:
    """A model of the zoo.

    Attributes:
        summary: One line for `zoo-train --list` and the reference.
        settings: Class of its settings.
        presets: The settings that each preset changes, by (preset, whether with audio).
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


_GAN_BUILDER = "coverzoo.zoo.models.build_gan:gan"
_AUTOENCODER_BUILDERS = "coverzoo.zoo.models.build_autoencoder"
_LOSSES = "coverzoo.zoo.losses.adversarial"

MODELS: dict[str, Entry] = {
    "ae-transpose": Entry(
        "autoencoder with unpooling at the encoder's max-pooling indices, arXiv:1311.2901",
        autoencoder.AutoencoderSettings,
        autoencoder.UNPOOLING_PRESETS,
        f"{_AUTOENCODER_BUILDERS}:unpooling",
        generates=False,
        reconstructs=True,
    ),
    "ae-resize": Entry(
        "autoencoder with resize convolutions, https://distill.pub/2016/deconv-checkerboard",
        autoencoder.ResizeSettings,
        autoencoder.RESIZING_PRESETS,
        f"{_AUTOENCODER_BUILDERS}:resizing",
        generates=False,
        reconstructs=True,
    ),
    "vae": Entry(
        "variational autoencoder, arXiv:1312.6114",
        autoencoder.VAESettings,
        autoencoder.VAE_PRESETS,
        f"{_AUTOENCODER_BUILDERS}:vae",
        audio=True,
        reconstructs=True,
    ),
    "gan": Entry(
        "GAN with the non-saturating loss, arXiv:1406.2661",
        gan.GANSettings,
        gan_presets.NON_SATURATING_PRESETS,
        _GAN_BUILDER,
        loss=f"{_LOSSES}:NON_SATURATING",
        audio=True,
    ),
    "lsgan": Entry(
        "GAN with the least-squares loss, arXiv:1611.04076",
        gan.GANSettings,
        gan_presets.LEAST_SQUARES_PRESETS,
        _GAN_BUILDER,
        loss=f"{_LOSSES}:LEAST_SQUARES",
        audio=True,
    ),
    "wgan-gp": Entry(
        "Wasserstein GAN with gradient penalty, arXiv:1704.00028",
        gan.GANSettings,
        gan_presets.WASSERSTEIN_GP_PRESETS,
        _GAN_BUILDER,
        loss=f"{_LOSSES}:WASSERSTEIN",
        audio=True,
        unused=("real_label",),
    ),
}

PRESET_NAMES = ("small", "full", "thesis")
GROUPS = ("data", "optimization", "losses", "audio", "autoencoder", "generator", "critic")


def presets_of(model: str, audio: bool) -> tuple[str, ...]:
    """Return the presets that a model has with or without audio.

    Args:
        model: Key of `MODELS`.
        audio: Whether the model is conditioned on audio.

    Raises:
        KeyError: If the model is unknown.
    """
    return tuple(name for name in PRESET_NAMES if (name, audio) in MODELS[model].presets)


def settings_class(model: str, generator: str = "") -> type[Settings]:
    """Return the class of a model's settings; a GAN's includes those of its generator.

    Args:
        model: Key of `MODELS`.
        generator: Key of `GENERATORS`; empty for the default one.

    Raises:
        KeyError: If the model or the generator is unknown.
    """
    base, default = MODELS[model].settings, _default_generator(model)
    return _with_generator(base, generator or default) if default else base


def _default_generator(model: str) -> str:
    """The generator of a model unless another is chosen; empty for a model without a choice."""
    field = MODELS[model].settings.model_fields.get("generator")
    return "" if field is None else str(field.default)


@cache  # one class for equal arguments: settings of different classes are never equal
def _with_generator(base: type[Settings], generator: str) -> type[Settings]:
    bases: Any = (GENERATORS[generator].settings, base)
    return create_model(base.__name__, __base__=bases, __doc__=base.__doc__)


def settings_of(model: str, preset: str, audio: bool, changes: Mapping[str, Any]) -> Any:
    """Return the settings of a preset with changes.

    Where another generator is chosen, the preset's settings of its own generator are left out.

    Args:
        model: Key of `MODELS`.
        preset: One of `presets_of(model, audio)`.
        audio: Whether the model is conditioned on audio.
        changes: Settings by name, typed or as a user writes them (`64`, `true`, `256,128`).

    Raises:
        KeyError: If the model or the preset is unknown.
        ValueError: `KEY: what was expected`, if a change does not fit.
    """
    values = MODELS[model].presets[preset, audio]
    generator = str(changes.get("generator", values.get("generator", _default_generator(model))))
    if generator and generator not in GENERATORS:
        raise ValueError(f"generator: expected one of {', '.join(GENERATORS)}")
    chosen = settings_class(model, generator)
    for key in changes:
        owners = [name for name, fields in generator_fields(model).items() if key in fields]
        if owners and generator not in owners:
            raise ValueError(
                f"{key}: generator={generator} has no such setting. Use generator={owners[0]}"
            )
    kept = {key: value for key, value in values.items() if key in chosen.model_fields}
    return chosen.parse({**kept, **changes})


def read_settings(model: str, values: Mapping[str, Any]) -> Any:
    """Return settings as config.json holds them.

    Args:
        model: Key of `MODELS`.
        values: Settings by name.

    Raises:
        KeyError: If the model or its generator is unknown.
        ValueError: `KEY: what was expected`, if a value does not fit.
    """
    return settings_class(model, str(values.get("generator", ""))).read(values)


def fields_of(model: str, generator: str = "") -> dict[str, FieldInfo]:
    """Return pydantic's fields of a model's settings by name, ordered by group.

    Args:
        model: Key of `MODELS`.
        generator: Key of `GENERATORS`; empty for the default one.
    """
    fields = settings_class(model, generator).model_fields
    groups = list(dict.fromkeys(meta(entry)["group"] for entry in fields.values()))
    known = [group for group in GROUPS if group in groups]
    order = [*known, *(group for group in groups if group not in known)]
    return dict(sorted(fields.items(), key=lambda item: order.index(meta(item[1])["group"])))


def common_fields(model: str) -> dict[str, FieldInfo]:
    """Return the fields that a model has with every generator, by name, ordered by group."""
    fields = fields_of(model)
    return {
        key: field
        for key, field in fields.items()
        if "generator" not in fields or all(key in fields_of(model, name) for name in GENERATORS)
    }


def generator_fields(model: str) -> dict[str, dict[str, FieldInfo]]:
    """Return the fields that a model has with some generators alone, by key of `GENERATORS`.

    Args:
        model: Key of `MODELS`.

    Returns:
        Fields by name for each generator; empty for a model without a choice of generators.
    """
    common = common_fields(model)
    if "generator" not in common:
        return {}
    return {
        name: {key: field for key, field in fields_of(model, name).items() if key not in common}
        for name in GENERATORS
    }


def meta(entry: FieldInfo) -> dict[str, Any]:
    """Return `group`, `audio`, `requires` and `per_level` of a field, see `presets.setting`."""
    extra = entry.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def schema_of(model: str, generator: str = "") -> dict[str, Any]:
    """Return the JSON schema of a model's settings.

    Beside the keys of JSON Schema, every property has those of `meta`.

    Args:
        model: Key of `MODELS`.
        generator: Key of `GENERATORS`; empty for the default one.
    """
    schema = settings_class(model, generator).model_json_schema()
    return {
        **schema,
        "properties": {key: schema["properties"][key] for key in fields_of(model, generator)},
    }


def load_object(path: str) -> Any:
    """Import and return the object that `module:name` names."""
    module, name = path.split(":")
    return getattr(import_module(module), name)


def register_classes() -> None:
    """Import every model and generator, which registers the classes in their `.keras` files."""
    builders = [entry.build for entry in MODELS.values()]
    for path in (*builders, *(architecture.build for architecture in GENERATORS.values())):
        load_object(path)


def build(
    model: str, settings: Any, *, audio_width: int = 0, precision: str = "float32", seed: int = 0
) -> Any:
    """Return a compiled model.

    Args:
        model: Key of `MODELS`.
        settings: Settings of the model.
        audio_width: Number of raw features per sample; 0 for a model without audio.
        precision: Keras dtype policy.
        seed: Seed of all random numbers in training.
    """
    builder = load_object(MODELS[model].build)
    return builder(settings, model, audio_width=audio_width, precision=precision, seed=seed)
