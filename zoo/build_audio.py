"""From settings to an audio encoder."""

from zoo.condition import AudioEncoder
from zoo.settings import AudioSettings


def audio_encoder(
    settings: AudioSettings,
    width: int,
    precision: str,
    *,
    augmented: bool = False,
    slope: float = 0.2,
) -> AudioEncoder:
    """A new audio encoder for `width` raw features; see `AudioEncoder` for the rest."""
    return AudioEncoder(
        width,
        settings.condition_dim,
        settings.condition_hidden,
        scaled=settings.scale_features,
        normalized=settings.condition_norm,
        initial=settings.initial,
        slope=slope,
        null=settings.condition_dropout > 0.0,
        augmented=augmented,
        dtype=precision,
        name="audio",
    )
