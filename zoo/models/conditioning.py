"""How training makes covers follow the audio."""

from dataclasses import dataclass

import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.losses.conditioning import contrastive, mismatch_margin
from coverzoo.zoo.models.batch_pairs import first_rows, nearest_other, valid_mismatch_mask
from coverzoo.zoo.models.stateless_rng import StatelessRNG, batch_size
from coverzoo.zoo.networks.audio_encoder import AudioEncoder
from coverzoo.zoo.networks.critic import CriticFeatures, score


@dataclass(frozen=True)
class Conditioning:
    """Three losses on audio, each off unless it is asked for.

    Mismatched pairs teach the critic that a cover belongs to its audio, and the contrastive loss
    teaches the generator's audio encoder what covers show. Vicinal pairs are against learning
    pairs by heart: where every track has one cover, a critic that recognises tracks rewards
    that cover alone, and the noise counts for nothing. So some real covers are shown to it with
    the audio of a similar track, as in CcGAN (Ding et al. 2021, arXiv:2011.07466); similar is what
    the generator's audio encoder, trained by what covers show, embeds alike. As that costs
    adherence, it begins when training has shown every pair often enough to know it by heart.

    Args:
        mismatch_weight: Weight of `mismatch_margin`.
        mismatch_margin: Its margin.
        contrastive_weight: Weight of `contrastive`, for a critic with a projection.
        cover_contrastive_weight: Weight of `contrastive` by which covers find their audio: real
            covers in the critic's loss, generated covers in the generator's.
        vicinal_fraction: Fraction of a batch's real covers, the first ones, that the critic's
            adversarial loss pairs with the audio of the most similar other track of the batch.
        vicinal_epoch: Epoch, counted from 0, from which it does so.
    """

    mismatch_weight: float = 0.0
    mismatch_margin: float = 1.0
    contrastive_weight: float = 0.0
    cover_contrastive_weight: float = 0.0
    vicinal_fraction: float = 0.0
    vicinal_epoch: int = 0

    def vicinal(self, condition: Tensor, encoder: AudioEncoder, batch: dict[str, Tensor]) -> Tensor:
        """The critic's conditions (B, D), some of them those of similar tracks.

        Args:
            condition: The critic's own conditions of the batch (B, D).
            encoder: The generator's audio encoder.
            batch: `audio` and `epoch`.
        """
        if not self.vicinal_fraction:
            return condition
        some: Tensor = first_rows(self.vicinal_fraction, batch["epoch"])[0]
        embedding, _ = encoder.distribution(batch["audio"])
        similar = tf.gather(condition, nearest_other(embedding)[: batch_size(some)])
        own, rest = tf.split(condition, [batch_size(some), -1])
        shown = tf.where(some[:, None] >= self.vicinal_epoch, similar, own)
        return tf.concat([shown, rest], axis=0)

    def mismatch_loss(
        self,
        features: CriticFeatures,
        matched: Tensor,
        condition: Tensor,
        batch: dict[str, Tensor],
        keep: Tensor | None,
        rng: StatelessRNG,
    ) -> Tensor:
        """The weighted margin loss of real covers with the audio of a random other track.

        Args:
            features: The critic's features of the real covers.
            matched: Their scores with their own audio (B,).
            condition: The critic's conditions (B, D).
            batch: `audio` and `group`.
            keep: Mask (B,), 0 where a sample is trained without its audio; None if all keep theirs.
            rng: Random numbers of the update.
        """
        if not self.mismatch_weight:
            return tf.zeros(())
        distance = rng.integer("mismatch_distance", 1, tf.maximum(batch_size(matched), 2))
        return self.mismatch_weight * mismatch_margin(
            matched,
            score(features, tf.roll(condition, distance, axis=0)),
            valid_mismatch_mask(batch["audio"], batch["group"], keep, distance),
            self.mismatch_margin,
        )

    def contrastive_loss(
        self,
        encoder: AudioEncoder,
        real_features: CriticFeatures | None,
        audio: Tensor,
        noise: Tensor | None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted contrastive loss of the generator's audio encoder, and it as a metric.

        Args:
            encoder: The generator's audio encoder.
            real_features: The critic's features of the real covers, with a projection.
            audio: Raw features of their tracks (B, width).
            noise: Noise on the scaled features (B, width), or None.
        """
        if not self.contrastive_weight or real_features is None:
            return tf.zeros(()), {}
        embedding, _ = encoder.distribution(audio, noise, training=True)
        loss = contrastive(embedding, real_features.projection)
        return self.contrastive_weight * loss, {"contrastive_loss": loss}

    def cover_loss(
        self, features: CriticFeatures, condition: Tensor, keep: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted contrastive loss of covers, each of which finds its audio, and as a metric.

        Args:
            features: The critic's features of the covers.
            condition: The critic's conditions of their tracks (B, D), each track once.
            keep: Mask (B,), 0 where a sample is trained without its audio; None if all keep theirs.
        """
        if not self.cover_contrastive_weight or features.projection is None:
            return tf.zeros(()), {}
        loss = contrastive(features.projection, condition, keep)
        return self.cover_contrastive_weight * loss, {"cover_contrastive_loss": loss}
