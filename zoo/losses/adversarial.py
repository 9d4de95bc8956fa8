"""Adversarial losses: what the critic minimises and what the generator minimises, in pairs.

Scores are float32 (B,); losses are scalars, means over the batch. A further loss is a module
beside this one and an entry of the registry.
"""

from collections.abc import Callable
from dataclasses import dataclass

from keras import ops

from coverzoo.types import Tensor


@dataclass(frozen=True)
class AdversarialLoss:
    """A critic loss and its generator loss.

    Attributes:
        critic: Function of (real scores, fake scores) that returns the critic's loss; with
            `uses_real_label` also of the keyword `real_label`.
        generator: Function of fake scores that returns the generator's loss.
        uses_real_label: Whether the critic's loss has a label for real covers.
    """

    critic: Callable[..., Tensor]
    generator: Callable[[Tensor], Tensor]
    uses_real_label: bool = False


def non_saturating_critic(real: Tensor, fake: Tensor, real_label: float = 1.0) -> Tensor:
    """BCE(real, label) + BCE(fake, 0) of logits, Goodfellow et al. 2014, arXiv:1406.2661.

    A label below 1 is one-sided label smoothing, Salimans et al. 2016, arXiv:1606.03498.

    Args:
        real: Scores of real covers (B,).
        fake: Scores of generated covers (B,).
        real_label: Label of real covers, from 0 to 1.
    """
    # -l log σ(x) - (1 - l) log(1 - σ(x)) = softplus(x) - l x
    return ops.mean(ops.softplus(real) - real_label * real) + ops.mean(ops.softplus(fake))


def non_saturating_generator(fake: Tensor) -> Tensor:
    """BCE(fake, 1) of logits: the non-saturating loss, arXiv:1406.2661, section 3.

    Args:
        fake: Scores of generated covers (B,).
    """
    return ops.mean(ops.softplus(-fake))


def least_squares_critic(real: Tensor, fake: Tensor, real_label: float = 1.0) -> Tensor:
    """½ E[(real - label)²] + ½ E[fake²], Mao et al. 2017, arXiv:1611.04076, eq. 9.

    Args:
        real: Scores of real covers (B,).
        fake: Scores of generated covers (B,).
        real_label: Label of real covers, from 0 to 1.
    """
    return 0.5 * (ops.mean(ops.square(real - real_label)) + ops.mean(ops.square(fake)))


def least_squares_generator(fake: Tensor) -> Tensor:
    """½ E[(fake - 1)²], arXiv:1611.04076, eq. 9.

    Args:
        fake: Scores of generated covers (B,).
    """
    return 0.5 * ops.mean(ops.square(fake - 1.0))


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """E[fake] - E[real], Arjovsky et al. 2017, arXiv:1701.07875, eq. 2 with the sign turned.

    Args:
        real: Scores of real covers (B,).
        fake: Scores of generated covers (B,).
    """
    return ops.mean(fake) - ops.mean(real)


def wasserstein_generator(fake: Tensor) -> Tensor:
    """-E[fake], arXiv:1701.07875.

    Args:
        fake: Scores of generated covers (B,).
    """
    return -ops.mean(fake)


NON_SATURATING = AdversarialLoss(
    non_saturating_critic, non_saturating_generator, uses_real_label=True
)
LEAST_SQUARES = AdversarialLoss(least_squares_critic, least_squares_generator, uses_real_label=True)
WASSERSTEIN = AdversarialLoss(wasserstein_critic, wasserstein_generator)
