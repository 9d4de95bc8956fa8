"""The contrastive term of the generator's update."""

from coverzoo.types import Tensor
from coverzoo.zoo.losses.conditioning import contrastive
from coverzoo.zoo.networks.critic import Critic
from coverzoo.zoo.networks.generative import GenerativeNetwork


def contrast(
    generator: GenerativeNetwork, critic: Critic, batch: dict[str, Tensor], noise: Tensor | None
) -> Tensor:
    """The contrastive loss of the generator's audio embeddings on a batch of real covers.

    Args:
        generator: Generator with an audio encoder.
        critic: Critic with a projection.
        batch: `image` and `audio`.
        noise: Noise on the scaled features, or None.
    """
    encoder = generator.audio_encoder
    embedding, _ = encoder.distribution(batch["audio"], noise, True)  # type: ignore[union-attr]
    return contrastive(embedding, critic.image_features(batch["image"], training=True).projection)
