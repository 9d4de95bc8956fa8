"""Recovering z from covers, so that real covers have one too."""

from dataclasses import dataclass

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.losses.recovery import coarse_difference, latent_loss
from coverzoo.zoo.networks.critic import CriticFeatures


@dataclass(frozen=True)
class LatentRecovery:
    """Two terms by which covers of one track differ as real covers do.

    A head of the critic learns q(z | x), a Gaussian, from generated covers, whose z is known; the
    generator is rewarded for covers from which z can be recovered (InfoGAN, arXiv:1606.03657).
    Applied to a real cover, q has a z with which the generator should have made it. Half of the
    generator's batch is generated from such z and compared with the real covers (the two cycles
    of BicycleGAN, arXiv:1711.11586, with one network for critic and encoder): what a track's cover
    shows and its audio does not determine, the generator learns to draw from z. The comparison is
    coarse: fine detail is left to the adversarial loss.

    Args:
        weight: Weight of the recovery, in the critic's loss and in the generator's.
        reconstruction_weight: Weight of the comparison, 0 for none.
    """

    weight: float
    reconstruction_weight: float = 0.0

    def critic_loss(self, features: CriticFeatures, z: Tensor) -> Tensor:
        """The weighted loss of recovering z (B, L) from generated covers."""
        mean, log_variance = features.latent
        return self.weight * latent_loss(mean, log_variance, z)

    def with_recovered(self, real_features: CriticFeatures | None, z: Tensor) -> Tensor:
        """Z (B, L) with its first half drawn from q for the real covers of these features."""
        if not self.reconstruction_weight or real_features is None:
            return z
        half = tf.shape(z)[0] // 2
        mean, log_variance = real_features[:half].latent
        recovered = mean + tf.exp(0.5 * log_variance) * z[:half]
        return tf.stop_gradient(tf.concat([recovered, z[half:]], axis=0))

    def generator_loss(
        self, features: CriticFeatures, z: Tensor, fake: Tensor, real: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of both terms, and each of them as a metric.

        Args:
            features: The critic's features of the generated covers.
            z: What they were generated from (B, L), see `with_recovered`.
            fake: Generated covers (B, H, W, C).
            real: Real covers in the same rows.
        """
        mean, log_variance = features.latent
        recovery = latent_loss(mean, log_variance, z)
        metrics = {"latent_recovery_loss": recovery}
        loss = self.weight * recovery
        if self.reconstruction_weight:
            half = tf.shape(z)[0] // 2
            difference = coarse_difference(fake[:half], real[:half])
            metrics["coarse_reconstruction_loss"] = difference
            loss += self.reconstruction_weight * difference
        return loss, metrics
