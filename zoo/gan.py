"""The adversarial game: a generator, a critic and one training step."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from zoo import objectives
from zoo.augment import augment
from zoo.critic import Critic, View, score
from zoo.draws import Draws, count
from zoo.games import GAMES, PENALTIES
from zoo.generator import CoverGenerator
from zoo.rows import strangers, twice

CRITIC_LOGS = ("critic_loss", "gap", "penalty", "critic_norm")


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
        game: a key of `GAMES`.
        seed: of all draws.
        critic_steps: critic updates a step.
        share_batch: all critic updates of a step see the same samples, as in the thesis.
        fresh_batch: the generator's update has samples of its own; else those of the last critic
            update.
        label: of real covers, where the game knows one.
        penalty: weight of the critic's penalty, 0 for none.
        penalty_kind: a key of `PENALTIES`.
        decay: of the moving average.
        augmentations: names from `zoo.augment.AUGMENTATIONS`.
        condition_dropout: share of samples trained with the null condition.
        mismatch: weight of `objectives.mismatch_margin`.
        divergence: weight of the augmented condition's KL term.
        variety: the share of `objectives.variety_shortfall`, 0 for none. The generator's update
            then paints each of half its tracks twice.
        variety_weight: of the shortfall.
        feature_noise: deviation of the noise on scaled features.
    """

    def __init__(
        self,
        generator: CoverGenerator,
        critic: Critic,
        average: CoverGenerator | None = None,
        *,
        game: str,
        seed: int = 0,
        critic_steps: int = 1,
        share_batch: bool = False,
        fresh_batch: bool = False,
        label: float = 1.0,
        penalty: float = 10.0,
        penalty_kind: str = "one-centred",
        decay: float = 0.999,
        augmentations: Sequence[str] = (),
        condition_dropout: float = 0.0,
        mismatch: float = 0.0,
        divergence: float = 0.0,
        variety: float = 0.0,
        variety_weight: float = 1.0,
        feature_noise: float = 0.0,
        **kwargs: Any,
    ) -> None:
        kwargs["autocast"] = False  # raw audio passes through here
        super().__init__(**kwargs)
        self.generator, self.critic, self.average = generator, critic, average
        self.game = GAMES[game]
        self.seed, self.critic_steps = seed, critic_steps
        self.share_batch, self.fresh_batch = share_batch, fresh_batch
        self.label = {"label": label} if self.game.labelled else {}
        self.penalty_of = PENALTIES[penalty_kind]
        self.penalty, self.decay, self.augmentations = penalty, decay, tuple(augmentations)
        self.condition_dropout = condition_dropout
        self.mismatch, self.divergence = mismatch, divergence
        self.variety, self.variety_weight = variety, variety_weight
        self.feature_noise = feature_noise
        self.conditional = generator.audio_encoder is not None
        for network in (generator, critic, average):
            if network is not None and not network.built:
                network.build()
        if average is not None:
            average.trainable = False
            average.set_weights(generator.get_weights())
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int64, name="steps")
        self.built = True

    validates = False
    chosen = False

    @property
    def generative(self) -> CoverGenerator:
        """The part that is left to use: the moving average where there is one."""
        return self.generator if self.average is None else self.average

    @property
    def copies(self) -> tuple[CoverGenerator, ...]:
        """The networks that the weights of `generative` fit."""
        return tuple(filter(None, (self.generator, self.average)))

    @property
    def updates_per_step(self) -> int:
        """Critic and generator updates of a step."""
        return self.critic_steps + 1

    @property
    def parts_per_step(self) -> int:
        """How many batches of the batch size a step reads."""
        return (1 if self.share_batch else self.critic_steps) + self.fresh_batch

    def adapt(self, vectors: Any) -> None:
        """Fit the feature scaling of every network to (N, width) raw vectors."""
        for network in filter(None, (self.generator, self.critic, self.average)):
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
        self._follow()
        return logs

    def _parts(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The step's batch as (parts_per_step, B, ...)."""
        parts = self.parts_per_step
        return {
            name: tf.reshape(value, (parts, count(value) // parts, *value.shape[1:]))
            for name, value in batch.items()
        }

    def _update_critic(self, batch: dict[str, Any], part: Any) -> dict[str, Any]:
        draws = Draws(self.seed, self.steps, part)
        real = batch["image"]
        size = count(real)
        keep = self._keep(draws, size)
        fake, _ = self._paint(batch, draws, keep)
        real = augment(real, draws.seed("real_view"), self.augmentations)
        fake = augment(fake, draws.seed("fake_view"), self.augmentations)
        with tf.GradientTape() as tape:
            condition = self._listen(batch, draws, keep)
            real_view, fake_view = self._look(real, fake)
            real_score = score(real_view, condition)
            fake_score = score(fake_view, condition)
            loss = self.game.critic(real_score, fake_score, **self.label)
            penalty = tf.zeros(())
            if self.penalty:
                penalty = self.penalty_of(
                    lambda x: score(self.critic.look(x, training=True), condition),
                    real,
                    fake,
                    draws.uniform("mix", (size, 1, 1, 1)),
                )
                loss += self.penalty * penalty
            if self.mismatch and condition is not None:
                distance = draws.integer("mismatch", 1, tf.maximum(size, 2))
                loss += self.mismatch * objectives.mismatch_margin(
                    real_score,
                    score(real_view, tf.roll(condition, distance, axis=0)),
                    strangers(batch["audio"], batch["group"], keep, distance),
                )
            scaled = self.critic_optimizer.scale_loss(loss)
        weights = self.critic.trainable_variables
        gradients = tape.gradient(scaled, weights)
        norm = _norm(gradients, self.critic_optimizer)
        self.critic_optimizer.apply(gradients, weights)
        return {
            "critic_loss": loss,
            "gap": tf.reduce_mean(real_score) - tf.reduce_mean(fake_score),
            "penalty": penalty,
            "critic_norm": norm,
        }

    def _update_generator(self, batch: dict[str, Any]) -> dict[str, Any]:
        draws = Draws(self.seed, self.steps, self.critic_steps)
        keep = self._keep(draws, count(batch["image"]))
        varied = self.variety and self.conditional
        if varied:
            batch = {**batch, "audio": twice(batch["audio"])}
            keep = keep if keep is None else twice(keep)
        condition = self._listen(batch, draws, keep)
        with tf.GradientTape() as tape:
            fake, divergence = self._paint(batch, draws, keep, share=twice if varied else None)
            shortfall = tf.zeros(())
            if varied:
                shortfall = objectives.variety_shortfall(fake, batch["image"], self.variety)
            fake = augment(fake, draws.seed("fake_view"), self.augmentations)
            fake_score = score(self.critic.look(fake, training=True), condition)
            loss = self.game.generator(fake_score)
            total = loss + self.divergence * divergence + self.variety_weight * shortfall
            scaled = self.generator_optimizer.scale_loss(total)
        weights = self.generator.trainable_variables
        gradients = tape.gradient(scaled, weights)
        norm = _norm(gradients, self.generator_optimizer)
        self.generator_optimizer.apply(gradients, weights)
        return {"generator_loss": loss, "generator_norm": norm}

    def _look(self, real: Any, fake: Any) -> tuple[View, View]:
        """What the critic sees in both: in one go, unless its norms would mix them."""
        if self.critic.mixes:
            return self.critic.look(real, training=True), self.critic.look(fake, training=True)
        view = self.critic.look(tf.concat([real, fake], 0), training=True)
        size = count(real)
        return view[:size], view[size:]

    def _paint(
        self,
        batch: dict[str, Any],
        draws: Draws,
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
            return self.generator.paint_from(z, None, training=True), tf.zeros(())
        noise = self._noise(batch, draws, "felt")
        noise = noise if noise is None else share(noise)
        mean, log_variance = encoder.distribution(batch["audio"], noise, training=True)
        condition, divergence = mean, tf.zeros(())
        if log_variance is not None:
            spread = tf.exp(0.5 * log_variance)
            condition = mean + spread * share(draws.normal("augmented", (size, encoder.dim)))
            divergence = objectives.gaussian_divergence(mean, log_variance)
        condition = encoder.steer(condition, keep=keep)
        return self.generator.paint_from(z, condition, training=True), divergence

    def _listen(self, batch: dict[str, Any], draws: Draws, keep: Any) -> Any:
        """The critic's condition, None for a plain critic."""
        if self.critic.audio_encoder is None:
            return None
        noise = self._noise(batch, draws, "heard")
        return self.critic.listen(batch["audio"], keep=keep, noise=noise, training=True)

    def _noise(self, batch: dict[str, Any], draws: Draws, purpose: str) -> Any:
        """Noise for the scaled features, (B, width), or None; each network has its own."""
        if not self.feature_noise:
            return None
        shape = (count(batch["audio"]), batch["audio"].shape[1])
        return self.feature_noise * draws.normal(purpose, shape)

    def _keep(self, draws: Draws, size: Any) -> Any:
        """Which samples keep their audio, (B,) of 0 and 1, or None if all do."""
        if not (self.conditional and self.condition_dropout):
            return None
        return tf.cast(draws.uniform("keep", (size,)) >= self.condition_dropout, tf.float32)

    def _follow(self) -> None:
        """Move the average towards the generator, faster while it is young."""
        if self.average is None:
            return
        age = tf.cast(self.steps, tf.float32)
        share = 1.0 - tf.minimum(self.decay, (1.0 + age) / (10.0 + age))
        pairs = zip(self.average.variables, self.generator.variables, strict=True)
        for follower, leader in pairs:
            follower.assign_add(share * (leader - follower))

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Covers for a batch that also holds `z`, by the part that is left to use."""
        return self.generative(batch["z"], batch.get("audio"), training=training)


def _norm(gradients: Sequence[Any], optimizer: keras.optimizers.Optimizer) -> Any:
    """The gradients' norm, without the factor that a loss has under float16."""
    return tf.linalg.global_norm(gradients) / optimizer.scale_loss(tf.ones(()))
