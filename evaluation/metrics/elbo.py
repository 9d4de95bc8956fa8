"""The evidence lower bound of a VAE and its parts, over covers that come in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from scipy.special import entr

from coverzoo.evaluation.result import EvaluationResult
from coverzoo.types import Tensor
from coverzoo.zoo import noise
from coverzoo.zoo.losses.kl import gaussian_kl_between
from coverzoo.zoo.losses.reconstruction import summed_cross_entropy
from coverzoo.zoo.networks.autoencoder import from_cover

ACTIVE = 0.01  # variance of the posterior mean above which a dimension is active


@dataclass(frozen=True)
class Elbo(EvaluationResult):
    """The ELBO of a VAE, log p(x) ≥ E_q[log p(x|z)] - KL(q(z|x) ‖ p(z)), in nats per cover.

    Kingma & Welling 2013, arXiv:1312.6114. The likelihood is that of a Bernoulli decoder,
    Σ(x log p + (1 - x) log(1 - p)) over the cover's values x in [0, 1]. Where x is neither 0 nor 1
    this is no density: it is the mean log-probability of binary covers whose values are 1 with
    probability x. So it compares with Bernoulli likelihoods of covers of the same size only, and
    exact reconstructions have minus the entropy of x, not 0.

    Attributes:
        elbo: Mean over covers of log-likelihood minus KL, that is with β = 1.
        log_likelihood: Mean of the log-likelihood, for one z of the posterior of each cover.
        log_likelihood_limit: Largest log-likelihood that a decoder can have on these covers.
        kl: Mean KL divergence of the posterior from the prior, that of the audio if it has one.
        active_units: Number of dimensions whose posterior mean μ has a variance over covers above
            0.01, Burda et al. 2015, arXiv:1509.00519. With an audio prior N(m, s²) it is the
            variance of (μ - m) / s: what a cover adds to its audio, whatever the scale of z.
        latent_dim: Number of dimensions.
    """

    elbo: float
    log_likelihood: float
    log_likelihood_limit: float
    kl: float
    active_units: int
    latent_dim: int


class ElboMeter:
    """The ELBO of covers that come in batches.

    z is drawn from (seed, number of the cover), so that a second call returns equal numbers,
    whatever the batches.

    Args:
        model: VAE, see `zoo.networks.vae`.
        seed: Seed of the noise.
    """

    def __init__(self, model: Any, seed: int) -> None:
        self.model, self.seed = model, seed
        self._covers = 0
        self._sums = np.zeros(3)  # of the log-likelihood, its limit and the KL
        self._means = np.zeros((2, model.latent_dim))  # sums of μ, scaled by the prior, and of μ²

    def update(self, images: Tensor, audio: Sequence[Tensor] = ()) -> np.ndarray:
        """Add a batch; return the means of its posteriors, (B, latent_dim).

        Args:
            images: Covers (B, S, S, 3) in [-1, 1].
            audio: Raw features (B, width) as the only element, or nothing.
        """
        model, rows = self.model, len(images)
        mean, log_variance = model.posterior(images)
        places = range(self._covers, self._covers + rows)
        drawn = noise.normal(self.seed, places, model.latent_dim)
        z = mean + ops.exp(0.5 * log_variance) * drawn
        condition = model.condition(z, audio[0] if audio else None, None)
        logits = ops.cast(model.logits_from(z, condition), "float32")
        target = from_cover(images)
        prior_mean, prior_log_variance = model.prior_parameters(condition, rows)
        kl = gaussian_kl_between(mean, log_variance, prior_mean, prior_log_variance)
        limit = -_entropy(np.asarray(target, np.float64))
        # The losses are means over a batch, and the last batch may be smaller.
        of_batch = (-float(summed_cross_entropy(target, logits)), limit, float(kl))
        self._sums += rows * np.array(of_batch)
        scaled = np.asarray((mean - prior_mean) * ops.exp(-0.5 * prior_log_variance), np.float64)
        self._means += [scaled.sum(axis=0), np.square(scaled).sum(axis=0)]
        self._covers += rows
        return np.asarray(mean)

    def result(self) -> Elbo:
        """The ELBO of all batches."""
        likelihood, limit, kl = (float(each) for each in self._sums / self._covers)
        mean, square = self._means / self._covers
        active = int(np.sum(square - np.square(mean) > ACTIVE))
        return Elbo(likelihood - kl, likelihood, limit, kl, active, self.model.latent_dim)


def _entropy(target: np.ndarray) -> float:
    """Mean over covers of -Σ(x log x + (1 - x) log(1 - x)) of values in [0, 1], in nats."""
    target = np.clip(target, 0.0, 1.0)  # rounding can leave a value just outside
    return float((entr(target) + entr(1.0 - target)).sum() / len(target))
