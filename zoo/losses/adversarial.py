"""Adversarial losses: what the critic minimises and what the generator minimises, in pairs.

Scores are float32 (B,); losses are scalars, means over the batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops


@dataclass(frozen=True)
class AdversarialLoss:
    """A pair of losses.

    Attributes:
        critic: (real scores, fake scores) → the critic's loss; with `uses_label` also the label
            of real covers.
        generator: fake scores → the generator's loss.
        uses_label: Whether real covers have a label.
        bias_cancels: Whether the critic's loss is unchanged by a constant added to all scores.
    """

    critic: Callable[..., Any]
    generator: Callable[[Any], Any]
    uses_label: bool = False
    bias_cancels: bool = False


def non_saturating_critic(real: Any, fake: Any, label: float = 1.0) -> Any:
    """BCE(real, label) + BCE(fake, 0) of logits, Goodfellow et al. 2014, arXiv:1406.2661.

    A label below 1 is one-sided label smoothing, Salimans et al. 2016, arXiv:1606.03498.
    """
    # -l log σ(x) - (1 - l) log(1 - σ(x)) = softplus(x) - l x
    return ops.mean(ops.softplus(real) - label * real) + ops.mean(ops.softplus(fake))


def non_saturating_generator(fake: Any) -> Any:
    """BCE(fake, 1) of logits: the non-saturating loss, arXiv:1406.2661, section 3."""
    return ops.mean(ops.softplus(-fake))


def least_squares_critic(real: Any, fake: Any, label: float = 1.0) -> Any:
    """½ E[(real - label)²] + ½ E[fake²], Mao et al. 2017, arXiv:1611.04076, eq. 9."""
    return 0.5 * (ops.mean(ops.square(real - label)) + ops.mean(ops.square(fake)))


def least_squares_generator(fake: Any) -> Any:
    """½ E[(fake - 1)²], arXiv:1611.04076, eq. 9."""
    return 0.5 * ops.mean(ops.square(fake - 1.0))


def wasserstein_critic(real: Any, fake: Any) -> Any:
    """E[fake] - E[real], Arjovsky et al. 2017, arXiv:1701.07875, eq. 2 with the sign turned."""
    return ops.mean(fake) - ops.mean(real)


def wasserstein_generator(fake: Any) -> Any:
    """-E[fake], arXiv:1701.07875."""
    return -ops.mean(fake)


NON_SATURATING = AdversarialLoss(non_saturating_critic, non_saturating_generator, uses_label=True)
LEAST_SQUARES = AdversarialLoss(least_squares_critic, least_squares_generator, uses_label=True)
WASSERSTEIN = AdversarialLoss(wasserstein_critic, wasserstein_generator, bias_cancels=True)
