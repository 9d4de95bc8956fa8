"""The GAN: a generator, a critic and one training step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.losses.adversarial import AdversarialLoss
from coverzoo.zoo.losses.conditioning import diversity_shortfall
from coverzoo.zoo.losses.kl import gaussian_kl
from coverzoo.zoo.losses.penalties import GRADIENT_PENALTIES
from coverzoo.zoo.models.augment import augment
from coverzoo.zoo.models.batch_pairs import first_rows, repeat_first_half, split_rows
from coverzoo.zoo.models.condition_noise import feature_noise, keep_mask
from coverzoo.zoo.models.conditioning import Conditioning
from coverzoo.zoo.models.ema import update_ema
from coverzoo.zoo.models.latent_recovery import LatentRecovery
from coverzoo.zoo.models.optimizers import apply_gradients
from coverzoo.zoo.models.stateless_rng import StatelessRNG, batch_size
from coverzoo.zoo.networks.critic import Critic, score
from coverzoo.zoo.networks.generative import GenerativeNetwork

Batch = dict[str, Tensor]
CRITIC_METRICS = ("critic_loss", "critic_score_gap", "gradient_penalty_loss", "critic_grad_norm")


class GAN(keras.Model):
    """A generator and a critic.

    They are trained on batches of `image`, with audio also of `audio`, `group` and `epoch`. One
    step is `critic_steps` critic updates and one generator update. Its batch holds those of all its
    critic updates, unless they share one. Every random number follows from (seed, step).

    Args:
        generator: Generator to train.
        critic: Critic to train.
        ema_generator: A second generator of the same form, which follows the first as an
            exponential moving average; None for none. (An optimizer's `use_ema` overwrites
            trained weights at the end of `fit`.)
        loss: Adversarial loss.
        seed: Seed of all random numbers.
        critic_steps: Critic updates per step.
        share_batch: Whether all critic updates of a step use the same batch, as in the thesis.
        fresh_batch: Whether the generator update has a batch of its own, not that of the last
            critic update.
        real_label: Label of real covers, for a loss that has one.
        gradient_penalty_weight: Weight of the gradient penalty, 0 for none.
        gradient_penalty: Key of `GRADIENT_PENALTIES`.
        gradient_penalty_fraction: Fraction of a batch's rows, the first ones, at which the
            gradient penalty is taken, in (0, 1].
        ema_decay: Decay of the exponential moving average.
        augmentations: Keys of `coverzoo.zoo.models.augment.AUGMENTATIONS`.
        condition_dropout: Fraction of samples trained with the null condition.
        conditioning: How covers are made to follow the audio.
        condition_kl_weight: Weight of the KL term of conditioning augmentation.
        diversity_target: Fraction of `diversity_shortfall`, 0 for none. With it, the generator
            update generates two covers for each of half its tracks.
        diversity_weight: Weight of the shortfall.
        feature_noise: Standard deviation of the noise added to scaled features.
        recovery: Terms that recover z from covers, or None; the critic needs a `latent_dim` then.
        **kwargs: Arguments of `keras.Model`.
    """

    def __init__(
        self,
        generator: GenerativeNetwork,
        critic: Critic,
        ema_generator: GenerativeNetwork | None = None,
        *,
        loss: AdversarialLoss,
        seed: int = 0,
        critic_steps: int = 1,
        share_batch: bool = False,
        fresh_batch: bool = False,
        real_label: float = 1.0,
        gradient_penalty_weight: float = 10.0,
        gradient_penalty: str = "wgan-gp",
        gradient_penalty_fraction: float = 1.0,
        ema_decay: float = 0.999,
        augmentations: Sequence[str] = (),
        condition_dropout: float = 0.0,
        conditioning: Conditioning | None = None,
        condition_kl_weight: float = 0.0,
        diversity_target: float = 0.0,
        diversity_weight: float = 1.0,
        feature_noise: float = 0.0,
        recovery: LatentRecovery | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["autocast"] = False  # raw audio passes through here
        super().__init__(**kwargs)
        self.generator, self.critic, self.ema_generator = generator, critic, ema_generator
        self.adversarial_loss = loss
        label = {"real_label": real_label} if loss.uses_real_label else {}
        self._critic_loss = partial(loss.critic, **label)
        self.seed, self.critic_steps = seed, critic_steps
        self.share_batch, self.fresh_batch = share_batch, fresh_batch
        self._gradient_penalty = GRADIENT_PENALTIES[gradient_penalty]
        self.gradient_penalty_fraction = gradient_penalty_fraction
        self.gradient_penalty_weight, self.ema_decay = gradient_penalty_weight, ema_decay
        self.augmentations = tuple(augmentations)
        self.conditioning = conditioning or Conditioning()
        self.condition_kl_weight = condition_kl_weight
        self.diversity_target, self.diversity_weight = diversity_target, diversity_weight
        self.feature_noise, self.recovery = feature_noise, recovery
        self.conditional = generator.audio_encoder is not None
        self.condition_dropout = condition_dropout if self.conditional else 0.0
        for network in (generator, critic, ema_generator):
            if network is not None and not network.built:
                network.build()
        if ema_generator is not None:
            ema_generator.trainable = False
            ema_generator.set_weights(generator.get_weights())
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int64, name="steps")
        self.built = True

    uses_validation = False
    has_best_weights = False

    @property
    def generative(self) -> GenerativeNetwork:
        """The network to save and to use: the EMA generator where there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    @property
    def generative_networks(self) -> tuple[GenerativeNetwork, ...]:
        """The networks that the weights of `generative` fit."""
        return tuple(filter(None, (self.generator, self.ema_generator)))

    @property
    def updates_per_step(self) -> int:
        """Critic and generator updates in one step."""
        return self.critic_steps + 1

    @property
    def batches_per_step(self) -> int:
        """Batches of the batch size that one step reads."""
        return (1 if self.share_batch else self.critic_steps) + self.fresh_batch

    def adapt(self, vectors: Tensor) -> None:
        """Fit the feature scaling of every network, and the typicality of the generators.

        Args:
            vectors: Raw features (N, width).
        """
        for network in filter(None, (self.generator, self.critic, self.ema_generator)):
            network.adapt(vectors)

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        critic_optimizer: keras.optimizers.Optimizer,
    ) -> None:
        """Set both optimizers, each built on the weights of its own network."""
        super().compile()
        self.generator_optimizer = generator_optimizer
        self.critic_optimizer = critic_optimizer
        generator_optimizer.build(self.generator.trainable_variables)
        critic_optimizer.build(self.critic.trainable_variables)

    def train_step(self, batch: Batch) -> dict[str, Tensor]:
        """Train one step.

        Args:
            batch: `batches_per_step` batches, one after the other.

        Returns:
            Metrics of its last critic update and of its generator update.
        """
        batches = split_rows(batch, self.batches_per_step)

        def batch_of(update: Tensor) -> Batch:
            index = 0 if self.share_batch else update
            return {name: value[index] for name, value in batches.items()}

        # A loop of the graph, traced once; unrolled, tracing would take twice as long.
        _, metrics = tf.while_loop(
            lambda update, _: update < self.critic_steps,
            lambda update, _: (update + 1, self._update_critic(batch_of(update), update)),
            (tf.constant(0), dict.fromkeys(CRITIC_METRICS, tf.zeros(()))),
            parallel_iterations=1,
        )
        last = {name: value[-1] for name, value in batches.items()}
        metrics |= self._update_generator(last)
        self.steps.assign_add(1)
        if self.ema_generator is not None:
            update_ema(self.ema_generator, self.generator, self.steps, self.ema_decay)
        return metrics

    def _update_critic(self, batch: Batch, update: Tensor) -> dict[str, Tensor]:
        rng = StatelessRNG(self.seed, self.steps, update)
        real = batch["image"]
        size = batch_size(real)
        keep = keep_mask(self.condition_dropout, rng, size)
        z = rng.normal("latent_noise", (size, self.generator.latent_dim))
        fake, _ = self._generate(batch, rng, keep, z)
        real = augment(real, rng.seed("real_augmentation"), self.augmentations)
        fake = augment(fake, rng.seed("fake_augmentation"), self.augmentations)
        with tf.GradientTape() as tape:
            condition = self._encode_audio(batch, rng, keep)
            shown, encoder = condition, self.generator.audio_encoder
            if condition is not None and encoder is not None:
                shown = self.conditioning.vicinal(condition, encoder, batch)
            real_features, fake_features = self.critic.features_of_both(real, fake, training=True)
            real_score = score(real_features, condition)
            fake_score = score(fake_features, condition)
            loss = self._critic_loss(score(real_features, shown), fake_score)
            if self.recovery:
                loss += self.recovery.critic_loss(fake_features, z)
            penalty = tf.zeros(())
            if self.gradient_penalty_weight:
                mix = rng.uniform("penalty_mix", (size, 1, 1, 1))
                *covers_and_mix, some_condition = first_rows(
                    self.gradient_penalty_fraction, real, fake, mix, condition
                )
                penalty = self._gradient_penalty(
                    lambda x: score(self.critic.image_features(x, training=True), some_condition),
                    *covers_and_mix,
                )
                loss += self.gradient_penalty_weight * penalty
            if condition is not None:
                loss += self.conditioning.mismatch_loss(
                    real_features, real_score, condition, batch, keep, rng
                )
                loss += self.conditioning.cover_loss(real_features, condition, keep)[0]
            scaled = self.critic_optimizer.scale_loss(loss)
        norm = apply_gradients(tape, scaled, self.critic.trainable_variables, self.critic_optimizer)
        return {
            "critic_loss": loss,
            "critic_score_gap": tf.reduce_mean(real_score) - tf.reduce_mean(fake_score),
            "gradient_penalty_loss": penalty,
            "critic_grad_norm": norm,
        }

    def _update_generator(self, batch: Batch) -> dict[str, Tensor]:
        rng = StatelessRNG(self.seed, self.steps, self.critic_steps)
        size = batch_size(batch["image"])
        keep, pairs = keep_mask(self.condition_dropout, rng, size), batch
        in_pairs = self.diversity_target and self.conditional
        if in_pairs:
            batch = {**batch, "audio": repeat_first_half(batch["audio"])}
            keep = keep if keep is None else repeat_first_half(keep)
        condition = self._encode_audio(batch, rng, keep)
        z = rng.normal("latent_noise", (size, self.generator.latent_dim))
        metrics: dict[str, Tensor] = {}
        real_features = None
        if self.recovery or self.conditioning.contrastive_weight:
            real_features = self.critic.image_features(batch["image"], training=True)
        if self.recovery:
            z = self.recovery.with_recovered(real_features, z)
        with tf.GradientTape() as tape:
            fake, kl = self._generate(batch, rng, keep, z, repeat_first_half if in_pairs else None)
            shortfall = tf.zeros(())
            if in_pairs:
                shortfall = diversity_shortfall(fake, batch["image"], self.diversity_target)
            seen = augment(fake, rng.seed("fake_augmentation"), self.augmentations)
            features = self.critic.image_features(seen, training=True)
            loss = self.adversarial_loss.generator(score(features, condition))
            total = loss + self.condition_kl_weight * kl + self.diversity_weight * shortfall
            encoder = self.generator.audio_encoder
            if encoder is not None and condition is not None:
                noise = feature_noise(pairs["audio"], self.feature_noise, rng, "feature_noise")
                terms, found = self.conditioning.contrastive_loss(
                    encoder, real_features, pairs["audio"], noise
                )
                total, metrics = total + terms, {**metrics, **found}
                each = slice(None, size // 2 if in_pairs else None)  # every track once
                kept = keep if keep is None else keep[each]
                terms, found = self.conditioning.cover_loss(features[each], condition[each], kept)
                total, metrics = total + terms, {**metrics, **found}
            if self.recovery:
                terms, found = self.recovery.generator_loss(features, z, fake, batch["image"])
                total, metrics = total + terms, {**metrics, **found}
            scaled = self.generator_optimizer.scale_loss(total)
        norm = apply_gradients(
            tape, scaled, self.generator.trainable_variables, self.generator_optimizer
        )
        return {"generator_loss": loss, "generator_grad_norm": norm, **metrics}

    def _generate(
        self,
        batch: Batch,
        rng: StatelessRNG,
        keep: Tensor | None,
        z: Tensor,
        repeat: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Covers for the batch's audio from z, and the KL term of the condition.

        `repeat` is applied to the rows of all that is drawn but z, so that covers of one track
        differ by z alone.
        """
        repeat = repeat or (lambda rows: rows)
        encoder = self.generator.audio_encoder
        if encoder is None:
            return self.generator.generate_from(z, None, training=True), tf.zeros(())
        noise = feature_noise(batch["audio"], self.feature_noise, rng, "feature_noise")
        noise = noise if noise is None else repeat(noise)
        mean, log_variance = encoder.distribution(batch["audio"], noise, training=True)
        condition, kl = mean, tf.zeros(())
        if log_variance is not None:
            drawn = repeat(rng.normal("conditioning_augmentation", (batch_size(z), encoder.dim)))
            condition = mean + tf.exp(0.5 * log_variance) * drawn
            kl = gaussian_kl(mean, log_variance)
        condition = encoder.interpolate(condition, keep=keep)
        return self.generator.generate_from(z, condition, training=True), kl

    def _encode_audio(self, batch: Batch, rng: StatelessRNG, keep: Tensor | None) -> Tensor | None:
        """The critic's condition; None for an unconditional critic."""
        if self.critic.audio_encoder is None:
            return None
        noise = feature_noise(batch["audio"], self.feature_noise, rng, "critic_feature_noise")
        return self.critic.encode_audio(batch["audio"], keep=keep, noise=noise, training=True)

    def call(self, batch: Batch, training: bool = False) -> Tensor:
        """Generate covers for a batch that also holds `z`, with `generative`."""
        return self.generative(batch["z"], batch.get("audio"), training=training)
