"""Checks for the chapter "How is a network trained?"."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ._answers import described, several
from ._kit import around, call, compare, exercise
from ._ruled_out import Without
from .by_hand import ByHand


@exercise("training.steps")
def check_steps(answer: Any) -> str:
    """A function steps(images, batch_size, epochs): how often the weights change."""
    settings = [(60000, 64, 3), (60000, 256, 1), (10, 3, 1), (9, 3, 2), (1, 64, 5), (64, 64, 1)]
    settings += [(10_001, 10_000, 1), (7, 1, 2)]
    for images, batch_size, epochs in settings:
        inputs = {
            "images": torch.tensor(images),
            "batch_size": torch.tensor(batch_size),
            "epochs": torch.tensor(epochs),
        }
        result = call(answer, "steps(images, batch_size, epochs)", inputs)
        batches = -(-images // batch_size)
        compare(
            result,
            batches * epochs,
            described(inputs),
            {
                "The last batch of an epoch, with fewer images, is a step too: round up.": (
                    images // batch_size * epochs
                ),
                "That is one epoch; each epoch takes as many steps again.": batches,
                "A step takes whole batches: round up to a whole number in each epoch.": (
                    images * epochs / batch_size
                ),
                "Each epoch has its own last batch: round up before multiplying.": (
                    -(-images * epochs // batch_size)
                ),
            },
        )
    return f"It counts the steps of {len(settings)} trainings, batches that do not divide included."


# The loss of a network that knows nothing of 26 letters.
ByHand(
    "training.first_loss",
    right=math.log(26),
    praise=f"Each letter gets 1/26, and -ln(1/26) = ln 26 = {math.log(26):.3f}.",
    mistakes={
        "is ln 10: that is for ten digits.": math.log(10),
        "is the logarithm to the base 2; PyTorch's is the natural one.": math.log2(26),
        "is the logarithm to the base 10; PyTorch's is the natural one.": math.log10(26),
        "is the probability itself; the loss is the negative of its logarithm.": 1 / 26,
        "has the wrong sign: the logarithm of a probability is negative, the loss is not.": (
            -math.log(26)
        ),
    },
    otherwise="is not it. Which probability does the network give to the right letter when all "
    "are alike to it? The loss is the negative logarithm of that.",
    within=(5e-3, 0),
)


@exercise("training.cross_entropy")
def check_cross_entropy(answer: Any) -> str:
    """A function cross_entropy(logits, labels) that gives what F.cross_entropy gives."""
    random = torch.Generator().manual_seed(0)
    cases = [
        (torch.tensor([[2.0, 0.0]]), torch.tensor([0])),
        (torch.tensor([[1.0, 3.0, 2.0], [0.0, 0.0, 0.0]]), torch.tensor([1, 2])),
    ]
    cases += [
        (torch.randn(n, k, generator=random) * 3, torch.randint(k, (n,), generator=random))
        for n, k in ((1, 10), (7, 3), (64, 10), (5, 12))
    ]
    cases.append((torch.tensor([[900.0, 0.0], [0.0, -900.0]]), torch.tensor([0, 1])))
    large = torch.tensor([[0.0, 900.0, 898.0]] * 2)
    cases += [(large, torch.tensor([1, 2])), (large[:1], torch.tensor([1]))]
    for logits, labels in cases:
        inputs = {"logits": logits, "labels": labels}
        with Without(_OWN, F.cross_entropy):
            result = call(answer, "cross_entropy(logits, labels)", inputs)
        due, mistakes = F.cross_entropy(logits, labels), _entropies(logits, labels, result)
        compare(result, due, described(inputs), mistakes)
    return f"It agrees with F.cross_entropy on {len(cases)} batches, logits of 900 included."


_OWN = (
    "That calls PyTorch's own loss. Here it is to be made of the logits: softmax, logarithm, mean."
)


def _entropies(logits: Tensor, labels: Tensor, result: Tensor) -> dict[str, Tensor | None]:
    """What likely mistakes give."""
    logs = logits.log_softmax(dim=1)
    right = logs[range(len(labels)), labels]
    over_batch = logits.log_softmax(dim=0)[range(len(labels)), labels]
    return {
        "That is the sum over the batch; the loss is the mean.": -right.sum(),
        "The sign is wrong: the loss is the negative logarithm.": right.mean(),
        "That is one loss for each image; the loss of the batch is their mean.": -right,
        "exp(900) is infinite. Subtract the largest logit of each image first: that changes "
        "no probability.": None if result.isfinite().all() else result,
        "Softmax runs over the classes of each image (dim=1), not over the batch.": (
            -over_batch.mean() if len(labels) > 1 else None
        ),
        "That leaves out the logarithm.": -right.exp().mean(),
        "That leaves out softmax: logits are no probabilities.": (
            -logits[range(len(labels)), labels].mean()
        ),
    }


@exercise("training.momentum_step")
def check_momentum_step(answer: Any) -> str:
    """A function momentum_step(weight, gradient, velocity, lr, momentum), as torch's SGD."""
    random = torch.Generator().manual_seed(0)
    settings = [(0.5, 0.9), (0.1, 0.0), (0.01, 0.5)]
    for lr, momentum in settings:
        inputs = {
            "weight": torch.randn(3, generator=random),
            "gradient": torch.randn(3, generator=random),
            "velocity": torch.randn(3, generator=random),
            "lr": torch.tensor(lr),
            "momentum": torch.tensor(momentum),
        }
        weight, gradient, velocity = (inputs[name] for name in ("weight", "gradient", "velocity"))
        result = call(
            _stacked(answer), "momentum_step(weight, gradient, velocity, lr, momentum)", inputs
        )
        new = momentum * velocity + gradient
        averaged = momentum * velocity + (1 - momentum) * gradient
        inside = momentum * velocity + lr * gradient
        compare(
            result,
            torch.stack([weight - lr * new, new]).double(),
            described(inputs),
            {
                "The weight goes against the gradient: subtract.": (
                    torch.stack([weight + lr * new, new])
                ),
                "That step uses the old velocity; renew it first.": (
                    torch.stack([weight - lr * velocity, new])
                ),
                "That step uses the gradient alone; it follows the velocity.": (
                    torch.stack([weight - lr * gradient, new])
                ),
                "That averages: PyTorch adds the whole gradient to momentum times velocity.": (
                    torch.stack([weight - lr * averaged, averaged])
                ),
                "That puts lr into the velocity; PyTorch multiplies by lr at the end.": (
                    torch.stack([weight - inside, inside])
                ),
            },
        )
    return f"It agrees with torch.optim.SGD for {len(settings)} settings, momentum 0 included."


def _stacked(answer: Any) -> Any:
    """The two tensors that the function returns, as one; anything else as it is."""

    def stacked(*inputs: Any) -> Any:
        result = answer(*inputs)
        if result is None or (isinstance(result, Tensor) and len(result) == 2):
            return result
        parts = several(result, 2, "two tensors: the new weight and the new velocity")
        return torch.stack([torch.as_tensor(part) for part in parts])

    return around(answer, stacked)
