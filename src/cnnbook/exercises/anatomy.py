"""Checks for the chapter "How do the pieces make a network?"."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from .._surroundings import modes_kept
from ..arithmetic import conv_multiply_adds, conv_output_size, conv_parameters
from ._answers import Wrong, described, several
from ._kit import around, call, compare, exercise
from .by_hand import ByHand

MOST_PARAMETERS = 10_000
LARGER = ((1, 56, 56), (2, 75, 60))
"""Batch, height and width of images that no layer may be made for."""


# How many values leave the features of a network for 64×64 colour images.
ByHand(
    "anatomy.flat_size",
    right=12 * 15 * 15,
    praise="64 -> 64 -> 32 -> 30 -> 15 pixels a side, and 12 * 15 * 15 = 2700.",
    mistakes={
        "is one channel's share. All 12 feature maps are laid out one after the other.": 15 * 15,
        "counts the 8 channels of the first convolution; flatten sees the 12 of the last.": (
            8 * 15 * 15
        ),
        "counts the three colours again. A convolution has added up its input channels, so "
        "that only its output channels are left.": 3 * 12 * 15 * 15,
        "forgets the padding of the first convolution: 5x5 with a padding of 2 keeps 64.": (
            12 * 14 * 14
        ),
        "keeps the size in the second convolution. It has no padding: 32 becomes 30.": (
            12 * 16 * 16
        ),
        "forgets the second pooling, which halves 30 to 15.": 12 * 30 * 30,
        "forgets the first pooling, which halves 64 to 32.": 12 * 31 * 31,
        "forgets both poolings: each halves the side.": 12 * 62 * 62,
        "is the side of the last feature maps. They have 15 rows and 15 columns, and there "
        "are 12.": 15,
        "counts the numbers of one row of each map: a map has 15 rows as well.": 12 * 15,
    },
    otherwise="is not it. Write down the side after each layer, beginning with 64, and "
    "multiply: channels of the last convolution, times rows, times columns.",
)


@exercise("anatomy.cost")
def check_cost(answer: Any) -> str:
    """A function cost(...) that gives the parameters and multiply-adds of a convolution."""
    settings = [(6, 16, 5, 12, 0), (16, 32, 5, 14, 2), (1, 6, 5, 28, 0), (1, 16, 3, 28, 1)]
    settings += [(3, 8, 7, 30, 0), (32, 64, 1, 7, 0), (4, 4, 3, 9, 2), (1, 1, 1, 4, 0)]
    settings += [(2, 3, 2, 8, 1), (3, 4, 1, 5, 1), (1, 2, 5, 4, 1)]
    names = ("in_channels", "out_channels", "kernel_size", "size", "padding")
    for setting in settings:
        inputs = {name: torch.tensor(value) for name, value in zip(names, setting, strict=True)}
        result = call(answer, f"cost({', '.join(names)})", inputs)
        if result.shape != (2,):
            raise Wrong(
                "The function has to return two numbers, the parameters and the multiply-adds, "
                f"not something of shape {tuple(result.shape)}."
            )
        compare(result, _cost(*setting), described(inputs), _cost_mistakes(*setting))
    return f"It counts {len(settings)} convolutions as PyTorch's parameters and counter do."


def _cost(in_channels: int, out_channels: int, kernel_size: int, size: int, padding: int) -> Tensor:
    output = conv_output_size(size, kernel_size, padding=padding)
    parameters = conv_parameters(in_channels, out_channels, kernel_size)
    work = conv_multiply_adds(in_channels, out_channels, kernel_size, output)
    return torch.tensor([parameters, work]).double()


def _cost_mistakes(
    in_channels: int, out_channels: int, kernel_size: int, size: int, padding: int
) -> dict[str, Tensor | None]:
    """What likely mistakes give."""
    due = _cost(in_channels, out_channels, kernel_size, size, padding)
    parameters, work = int(due[0]), int(due[1])
    weights = parameters - out_channels
    output = conv_output_size(size, kernel_size, padding=padding)

    def pair(first: int, second: int) -> Tensor:
        return torch.tensor([first, second]).double()

    return {
        "The biases are missing from the parameters: one for each output channel.": pair(
            weights, work
        ),
        "There is one bias for each output channel, not one for the layer.": pair(
            weights + 1, work
        ),
        "There is one bias for each output channel, not one for every weight of a kernel's "
        "channel: (in_channels * k * k + 1) * out_channels.": pair(
            (kernel_size**2 + 1) * in_channels * out_channels, work
        ),
        "A kernel is as deep as its input has channels: in_channels is missing.": pair(
            (kernel_size**2 + 1) * out_channels, kernel_size**2 * out_channels * output**2
        ),
        "The kernel is a square: k * k weights for each pair of channels, not k.": pair(
            weights // kernel_size + out_channels, work // kernel_size
        ),
        "Biases are only added: they are no multiplications.": pair(
            parameters, parameters * output**2
        ),
        "The kernel is laid on as many places as the output has, not the input.": pair(
            parameters, weights * size**2
        ),
        "The output has rows and columns: square its side.": pair(parameters, weights * output),
        "That forgets the padding, which makes more places for the kernel.": (
            pair(parameters, weights * (size - kernel_size + 1) ** 2)
            if size >= kernel_size
            else None
        ),
        "The padding is on both sides: the padded side is size + 2 * padding.": (
            pair(parameters, weights * (size + padding - kernel_size + 1) ** 2)
        ),
        "A multiplication with its addition counts as one here, not as two.": pair(
            parameters, 2 * work
        ),
        "The two numbers are in the wrong order: first the parameters.": pair(work, parameters),
    }


@exercise("anatomy.merge")
def check_merge(answer: Any) -> str:
    """A function merge(w1, b1, w2, b2): the one layer that does the work of two."""
    random = torch.Generator().manual_seed(0)
    sizes = [(2, 2, 2), (3, 3, 3), (4, 3, 2), (2, 5, 3), (1, 4, 1), (28, 16, 10)]
    for inputs_, hidden, outputs in sizes:
        shapes = {"w1": (hidden, inputs_), "b1": (hidden,), "w2": (outputs, hidden)}
        shapes["b2"] = (outputs,)
        # The first are whole, so that what came and what was due can be read.
        broken = 0.25 if hidden > 3 else 0.0
        inputs = {name: _integers(shape, random) + broken for name, shape in shapes.items()}
        result = call(_joined(answer, outputs), "merge(w1, b1, w2, b2)", inputs)
        w1, b1, w2, b2 = inputs.values()
        compare(
            result, _beside(w2 @ w1, w2 @ b1 + b2), described(inputs), _merge_mistakes(**inputs)
        )
    return f"For {len(sizes)} pairs of layers, the one layer gives what the two give in turn."


def _merge_mistakes(w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> dict[str, Tensor | None]:
    """What likely mistakes give; where shapes do not fit, nothing."""
    square = w1.shape == w2.shape
    weight = w2 @ w1
    return {
        "The matrices are in the wrong order: the input meets w1 first, so it stands on the "
        "right, w2 @ w1.": _beside(w1 @ w2, w2 @ b1 + b2) if square else None,
        "The biases are merely added. The first one passes through the second layer: w2 @ b1.": (
            _beside(weight, b1 + b2) if len(b1) == len(b2) else None
        ),
        "The bias of the first layer is lost; the second layer makes w2 @ b1 of it.": _beside(
            weight, b2
        ),
        "The bias of the second layer is lost.": _beside(weight, w2 @ b1),
        "The weights were multiplied one by one; it takes a matrix product, @.": (
            _beside(w2 * w1, w2 @ b1 + b2) if square else None
        ),
        "The weights were added; the second layer multiplies what the first one gives.": (
            _beside(w2 + w1, b1 + b2) if square else None
        ),
    }


def _beside(weight: Tensor, bias: Tensor) -> Tensor:
    """A weight and a bias as one table, the bias as its last column."""
    return torch.cat([weight, bias[:, None]], dim=1)


def _joined(answer: Any, outputs: int) -> Any:
    """The function's weight and bias as one table; anything else as it is."""

    def joined(*inputs: Tensor) -> Any:
        result = answer(*inputs)
        if result is None:
            return None
        parts = several(result, 2, "two tensors: the weight and the bias")
        weight, bias = (torch.as_tensor(part) for part in parts)
        if weight.ndim != 2 or bias.shape != (outputs,) or len(weight) != outputs:
            raise Wrong(
                f"The shapes came out as {tuple(weight.shape)} and {tuple(bias.shape)}; with "
                f"{outputs} outputs, the weight has {outputs} rows and the bias {outputs} numbers."
            )
        return _beside(weight, bias)

    return around(answer, joined)


@exercise("anatomy.network")
def check_network(answer: Any) -> str:
    """A small network that takes images of any size and gives ten logits."""
    if not isinstance(answer, nn.Module):
        raise Wrong(
            "The answer has to be a network, an nn.Module such as nn.Sequential(...), not "
            f"{type(answer).__name__}."
        )
    if any(is_lazy(parameter) for parameter in answer.parameters()):
        answer = copy.deepcopy(answer)  # the reader's own stays as it is
        _forward(answer, torch.zeros(1, 1, 28, 28))
    parameters = sum(parameter.numel() for parameter in answer.parameters())
    if not any(isinstance(module, nn.Conv2d) for module in answer.modules()):
        raise Wrong("There is no nn.Conv2d in the network.")
    if parameters > MOST_PARAMETERS:
        raise Wrong(
            f"The network has {parameters:,} parameters, {MOST_PARAMETERS:,} are allowed. Where "
            "are they? Mostly in a fully connected layer that sees every position of every "
            "feature map."
        )
    state = {name: value.clone() for name, value in answer.state_dict().items()}
    try:
        with modes_kept(answer), torch.no_grad(), torch.random.fork_rng(devices=[]):
            answer.eval()
            torch.manual_seed(0)
            _try_network(answer)
    finally:
        answer.load_state_dict(state)
    return (
        f"With {parameters:,} parameters it gives ten logits for images of 28x28, 32x32\n"
        "and 41x37, each image by itself."
    )


def _try_network(model: nn.Module) -> None:
    for batch, height, width in (
        (1, 28, 28),
        (2, 28, 28),
        (49, 32, 32),
        (5, 32, 32),
        (3, 41, 37),
        *LARGER,
    ):
        shape = (batch, 1, height, width)
        images = torch.rand(shape)
        logits = _forward(model, images)
        if logits.shape != (batch, 10):
            raise Wrong(
                f"For images of shape {shape} the shape came out as {tuple(logits.shape)}, "
                f"({batch}, 10) was due: a row for each image, ten numbers in each."
            )
        if bool((logits >= 0).all()) and torch.allclose(logits.sum(1), torch.ones(batch)):
            raise Wrong(
                "Each row adds up to 1: these are probabilities. The loss takes logits and does "
                "the softmax itself, so leave it out of the network."
            )
        alone = _forward(model, images[-1:])
        if not torch.allclose(alone[0], logits[-1], rtol=1e-3, atol=1e-4):
            raise Wrong(
                f"The last of {batch} images of {height}x{width} gets other logits alone than in "
                "the batch. Are the axes mixed up on the way? flatten(1) keeps each image "
                "to itself."
            )
    far = _forward(model, 1e4 * torch.randn(20, 1, 28, 28))
    # A normalisation keeps small what it is given; a sigmoid or tanh at the end is at its limits.
    at_limits = ((far.abs() - far.abs().round()).abs() < 1e-4).double().mean() > 0.9
    if far.abs().max() <= 1 and at_limits:
        raise Wrong(
            "Whatever the images, all outputs stay between -1 and 1: an activation at the end "
            "holds them there. The loss takes logits, which are free."
        )
    first, second = torch.randn(2, 1, 1, 28, 28, dtype=torch.float64)
    exact = copy.deepcopy(model).double()
    ends = _forward(exact, first), _forward(exact, second)
    if torch.equal(*ends):
        raise Wrong("The network gives the same logits whatever it sees.")
    bend = _forward(exact, (first + second) / 2) - (ends[0] + ends[1]) / 2
    # Against how far the two differ: fresh weights of many layers answer all images nearly alike.
    if bend.abs().max() < 1e-6 * (ends[0] - ends[1]).abs().max():
        raise Wrong(
            "The network is one linear map, however many layers it has: the logits of the mean "
            "of two images are the mean of their logits. Put activations between the layers."
        )


def _forward(model: nn.Module, images: Tensor) -> Tensor:
    try:
        result = model(images)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        if "mat1 and mat2" in told:
            told += (
                "\nA fully connected layer takes one fixed number of inputs. What makes that "
                "number the same for images of every size?"
            )
        raise Wrong(
            f"For images of shape {tuple(images.shape)} the network raised {told}"
        ) from error
    if not isinstance(result, Tensor):
        raise Wrong(f"The network returned no tensor, but {type(result).__name__}.")
    return result


def _integers(shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Small whole numbers, so that what came and what was due can be read."""
    return torch.randint(-4, 5, shape, generator=random).float()
