"""Models that learn to reconstruct covers, with their training steps."""

from typing import Any

import keras
import tensorflow as tf

from coverzoo.types import Tensor
from coverzoo.zoo.losses.kl import gaussian_kl_between
from coverzoo.zoo.losses.reconstruction import squared_error, summed_cross_entropy
from coverzoo.zoo.models.optimizers import apply_gradients
from coverzoo.zoo.models.stateless_rng import StatelessRNG, batch_size
from coverzoo.zoo.networks.autoencoder import Autoencoder, from_cover
from coverzoo.zoo.networks.network import Network
from coverzoo.zoo.networks.vae import VAE

Batch = dict[str, Tensor]


class ReconstructionModel(keras.Model):
    """Base of models that train one network with one optimizer; a subclass defines the losses.

    Every random number follows from (seed, step).

    Args:
        network: Network to train and to use.
        seed: Seed of all random numbers.
        l2_weight: Weight of the L2 term of all weights, see `apply_gradients`.
        **kwargs: Arguments of `keras.Model`.
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
        # The lowest validation loss and the validations since. They are part of the state, so that
        # a resumed run stops where it would have.
        self.best = tf.Variable(float("inf"), trainable=False, name="best")
        self.wait = tf.Variable(0, trainable=False, dtype=tf.int64, name="wait")
        self.built = True

    @property
    def generative(self) -> Network:
        """The network to save and to use."""
        return self.network

    @property
    def has_best_weights(self) -> bool:
        """Whether a validation has run, so that the best weights are kept beside the state."""
        return bool(tf.math.is_finite(self.best))

    @property
    def generative_networks(self) -> tuple[Network, ...]:
        """The networks that the weights of `generative` fit."""
        return (self.network,)

    def adapt(self, vectors: Tensor) -> None:
        """Fit the feature scaling and the typicality.

        Args:
            vectors: Raw features (N, width).
        """
        self.network.adapt(vectors)

    def compile(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Set the optimizer, built on the network's weights."""
        super().compile()
        self.network_optimizer = optimizer
        optimizer.build(self.network.trainable_variables)

    def losses(self, batch: Batch, rng: StatelessRNG, training: bool) -> dict[str, Tensor]:
        """Return the loss to minimise as `loss`, and its terms: scalars by name.

        Args:
            batch: Batch of `image` and, with audio, `audio`.
            rng: Source of random numbers.
            training: Whether the batch is trained on.
        """
        raise NotImplementedError

    def train_step(self, batch: Batch) -> dict[str, Tensor]:
        """Train one update; return the losses and the norm of the gradients."""
        rng = StatelessRNG(self.seed, self.steps, 0)
        with tf.GradientTape() as tape:
            losses = self.losses(batch, rng, training=True)
            scaled = self.network_optimizer.scale_loss(losses["loss"])
        norm = apply_gradients(
            tape, scaled, self.network.trainable_variables, self.network_optimizer, self.l2_weight
        )
        self.steps.assign_add(1)
        return {**losses, "grad_norm": norm}

    def test_step(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses on a batch, with random numbers that no training step uses."""
        rng = StatelessRNG(self.seed, tf.constant(-1, tf.int64), 0)
        return self.losses(batch, rng, training=False)

    def call(self, batch: Batch, training: bool = False) -> Tensor:
        """Reconstruct a batch's covers, with its audio where the network is conditioned on it."""
        if self.network.audio_encoder is None:
            return self.network.reconstruct(batch["image"])
        return self.network.reconstruct(batch["image"], batch["audio"])


class AutoencoderModel(ReconstructionModel):
    """An autoencoder trained by the mean squared error on [0, 1]."""

    network: Autoencoder

    def losses(self, batch: Batch, rng: StatelessRNG, training: bool) -> dict[str, Tensor]:
        """Return `loss`, see `squared_error`; the arguments are those of the base class."""
        image = batch["image"]
        logits = self.network.logits(image, training=training)
        return {"loss": squared_error(from_cover(image), tf.cast(logits, tf.float32))}


class VAEModel(ReconstructionModel):
    """A VAE trained by summed cross-entropy on [0, 1] plus β times the KL term.

    With β = 1 the loss is minus the ELBO; other values are those of the β-VAE (Higgins et al.
    2017, see also arXiv:1804.03599). β can rise from 0 (Bowman et al. 2016, arXiv:1511.06349),
    because the posterior collapses to the prior while the decoder does not use z yet.

    Args:
        network: Network to train and to use.
        beta: β, weight of the KL term.
        kl_warmup_steps: Steps over which β rises linearly from 0.
        condition_dropout: Fraction of samples trained with the null condition.
        feature_noise: Standard deviation of the noise added to scaled features.
        **kwargs: Arguments of `ReconstructionModel`.
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

    def losses(self, batch: Batch, rng: StatelessRNG, training: bool) -> dict[str, Tensor]:
        """Return `loss` and its terms `reconstruction_loss` and `kl_loss`, in nats per cover.

        A validation loss has the whole β, so that those of one run can be compared. The arguments
        are those of the base class.
        """
        image = batch["image"]
        size = batch_size(image)
        condition = self._condition(batch, rng, training)
        mean, log_variance = self.network.posterior(image, training=training)
        noise = rng.normal("latent_noise", (size, self.network.latent_dim))
        z = mean + tf.exp(0.5 * log_variance) * noise
        logits = self.network.logits_from(z, condition, training=training)
        reconstruction = summed_cross_entropy(from_cover(image), tf.cast(logits, tf.float32))
        prior = self.network.prior_parameters(condition, size)
        kl = gaussian_kl_between(mean, log_variance, *prior)
        beta = self.beta
        if training and self.kl_warmup_steps:
            beta *= tf.minimum(1.0, tf.cast(self.steps, tf.float32) / self.kl_warmup_steps)
        return {
            "loss": reconstruction + beta * kl,
            "reconstruction_loss": reconstruction,
            "kl_loss": kl,
        }

    def _condition(self, batch: Batch, rng: StatelessRNG, training: bool) -> Tensor | None:
        """The decoder's condition (B, D); None without audio."""
        encoder = self.network.audio_encoder
        if encoder is None:
            return None
        audio, keep, noise = batch["audio"], None, None
        rows = batch_size(audio)
        if training and self.condition_dropout:
            keep = rng.uniform("condition_dropout", (rows,)) >= self.condition_dropout
        if training and self.feature_noise:
            noise = self.feature_noise * rng.normal("feature_noise", (rows, audio.shape[1]))
        return encoder(audio, keep=keep, noise=noise, training=training)
