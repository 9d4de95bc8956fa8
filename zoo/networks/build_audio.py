"""From settings to an audio encoder."""

from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.presets.settings import AudioSettings


def audio_encoder(
    settings: AudioSettings,
    width: int,
    precision: str,
    *,
    augmented: bool = False,
    slope: float = 0.2,
    typicality: bool = True,
) -> AudioEncoder:
    """A new audio encoder.

    Args:
        settings: Settings of the model.
        width: Number of raw features.
        precision: Keras dtype policy.
        augmented: Whether to use conditioning augmentation.
        slope: Negative slope of the LeakyReLU.
        typicality: Whether to measure how typical a track is, where features are scaled.
    """
    return AudioEncoder(
        width,
        settings.audio_embedding_dim,
        settings.audio_hidden_units,
        scale_features=settings.scale_features,
        batch_norm_layers=settings.audio_batch_norm,
        weight_init=settings.weight_init,
        slope=slope,
        null=settings.condition_dropout > 0.0,
        augmented=augmented,
        typicality=typicality,
        dtype=precision,
        name="audio",
    )
