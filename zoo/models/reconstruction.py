"""Training steps of models that learn to give covers back."""

from typing import Any

import keras
import tensorflow as tf

from coverzoo.zoo.losses.kl import gaussian_kl_between
from coverzoo.zoo.losses.reconstruction import squared_error, summed_cross_entropy
from coverzoo.zoo.models.stateless_rng import StatelessRNG, count
from coverzoo.zoo.networks.autoencoder import Autoencoder, from_cover
from coverzoo.zoo.networks.network import Network
from coverzoo.zoo.networks.vae import VAE


class ReconstructionModel(keras.Model):
    """Trains one network by one optimizer; a subclass says by which losses.

    Every draw follows from (seed, step).

    Args:
        network: trained, and left to use.
        seed: of all draws.
        l2_weight: L2 of every weight, added to its gradient as PyTorch's `weight_decay` does.
    """

    updates_per_step = 1
    batches_per_step = 1
    uses_validation = True

    def __init__(
        self, network: Network, *, seed: int = 0, l2_weight: float = 0.0, **kwargs: Any
    ) -> None:
        kwargs["autocast"] = False  # raw audio passes through here
        super().__init__(**kwargs)
        self.network, self.seed, self.l2_weight = network, seed, l2_weight
        if not network.built:
            network.build()
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int64, name="steps")
        # Of the validation; part of the state, so that a resumed run stops where it would have.
        self.best = tf.Variable(float("inf"), trainable=False, name="best")
        self.stale = tf.Variable(0, trainable=False, dtype=tf.int64, name="stale")
        self.built = True

    @property
    def generative(self) -> Network:
        """The part that is left to use."""
        return self.network

    @property
    def has_best_weights(self) -> bool:
        """Whether a validation has chosen weights to use, which are kept beside the state."""
        return bool(tf.math.is_finite(self.best))

    @property
    def generative_networks(self) -> tuple[Network, ...]:
        """The networks that the weights of `generative` fit."""
        return (self.network,)

    def adapt(self, vectors: Any) -> None:
        """Fit the feature scaling to (N, width) raw vectors."""
        self.network.adapt(vectors)

    def compile(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Set the optimizer, built on the network's weights."""
        super().compile()
        self.network_optimizer = optimizer
        optimizer.build(self.network.trainable_variables)

    def losses(self, batch: dict[str, Any], draws: StatelessRNG, training: bool) -> dict[str, Any]:
        """What is minimised, `loss`, and its parts: scalars by name."""
        raise NotImplementedError

    def train_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One update; gives the losses and the gradients' norm."""
        draws = StatelessRNG(self.seed, self.steps, 0)
        weights = self.network.trainable_variables
        with tf.GradientTape() as tape:
            losses = self.losses(batch, draws, training=True)
            scaled = self.network_optimizer.scale_loss(losses["loss"])
        gradients = tape.gradient(scaled, weights)
        scale = self.network_optimizer.scale_loss(tf.ones(()))
        norm = tf.linalg.global_norm(gradients) / scale
        if self.l2_weight:
            pairs = zip(gradients, weights, strict=True)
            gradients = [
                slope + scale * self.l2_weight * tf.convert_to_tensor(weight)
                for slope, weight in pairs
            ]
        self.network_optimizer.apply(gradients, weights)
        self.steps.assign_add(1)
        return {**losses, "grad_norm": norm}

    def test_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The losses of a batch not trained on, with draws that no step of training has."""
        return self.losses(
            batch, StatelessRNG(self.seed, tf.constant(-1, tf.int64), 0), training=False
        )

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Covers given back for a batch's own, with its audio where the network hears."""
        if self.network.audio_encoder is None:
            return self.network.reconstruct(batch["image"])
        return self.network.reconstruct(batch["image"], batch["audio"])


class AutoencoderModel(ReconstructionModel):
    """Mean squared error on [0, 1]."""

    network: Autoencoder

    def losses(self, batch: dict[str, Any], draws: StatelessRNG, training: bool) -> dict[str, Any]:
        """`loss`, see `squared_error`."""
        image = batch["image"]
        logits = self.network.logits(image, training=training)
        return {"loss": squared_error(from_cover(image), tf.cast(logits, tf.float32))}


class VAEModel(ReconstructionModel):
    """Summed cross-entropy on [0, 1] and β times the KL term: minus the ELBO where β is 1.

    β is that of arXiv:1804.03599's family (β-VAE, Higgins et al. 2017), and can rise from 0
    (Bowman et al. 2016, arXiv:1511.06349), since a decoder that is told nothing yet gives a
    posterior nothing to hold on to.

    Args:
        beta: β.
        warm_up: steps over which it rises linearly.
        condition_dropout: share of samples trained with the null condition.
        feature_noise: deviation of the noise on scaled features.
    """

    network: VAE

    def __init__(
        self,
        network: VAE,
        *,
        beta: float = 1.0,
        kl_warmup_steps: int = 0,
        condition_dropout: float = 0.0,
        feature_noise: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(network, **kwargs)
        self.beta, self.kl_warmup_steps = beta, kl_warmup_steps
        self.condition_dropout, self.feature_noise = condition_dropout, feature_noise

    def losses(self, batch: dict[str, Any], draws: StatelessRNG, training: bool) -> dict[str, Any]:
        """`loss` and its parts: `reconstruction_loss` and `kl_loss`, in nats a cover.

        A validation loss has the whole β, so that all of a run compare.
        """
        image = batch["image"]
        size = count(image)
        condition = self._condition(batch, draws, training)
        mean, log_variance = self.network.posterior(image, training=training)
        z = mean + tf.exp(0.5 * log_variance) * draws.normal(
            "noise", (size, self.network.latent_dim)
        )
        logits = self.network.logits_from(z, condition, training=training)
        reconstruction = summed_cross_entropy(from_cover(image), tf.cast(logits, tf.float32))
        divergence = gaussian_kl_between(
            mean, log_variance, *self.network.prior_of(condition, size)
        )
        beta = self.beta
        if training and self.kl_warmup_steps:
            beta *= tf.minimum(1.0, tf.cast(self.steps, tf.float32) / self.kl_warmup_steps)
        return {
            "loss": reconstruction + beta * divergence,
            "reconstruction_loss": reconstruction,
            "kl_loss": divergence,
        }

    def _condition(self, batch: dict[str, Any], draws: StatelessRNG, training: bool) -> Any:
        encoder = self.network.audio_encoder
        if encoder is None:
            return None
        audio, keep, noise = batch["audio"], None, None
        if training and self.condition_dropout:
            keep = draws.uniform("keep", (count(audio),)) >= self.condition_dropout
        if training and self.feature_noise:
            noise = self.feature_noise * draws.normal("felt", (count(audio), audio.shape[1]))
        return encoder(audio, keep=keep, noise=noise, training=training)
