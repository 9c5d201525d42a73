"""Losses: from scores and labels to the one number that training makes smaller."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

COMPETITION = 1.0
"""The constant j of the paper's second loss: what a wrong class's penalty is weighed against."""


def squared_distance(scores: Tensor, labels: Tensor) -> Tensor:
    r"""Mean penalty of the right class, the first loss of the paper on LeNet-5.

    :math:`E = \frac{1}{N} \sum_n y_{d_n}`, where the penalty :math:`y_i = -\text{score}_i` is the
    squared distance to the code of class i. It draws the features to the right code and does not
    look at the others. It is for fixed codes only: with codes that learn, all could become equal.

    Shape: scores ``(N, classes)``, labels ``(N,)`` -> ``()``.

    Source: LeCun et al. (1998), section II.C, equation 8.

    >>> squared_distance(torch.tensor([[-1.0, -5.0], [-2.0, -3.0]]), torch.tensor([0, 1]))
    tensor(2.)
    """
    return -scores.gather(1, labels[:, None]).mean()


def discriminative(scores: Tensor, labels: Tensor) -> Tensor:
    r"""The right class against all classes and a constant, the second loss of the paper.

    :math:`E = \frac{1}{N} \sum_n \bigl(y_{d_n} + \log(e^{-j} + \sum_i e^{-y_i})\bigr)`, with
    penalties :math:`y_i = -\text{score}_i` and :math:`j` = :data:`COMPETITION`. Besides drawing the
    features to the right code it pushes them away from the others, most from those that are near;
    the constant keeps it from pushing penalties that are large already. Without it, this is
    cross-entropy.

    Shape: scores ``(N, classes)``, labels ``(N,)`` -> ``()``.

    Source: LeCun et al. (1998), section II.C, equation 9.

    >>> scores, labels = torch.tensor([[-1.0, -5.0]]), torch.tensor([0])
    >>> by_hand = 1 + torch.tensor([-1.0, -1.0, -5.0]).exp().sum().log()
    >>> torch.isclose(discriminative(scores, labels), by_hand)
    tensor(True)
    """
    rubbish = scores.new_full((len(scores), 1), -COMPETITION)
    everything = torch.cat([scores, rubbish], dim=1).logsumexp(dim=1)
    return squared_distance(scores, labels) + everything.mean()


def loss_function(name: str, label_smoothing: float = 0.0) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of a name: a function of scores ``(N, classes)`` and labels ``(N,)``.

    Args:
        name: ``"cross-entropy"``, ``"squared-distance"`` or ``"discriminative"``.
        label_smoothing: share of the target that is spread over all classes, in cross-entropy.

    Raises:
        ValueError: for another name, or for smoothed labels where classes are not compared.

    >>> loss_function("cross-entropy")(torch.zeros(1, 10), torch.tensor([3]))
    tensor(2.3026)
    """
    if name == "cross-entropy":
        return lambda scores, labels: F.cross_entropy(
            scores, labels, label_smoothing=label_smoothing
        )
    if label_smoothing:
        raise ValueError(f"label_smoothing is for cross-entropy, not for {name}")
    others = {"squared-distance": squared_distance, "discriminative": discriminative}
    if name not in others:
        raise ValueError(f"there is no loss {name!r}; there are cross-entropy, {', '.join(others)}")
    return others[name]
