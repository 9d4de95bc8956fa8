"""The ELBO against sums in NumPy, SciPy's densities and a model whose evidence is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from coverzoo.evaluation.metrics.elbo import ElboMeter
from coverzoo.zoo import noise, registry

RNG = np.random.default_rng(0)


class Linear:
    """A VAE of covers of one pixel whose posterior and prior are given, with few dimensions."""

    def __init__(self, mean, log_variance, prior=(0.0, 0.0), weights=None):
        self.mean, self.log_variance = np.float32(mean), np.float32(log_variance)
        self.prior = prior
        self.latent_dim = self.mean.shape[1]
        self.weights = np.zeros((self.latent_dim, 3)) if weights is None else weights
        self.audio, self.done = [], 0

    def posterior(self, images):
        rows = slice(self.done, self.done + len(images))
        self.done += len(images)
        return tf.constant(self.mean[rows]), tf.constant(self.log_variance[rows])

    def condition(self, z, audio, strength):
        self.audio.append(audio)
        return audio

    def prior_parameters(self, condition, rows):
        shape = (rows, self.latent_dim)
        return [tf.broadcast_to(tf.constant(each, tf.float32), shape) for each in self.prior]

    def logits_from(self, z, condition):
        return tf.reshape(z @ np.float32(self.weights), (-1, 1, 1, 3))


def measured(model, images, batch=64, audio=None, seed=7):
    meter = ElboMeter(model, seed)
    codes = []
    for start in range(0, len(images), batch):
        rows = slice(start, start + batch)
        given = () if audio is None else (audio[rows],)
        codes.append(meter.update(tf.constant(np.float32(images[rows])), given))
    return meter.result(), np.concatenate(codes)


def one_pixel(count):
    return RNG.uniform(-1.0, 1.0, (count, 1, 1, 3))


@pytest.mark.parametrize("prior", [(0.0, 0.0), (0.4, -0.7)])
def test_the_kl_is_the_mean_log_ratio_of_scipy_s_densities(prior):
    mean, log_variance = RNG.normal(0.0, 0.8, (2, 3, 2))

    found, _ = measured(Linear(mean, log_variance, prior), one_pixel(3))

    # E_q[log q - log p] by Gauss-Hermite quadrature, exact for the quadratic log ratio.
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    q = stats.norm(mean[..., None], np.exp(log_variance / 2)[..., None])
    p = stats.norm(prior[0], np.exp(prior[1] / 2))
    z = q.mean() + q.std() * nodes
    ratios = (q.logpdf(z) - p.logpdf(z)) @ (weights / weights.sum())
    assert found.kl == pytest.approx(ratios.sum(axis=1).mean(), rel=1e-5)


def test_the_elbo_is_the_sum_of_numpy_over_covers_of_which_each_has_its_noise():
    images, weights = one_pixel(10), RNG.normal(0.0, 1.0, (2, 3))
    mean, log_variance = RNG.normal(0.0, 1.0, (2, 10, 2))

    found, codes = measured(Linear(mean, log_variance, weights=weights), images, batch=4)

    z = mean + np.exp(log_variance / 2) * noise.normal(7, range(10), 2)
    shown = 1.0 / (1.0 + np.exp(-(z @ weights)))
    x = (images.reshape(10, 3) + 1.0) / 2.0
    # SciPy has the log-probability of binary values: its mean over those that x stands for.
    likelihood = x * stats.bernoulli.logpmf(1, shown) + (1 - x) * stats.bernoulli.logpmf(0, shown)
    kl = 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1.0).sum(axis=1)
    assert found.log_likelihood == pytest.approx(likelihood.sum(axis=1).mean(), rel=1e-5)
    assert found.elbo == pytest.approx((likelihood.sum(axis=1) - kl).mean(), rel=1e-5)
    assert found.elbo == found.log_likelihood - found.kl
    entropy = stats.bernoulli(x).entropy().sum(axis=1).mean()
    assert found.log_likelihood_limit == pytest.approx(-entropy, rel=1e-5)
    assert found.log_likelihood < found.log_likelihood_limit
    np.testing.assert_array_equal(codes, np.float32(mean))


def test_it_is_below_the_evidence_and_reaches_it_with_the_true_posterior():
    # p(x) = ∫ N(z) p(x|z) dz of one binary value: σ(w z) with w = 2 has probability ½.
    count = 20_000
    images = np.where(np.arange(count) % 2, 1.0, -1.0)[:, None, None, None] * np.ones(3)
    weights = np.array([[2.0, 0.0, 0.0]])  # the other two values have probability ½ whatever z is
    evidence = 3 * np.log(0.5)
    # The Gaussian nearest to the posterior N(z) σ(±2z) · 2, by its moments.
    z = np.linspace(-8, 8, 4001)
    posterior = 2.0 * stats.norm.pdf(z) / (1.0 + np.exp(-2.0 * z)) * (z[1] - z[0])
    mean = (posterior * z).sum()
    log_variance = np.log((posterior * (z - mean) ** 2).sum())
    sign = np.sign(images[:, 0, 0, :1])

    close, _ = measured(Linear(sign * mean, np.full((count, 1), log_variance), weights=weights),
                        images, batch=5000)  # fmt: skip
    far, _ = measured(Linear(-sign * mean, np.full((count, 1), log_variance), weights=weights),
                      images, batch=5000)  # fmt: skip

    assert evidence - 0.05 < close.elbo < evidence
    assert far.elbo < evidence - 0.5


def test_active_dimensions_have_a_mean_that_varies_by_more_than_a_hundredth():
    wave = np.tile([-1.0, 1.0], 8)[:, None]  # of variance 1
    mean = wave * [0.0, 0.09, 0.11, 2.0] + [5.0, 0.0, 0.0, 3.0]

    found, _ = measured(Linear(mean, np.zeros_like(mean)), one_pixel(16), batch=5)

    assert (found.active_units, found.latent_dim) == (2, 4)


def test_a_dimension_that_follows_the_prior_alone_is_not_active():
    prior_mean = RNG.normal(0.0, 3.0, (16, 2))
    wave = np.tile([-1.0, 1.0], 8)[:, None]
    # s = 2: the second dimension differs from m by 0.19 / 2, below 0.1; the third by 0.21 / 2.
    prior_mean = np.concatenate([prior_mean, prior_mean[:, :1]], axis=1)
    mean = prior_mean + wave * [0.0, 0.19, 0.21]

    model = Linear(mean, np.zeros_like(mean), (prior_mean, np.full((16, 3), np.log(4.0))))
    found, _ = measured(model, one_pixel(16))

    assert found.active_units == 1


def test_a_second_call_is_equal_and_another_seed_is_not():
    images, weights = one_pixel(6), np.ones((2, 3))
    mean, log_variance = RNG.normal(0.0, 1.0, (2, 6, 2))

    first, second, other = (
        measured(Linear(mean, log_variance, weights=weights), images, seed=seed)[0]
        for seed in (1, 1, 2)
    )

    assert first == second
    assert first.elbo != other.elbo
    assert first.kl == other.kl


def test_audio_reaches_the_decoder():
    audio = np.arange(6.0)[:, None]
    model = Linear(np.zeros((6, 2)), np.zeros((6, 2)))

    measured(model, one_pixel(6), batch=4, audio=audio)

    np.testing.assert_array_equal(np.concatenate(model.audio), audio)


@pytest.mark.parametrize("width", [0, 1160])
def test_of_a_model_of_the_zoo_it_is_minus_the_validation_loss(width):
    changes = {"image_size": 32, "encoder_channels": (4, 6, 5), "bottleneck_channels": 7,
               "latent_dim": 5}  # fmt: skip
    settings = registry.settings_of("vae", "small", bool(width), changes)
    model = registry.build("vae", settings, audio_width=width, seed=3)
    images = tf.constant(RNG.uniform(-1, 1, (4, 32, 32, 3)), tf.float32)
    batch = {"image": images}
    if width:
        batch["audio"] = tf.constant(RNG.normal(0.0, 1.0, (4, width)), tf.float32)

    meter = ElboMeter(model.generative, seed=0)
    meter.update(images, (batch["audio"],) if width else ())
    z = noise.normal(0, range(4), 5)
    losses = model.losses(batch, SimpleNamespace(normal=lambda *_: z), training=False)

    assert meter.result().elbo == pytest.approx(-float(losses["loss"]), rel=1e-6)
    assert meter.result().kl == pytest.approx(float(losses["kl_loss"]), rel=1e-6)
