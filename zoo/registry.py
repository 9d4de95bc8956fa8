"""Which models there are, as data. Light: building one imports TensorFlow, listing does not."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib import import_module
from typing import Any

from zoo.autoencoder_settings import AutoencoderSettings, ResizeSettings, VaeSettings
from zoo.gan_settings import GanSettings
from zoo.presets import PRESETS


@dataclass(frozen=True)
class Entry:
    """A model of the zoo.

    Attributes:
        summary: one line for people.
        settings: the dataclass of everything that can be set.
        build: `module:function` that takes (settings, name, *, audio_width, precision, seed)
            and gives a compiled model.
        audio: whether it can be trained with audio.
        generates: whether it paints from noise.
        reconstructs: whether it takes a cover in and gives it back.
    """

    summary: str
    settings: type
    build: str
    audio: bool = False
    generates: bool = True
    reconstructs: bool = False


MODELS: dict[str, Entry] = {
    "ae-transpose": Entry(
        "autoencoder that unpools at the places its encoder kept, arXiv:1311.2901",
        AutoencoderSettings,
        "zoo.build_autoencoder:unpooling",
        generates=False,
        reconstructs=True,
    ),
    "ae-resize": Entry(
        "autoencoder of resize convolutions, https://distill.pub/2016/deconv-checkerboard",
        ResizeSettings,
        "zoo.build_autoencoder:resizing",
        generates=False,
        reconstructs=True,
    ),
    "vae": Entry(
        "variational autoencoder, arXiv:1312.6114",
        VaeSettings,
        "zoo.build_autoencoder:vae",
        audio=True,
        reconstructs=True,
    ),
    "gan": Entry(
        "GAN of the non-saturating loss, arXiv:1406.2661",
        GanSettings,
        "zoo.build_gan:gan",
        audio=True,
    ),
    "lsgan": Entry(
        "least squares GAN, arXiv:1611.04076", GanSettings, "zoo.build_gan:gan", audio=True
    ),
    "wgan-gp": Entry(
        "Wasserstein GAN with gradient penalty, arXiv:1704.00028",
        GanSettings,
        "zoo.build_gan:gan",
        audio=True,
    ),
}

PRESET_NAMES = ("small", "full", "thesis")


def presets_of(model: str, audio: bool) -> tuple[str, ...]:
    """The presets a model has with or without audio."""
    return tuple(name for name in PRESET_NAMES if (model, name, audio) in PRESETS)


def settings_of(model: str, preset: str, audio: bool, changes: Mapping[str, Any]) -> Any:
    """A preset's settings with `changes` made to them.

    Raises:
        KeyError: if the model or the preset is unknown.
    """
    settings = MODELS[model].settings(**PRESETS[model, preset, audio])
    return replace(settings, **changes)


def keys_of(model: str) -> dict[str, Any]:
    """The settings of a model: name → dataclass field with type and metadata."""
    return {entry.name: entry for entry in fields(MODELS[model].settings)}


def build(
    model: str, settings: Any, *, audio_width: int = 0, precision: str = "float32", seed: int = 0
) -> Any:
    """A compiled model; `audio_width` 0 means without audio. See `Entry.build`."""
    module, function = MODELS[model].build.split(":")
    builder = getattr(import_module(module), function)
    return builder(settings, model, audio_width=audio_width, precision=precision, seed=seed)
