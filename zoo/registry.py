"""The models of the zoo, as data. Listing them imports no TensorFlow, building one does.

A further model is an entry of `MODELS`; a GAN with another adversarial loss needs only a module in
`zoo/losses/` besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pydantic.fields import FieldInfo

from coverzoo.zoo.presets import autoencoder, gan, gan_presets
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


def settings_of(model: str, preset: str, audio: bool, changes: Mapping[str, Any]) -> Any:
    """Return the settings of a preset with changes.

    Args:
        model: Key of `MODELS`.
        preset: One of `presets_of(model, audio)`.
        audio: Whether the model is conditioned on audio.
        changes: Settings by name, typed or as a user writes them (`64`, `true`, `256,128`).

    Raises:
        KeyError: If the model or the preset is unknown.
        ValueError: `KEY: what was expected`, if a change does not fit.
    """
    entry = MODELS[model]
    return entry.settings.parse({**entry.presets[preset, audio], **changes})


def read_settings(model: str, values: Mapping[str, Any]) -> Any:
    """Return settings as config.json holds them.

    Args:
        model: Key of `MODELS`.
        values: Settings by name.

    Raises:
        KeyError: If the model is unknown.
        ValueError: `KEY: what was expected`, if a value does not fit.
    """
    return MODELS[model].settings.read(values)


def fields_of(model: str) -> dict[str, FieldInfo]:
    """Return pydantic's fields of a model's settings by name, ordered by group.

    Args:
        model: Key of `MODELS`.
    """
    fields = MODELS[model].settings.model_fields
    groups = list(dict.fromkeys(meta(entry)["group"] for entry in fields.values()))
    known = [group for group in GROUPS if group in groups]
    order = [*known, *(group for group in groups if group not in known)]
    return dict(sorted(fields.items(), key=lambda item: order.index(meta(item[1])["group"])))


def meta(entry: FieldInfo) -> dict[str, Any]:
    """Return `group`, `audio`, `requires` and `per_level` of a field, see `presets.setting`."""
    extra = entry.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def schema_of(model: str) -> dict[str, Any]:
    """Return the JSON schema of a model's settings.

    Beside the keys of JSON Schema, every property has those of `meta`.

    Args:
        model: Key of `MODELS`.
    """
    schema = MODELS[model].settings.model_json_schema()
    return {
        **schema,
        "properties": {key: schema["properties"][key] for key in fields_of(model)},
    }


def load_object(path: str) -> Any:
    """Import and return the object that `module:name` names."""
    module, name = path.split(":")
    return getattr(import_module(module), name)


def register_classes() -> None:
    """Import every model, which registers the classes in their `.keras` files."""
    for entry in MODELS.values():
        load_object(entry.build)


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
