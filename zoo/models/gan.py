"""The adversarial game: a generator, a critic and one training step."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from coverzoo.zoo.losses.adversarial import AdversarialLoss
from coverzoo.zoo.losses.conditioning import diversity_shortfall, mismatch_margin
from coverzoo.zoo.losses.kl import gaussian_kl
from coverzoo.zoo.losses.penalties import GRADIENT_PENALTIES
from coverzoo.zoo.models.augment import augment
from coverzoo.zoo.models.batch_pairs import repeat_first_half, valid_mismatch_mask
from coverzoo.zoo.models.stateless_rng import StatelessRNG, count
from coverzoo.zoo.networks.critic import Critic, CriticFeatures, score
from coverzoo.zoo.networks.generative import GenerativeNetwork

CRITIC_LOGS = ("critic_loss", "critic_score_gap", "gradient_penalty_loss", "critic_grad_norm")


class GAN(keras.Model):
    """Trains a generator against a critic, on batches of `image` and, to hear, `audio`, `group`.

    One step is `critic_steps` critic updates and one generator update. Every draw follows from
    (seed, step). The step's batch holds the samples of all its critic updates, one after the
    other, unless they share one batch.

    Args:
        generator: trained.
        critic: trained.
        average: a second generator that follows the first as an exponential moving average, or
            None. (An optimizer's `use_ema` overwrites trained weights at the end of `fit`.)
        game: a key of `ADVERSARIAL_LOSSES`.
        seed: of all draws.
        critic_steps: critic updates a step.
        share_batch: all critic updates of a step see the same samples, as in the thesis.
        fresh_batch: the generator's update has samples of its own; else those of the last critic
            update.
        label: of real covers, where the game knows one.
        penalty: weight of the critic's penalty, 0 for none.
        penalty_kind: a key of `GRADIENT_PENALTIES`.
        decay: of the moving average.
        augmentations: names from `coverzoo.zoo.models.augment.AUGMENTATIONS`.
        condition_dropout: share of samples trained with the null condition.
        mismatch: weight of `mismatch_margin`.
        divergence: weight of the augmented condition's KL term.
        variety: the share of `variety_shortfall`, 0 for none. The generator's update
            then paints each of half its tracks twice.
        variety_weight: of the shortfall.
        feature_noise: deviation of the noise on scaled features.
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
        ema_decay: float = 0.999,
        augmentations: Sequence[str] = (),
        condition_dropout: float = 0.0,
        mismatch_weight: float = 0.0,
        condition_kl_weight: float = 0.0,
        diversity_target: float = 0.0,
        diversity_weight: float = 1.0,
        feature_noise: float = 0.0,
        **kwargs: Any,
    ) -> None:
        kwargs["autocast"] = False  # raw audio passes through here
        super().__init__(**kwargs)
        self.generator, self.critic, self.ema_generator = generator, critic, ema_generator
        self.adversarial_loss = loss
        self.seed, self.critic_steps = seed, critic_steps
        self.share_batch, self.fresh_batch = share_batch, fresh_batch
        self.real_label = {"label": real_label} if loss.uses_label else {}
        self.penalty_of = GRADIENT_PENALTIES[gradient_penalty]
        self.gradient_penalty_weight, self.ema_decay = gradient_penalty_weight, ema_decay
        self.augmentations = tuple(augmentations)
        self.condition_dropout = condition_dropout
        self.mismatch_weight, self.condition_kl_weight = mismatch_weight, condition_kl_weight
        self.diversity_target, self.diversity_weight = diversity_target, diversity_weight
        self.feature_noise = feature_noise
        self.conditional = generator.audio_encoder is not None
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
        """The part that is left to use: the moving average where there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    @property
    def generative_networks(self) -> tuple[GenerativeNetwork, ...]:
        """The networks that the weights of `generative` fit."""
        return tuple(filter(None, (self.generator, self.ema_generator)))

    @property
    def updates_per_step(self) -> int:
        """Critic and generator updates of a step."""
        return self.critic_steps + 1

    @property
    def batches_per_step(self) -> int:
        """How many batches of the batch size a step reads."""
        return (1 if self.share_batch else self.critic_steps) + self.fresh_batch

    def adapt(self, vectors: Any) -> None:
        """Fit the feature scaling of every network to (N, width) raw vectors."""
        for network in filter(None, (self.generator, self.critic, self.ema_generator)):
            network.adapt(vectors)

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        critic_optimizer: keras.optimizers.Optimizer,
    ) -> None:
        """Set both optimizers, each built on its own network's weights."""
        super().compile()
        self.generator_optimizer = generator_optimizer
        self.critic_optimizer = critic_optimizer
        generator_optimizer.build(self.generator.trainable_variables)
        critic_optimizer.build(self.critic.trainable_variables)

    def train_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One step; gives the losses of its last critic update and of its generator update."""
        parts = self._parts(batch)

        def samples(part: Any) -> dict[str, Any]:
            return {name: value[0 if self.share_batch else part] for name, value in parts.items()}

        # A loop of the graph, traced once; unrolled, tracing would take twice as long.
        _, logs = tf.while_loop(
            lambda part, _: part < self.critic_steps,
            lambda part, _: (part + 1, self._update_critic(samples(part), part)),
            (tf.constant(0), dict.fromkeys(CRITIC_LOGS, tf.zeros(()))),
            parallel_iterations=1,
        )
        last = {name: value[-1] for name, value in parts.items()}
        logs = {**logs, **self._update_generator(last)}
        self.steps.assign_add(1)
        self._update_ema()
        return logs

    def _parts(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The step's batch as (parts_per_step, B, ...)."""
        parts = self.batches_per_step
        return {
            name: tf.reshape(value, (parts, count(value) // parts, *value.shape[1:]))
            for name, value in batch.items()
        }

    def _update_critic(self, batch: dict[str, Any], part: Any) -> dict[str, Any]:
        draws = StatelessRNG(self.seed, self.steps, part)
        real = batch["image"]
        size = count(real)
        keep = self._condition_mask(draws, size)
        fake, _ = self._generate(batch, draws, keep)
        real = augment(real, draws.seed("real_view"), self.augmentations)
        fake = augment(fake, draws.seed("fake_view"), self.augmentations)
        with tf.GradientTape() as tape:
            condition = self._encode_audio(batch, draws, keep)
            real_view, fake_view = self._image_features(real, fake)
            real_score = score(real_view, condition)
            fake_score = score(fake_view, condition)
            loss = self.adversarial_loss.critic(real_score, fake_score, **self.real_label)
            penalty = tf.zeros(())
            if self.gradient_penalty_weight:
                penalty = self.penalty_of(
                    lambda x: score(self.critic.image_features(x, training=True), condition),
                    real,
                    fake,
                    draws.uniform("mix", (size, 1, 1, 1)),
                )
                loss += self.gradient_penalty_weight * penalty
            if self.mismatch_weight and condition is not None:
                distance = draws.integer("mismatch", 1, tf.maximum(size, 2))
                loss += self.mismatch_weight * mismatch_margin(
                    real_score,
                    score(real_view, tf.roll(condition, distance, axis=0)),
                    valid_mismatch_mask(batch["audio"], batch["group"], keep, distance),
                )
            scaled = self.critic_optimizer.scale_loss(loss)
        weights = self.critic.trainable_variables
        gradients = tape.gradient(scaled, weights)
        norm = _norm(gradients, self.critic_optimizer)
        self.critic_optimizer.apply(gradients, weights)
        return {
            "critic_loss": loss,
            "critic_score_gap": tf.reduce_mean(real_score) - tf.reduce_mean(fake_score),
            "gradient_penalty_loss": penalty,
            "critic_grad_norm": norm,
        }

    def _update_generator(self, batch: dict[str, Any]) -> dict[str, Any]:
        draws = StatelessRNG(self.seed, self.steps, self.critic_steps)
        keep = self._condition_mask(draws, count(batch["image"]))
        varied = self.diversity_target and self.conditional
        if varied:
            batch = {**batch, "audio": repeat_first_half(batch["audio"])}
            keep = keep if keep is None else repeat_first_half(keep)
        condition = self._encode_audio(batch, draws, keep)
        with tf.GradientTape() as tape:
            fake, divergence = self._generate(
                batch, draws, keep, share=repeat_first_half if varied else None
            )
            shortfall = tf.zeros(())
            if varied:
                shortfall = diversity_shortfall(fake, batch["image"], self.diversity_target)
            fake = augment(fake, draws.seed("fake_view"), self.augmentations)
            fake_score = score(self.critic.image_features(fake, training=True), condition)
            loss = self.adversarial_loss.generator(fake_score)
            total = loss + self.condition_kl_weight * divergence + self.diversity_weight * shortfall
            scaled = self.generator_optimizer.scale_loss(total)
        weights = self.generator.trainable_variables
        gradients = tape.gradient(scaled, weights)
        norm = _norm(gradients, self.generator_optimizer)
        self.generator_optimizer.apply(gradients, weights)
        return {"generator_loss": loss, "generator_grad_norm": norm}

    def _image_features(self, real: Any, fake: Any) -> tuple[CriticFeatures, CriticFeatures]:
        """What the critic sees in both: in one go, unless its norms would mix them."""
        if self.critic.mixes:
            return self.critic.image_features(real, training=True), self.critic.image_features(
                fake, training=True
            )
        view = self.critic.image_features(tf.concat([real, fake], 0), training=True)
        size = count(real)
        return view[:size], view[size:]

    def _generate(
        self,
        batch: dict[str, Any],
        draws: StatelessRNG,
        keep: Any,
        share: Callable[[Any], Any] | None = None,
    ) -> tuple[Any, Any]:
        """Covers for the batch's audio from fresh noise, and the condition's KL term.

        What `share` makes of rows is done to all that is drawn but z, so that rows of one track
        differ by z alone.
        """
        share = share or (lambda rows: rows)
        size = count(batch["image"])
        z = draws.normal("noise", (size, self.generator.latent_dim))
        encoder = self.generator.audio_encoder
        if encoder is None:
            return self.generator.generate_from(z, None, training=True), tf.zeros(())
        noise = self._noise(batch, draws, "felt")
        noise = noise if noise is None else share(noise)
        mean, log_variance = encoder.distribution(batch["audio"], noise, training=True)
        condition, divergence = mean, tf.zeros(())
        if log_variance is not None:
            spread = tf.exp(0.5 * log_variance)
            condition = mean + spread * share(draws.normal("augmented", (size, encoder.dim)))
            divergence = gaussian_kl(mean, log_variance)
        condition = encoder.steer(condition, keep=keep)
        return self.generator.generate_from(z, condition, training=True), divergence

    def _encode_audio(self, batch: dict[str, Any], draws: StatelessRNG, keep: Any) -> Any:
        """The critic's condition, None for a plain critic."""
        if self.critic.audio_encoder is None:
            return None
        noise = self._noise(batch, draws, "heard")
        return self.critic.encode_audio(batch["audio"], keep=keep, noise=noise, training=True)

    def _noise(self, batch: dict[str, Any], draws: StatelessRNG, purpose: str) -> Any:
        """Noise for the scaled features, (B, width), or None; each network has its own."""
        if not self.feature_noise:
            return None
        shape = (count(batch["audio"]), batch["audio"].shape[1])
        return self.feature_noise * draws.normal(purpose, shape)

    def _condition_mask(self, draws: StatelessRNG, size: Any) -> Any:
        """Which samples keep their audio, (B,) of 0 and 1, or None if all do."""
        if not (self.conditional and self.condition_dropout):
            return None
        return tf.cast(draws.uniform("keep", (size,)) >= self.condition_dropout, tf.float32)

    def _update_ema(self) -> None:
        """Move the average towards the generator, faster while it is young."""
        if self.ema_generator is None:
            return
        age = tf.cast(self.steps, tf.float32)
        share = 1.0 - tf.minimum(self.ema_decay, (1.0 + age) / (10.0 + age))
        pairs = zip(self.ema_generator.variables, self.generator.variables, strict=True)
        for follower, leader in pairs:
            follower.assign_add(share * (leader - follower))

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Covers for a batch that also holds `z`, by the part that is left to use."""
        return self.generative(batch["z"], batch.get("audio"), training=training)


def _norm(gradients: Sequence[Any], optimizer: keras.optimizers.Optimizer) -> Any:
    """The gradients' norm, without the factor that a loss has under float16."""
    return tf.linalg.global_norm(gradients) / optimizer.scale_loss(tf.ones(()))
