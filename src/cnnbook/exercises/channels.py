"""Checks for the chapter "What do channels add?"."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..arithmetic import conv_parameters
from ._answers import Wrong, described, several
from ._kit import around, call, compare, exercise
from ._ruled_out import Without
from .by_hand import ByHand, Condition

TAKE_AWAY = "has to stay at or below zero: what can the bias take away?"
NO_HINT = "It has to be zero, or negative before ReLU."
OTHER_COLOURS: dict[str, tuple[tuple[float, ...], str]] = {
    "black": ((0, 0, 0), "Black gives the bias alone, which must not be positive."),
    "red": ((1, 0, 0), f"Red without green {TAKE_AWAY}"),
    "green": ((0, 1, 0), f"Green without red {TAKE_AWAY}"),
    "blue": ((0, 0, 1), NO_HINT),
    "cyan": ((0, 1, 1), NO_HINT),
    "magenta": ((1, 0, 1), NO_HINT),
    "white": (
        (1, 1, 1),
        "White is yellow and blue: blue has to take away what the other two give.",
    ),
    "grey": ((0.5, 0.5, 0.5), NO_HINT),
    "dark grey": ((0.1, 0.1, 0.1), NO_HINT),
    "light grey": ((0.9, 0.9, 0.9), NO_HINT),
}


# The parameters of a convolution from 3 to 7 channels with kernels of 5×5.
ByHand(
    "channels.parameters",
    right=conv_parameters(3, 7, kernel_size=5),
    praise="7 kernels of 3 · 5 · 5 weights, and 7 biases.",
    mistakes={
        "counts the weights alone: each output channel has a bias as well.": 7 * 3 * 25,
        "is for images of one channel. Each kernel has a table for each input channel.": (
            7 * 25 + 7
        ),
        "is for images of one channel, and without biases.": 7 * 25,
        "has a bias for every table of weights; there is one for each output channel.": (
            7 * 3 * 26
        ),
        "is one kernel. There is one for each of the seven output channels.": 3 * 25 + 1,
        "has a bias for each input channel; there is one for each output channel.": 7 * 75 + 3,
        "has a single bias; there is one for each output channel.": 7 * 75 + 1,
    },
    otherwise="is not it. How many weights has one kernel, if it has one table of 5×5 for each "
    "of the three channels? How many kernels are there, and how many biases?",
)


# Three weights and a bias that are positive for yellow alone.
ByHand(
    "channels.yellow",
    right=[1, 1, -1, -1],
    praise=f"Yellow gives {{value}}, and {len(OTHER_COLOURS)} other colours give 0.",
    asked="Four numbers were asked for, [w_r, w_g, w_b, b], not {count}.",
    labels=("w_r", "w_g", "w_b", "b"),
    conditions=[
        Condition(
            (1, 1, 0, 1),
            ">",
            1e-9,
            "Yellow, (1, 1, 0), gives {value}, and ReLU makes 0 of it. "
            "w_r + w_g + b has to be positive.",
        ),
        *(
            Condition((*colour, 1), "<=", 1e-9, f"{name}, {colour}, gives {{value}}. {hint}")
            for name, (colour, hint) in OTHER_COLOURS.items()
        ),
    ],
)


@exercise("channels.grouped")
def check_grouped(answer: Any) -> str:
    """A function grouped(image, weight, groups) that gives what F.conv2d gives with groups."""
    settings = [(4, 4, 2, 1), (4, 6, 2, 2), (6, 3, 3, 3), (3, 3, 1, 2), (4, 8, 4, 3), (6, 9, 3, 2)]
    settings.append((6, 4, 2, 4))
    random = torch.Generator().manual_seed(0)
    for channels, outputs, groups, size in settings:
        inputs = {
            "image": _integers((channels, size + 2, size + 1), random),
            "weight": _integers((outputs, channels // groups, size, size), random),
            "groups": torch.tensor(groups),
        }
        if size == 4:  # kernels that are not square, and an output of a single row
            inputs["image"] = torch.randn(channels, 2, 6, generator=random)
            inputs["weight"] = torch.randn(outputs, channels // groups, 2, 3, generator=random)
        told = "That leaves the work to PyTorch's groups; take the channels apart yourself."
        with Without(told, F.conv2d, when=_in_groups):
            result = call(answer, "grouped(image, weight, groups)", inputs)
        _compare_grouped(result, inputs)
    return f"It agrees with F.conv2d on {len(settings)} settings, one group and depthwise included."


def _in_groups(*args: Any, **named: Any) -> bool:
    """Whether a call of conv2d uses its argument groups."""
    return int(named.get("groups", args[6] if len(args) > 6 else 1)) != 1


def _compare_grouped(result: Tensor, inputs: Mapping[str, Tensor]) -> None:
    image, weight, groups = inputs["image"], inputs["weight"], int(inputs["groups"])
    due = F.conv2d(image[None], weight, groups=groups)[0]
    channels, outputs = len(image), len(weight)
    dealt = torch.arange(channels).reshape(-1, groups).T.flatten()  # 0, groups, 2 groups, ...
    mixed = torch.arange(outputs).reshape(groups, -1).T.flatten()
    first = image[: channels // groups].repeat(groups, 1, 1)
    pieces = zip(image.chunk(groups), weight.chunk(groups), strict=True)
    mistakes: dict[str, Tensor | None] = {}
    if groups > 1:
        mistakes = {
            "The channels were dealt out in turn. The first group takes the first C / groups of "
            "them.": F.conv2d(image[dealt][None], weight, groups=groups)[0],
            "The outputs of the groups alternate. All outputs of the first group come first.": due[
                mixed
            ],
            "Every group was given the channels of the first one.": F.conv2d(
                first[None], weight, groups=groups
            )[0],
            "The outputs of the groups were added. They stay apart, on top of each other.": sum(
                (F.conv2d(x[None], w)[0] for x, w in pieces),
                start=torch.zeros(()),
            ),
            "That is the first group alone; there are as many as groups says.": due[
                : outputs // groups
            ],
            "There is an axis of one image too many: without it the shape would be right.": (
                due[None]
            ),
        }
    compare(result, due, described(inputs), mistakes)


@exercise("channels.merge")
def check_merge(answer: Any) -> str:
    """A function merge(weight, bias, mix, mix_bias): one convolution for two."""
    settings = [(2, 1, 2, 1), (1, 1, 1, 2), (3, 2, 4, 2), (4, 3, 2, 3), (2, 5, 3, 3)]
    random = torch.Generator().manual_seed(0)
    for middle, channels, outputs, size in settings:
        kernel = (size, size + 1) if channels == 5 else (size, size)
        inputs = {
            "weight": _integers((middle, channels, *kernel), random),
            "bias": _integers((middle,), random),
            "mix": _integers((outputs, middle), random),
            "mix_bias": _integers((outputs,), random),
        }
        if channels == 5:
            inputs = {name: value / 8 for name, value in inputs.items()}
        result = call(_flattened(answer), "merge(weight, bias, mix, mix_bias)", inputs)
        _compare_merged(result, inputs)
    return f"For {len(settings)} pairs of layers, the one layer gives what the two give in turn."


def _compare_merged(result: Tensor, inputs: Mapping[str, Tensor]) -> None:
    """Compare the weight, then the bias; a mistake is named if it explains both."""
    weight, bias, mix, mix_bias = inputs.values()
    outputs = len(mix)
    summed = torch.einsum("om,mcij->ocij", mix, weight)
    biases = mix @ bias
    alone = bias if len(bias) == outputs else None
    square = mix.T if mix.shape[0] == mix.shape[1] else None
    mistakes: dict[str, tuple[Tensor, Tensor] | None] = {
        "That is the first layer as it was.": (
            (weight, bias) if weight.shape == summed.shape else None
        ),
        "The first layer's bias is missing: the second layer mixes it like the maps.": (
            (summed, mix_bias)
        ),
        "The second layer's bias is missing.": (summed, biases),
        "The first layer's bias was added as it is. It goes through the second layer, and is "
        "mixed there.": None if alone is None else (summed, alone + mix_bias),
        "mix is (outputs, maps); it was used the other way round.": (
            None
            if square is None
            else (torch.einsum("om,mcij->ocij", square, weight), square @ bias + mix_bias)
        ),
    }
    given = described(inputs)
    parts = result[:-outputs].reshape(summed.shape), result[-outputs:]
    for part, (name, due) in enumerate({"weight": summed, "bias": biases + mix_bias}.items()):
        own = {words: wrong and wrong[part] for words, wrong in mistakes.items()}
        compare(parts[part], due, f"{given}. This is the {name}", own)


def _flat(parts: tuple[Tensor, Tensor]) -> Tensor:
    """A weight and a bias as one row of numbers."""
    return torch.cat([part.flatten() for part in parts])


def _flattened(answer: Any) -> Any:
    """The function, with its weight and its bias as one row; anything else as it is."""

    def flattened(*inputs: Tensor) -> Any:
        result = answer(*inputs)
        if result is None:
            return None
        parts = several(result, 2, "two tensors: the weight and the bias")
        weight, bias = (torch.as_tensor(part) for part in parts)
        outputs = len(inputs[2])
        due = {"weight": (outputs, *inputs[0].shape[1:]), "bias": (outputs,)}
        for (name, shape), part in zip(due.items(), (weight, bias), strict=True):
            if part.shape != shape:
                axes = ": outputs, channels, rows, columns" if name == "weight" else ""
                raise Wrong(f"The {name} has the shape {tuple(part.shape)}, {shape} was due{axes}.")
        return _flat((weight, bias))

    return around(answer, flattened)


def _integers(size: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Small whole numbers without zero, so that nothing is hidden and the words stay short."""
    sign = 2 * torch.randint(0, 2, size, generator=random) - 1
    return sign * torch.randint(1, 6, size, generator=random).float()
