"""LeNet-5 as the paper of 1998 describes it, and its parts as one would choose them today."""

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import ConnectionTableConv2d, RBFOutput, ScaledTanh, Subsample
from .lenet5_codes import digit_bitmaps

BACKGROUND, INK = -0.1, 1.175
"""What the paper makes of a pixel without ink, and of one that is all ink."""

MEAN_STD = (-BACKGROUND / (INK - BACKGROUND), 1 / (INK - BACKGROUND))
"""Mean and deviation by which :class:`cnnbook.training.TrainConfig` brings 0..1 there."""

CONNECTIONS = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)
"""Which maps of S2 each of the sixteen maps of C3 sees (the paper's table I)."""


class LeNet5(nn.Module):
    """LeNet-5: 60,000 trained numbers, and an output that compares with drawings of the digits.

    C1 and C3 are convolutions, S2 and S4 subsample, C5 is a convolution whose kernels are as large
    as its input, F6 is fully connected. All of them are squashed by ``1.7159 tanh(2x / 3)``. The
    output is minus the squared distance of F6's 84 numbers to the drawing of each digit.

    Shape: ``(N, 1, 32, 32)`` -> scores ``(N, 10)``. Images of 28 by 28 pixels are set in a frame
    of two pixels of :data:`BACKGROUND`. Pixels are to run from :data:`BACKGROUND` to :data:`INK`:
    train with ``TrainConfig(normalize=lenet5.MEAN_STD)``.

    Parameters: C1 156, S2 12, C3 1,516, S4 32, C5 48,120, F6 10,164.

    Each part can be had in today's form as well, so that what it does can be measured.

    Args:
        connections: ``"table"``: each map of C3 sees some maps of S2; ``"full"``: all of them.
        subsampling: ``"sum"``: a learned coefficient times the sum of four values, plus a bias;
            ``"max"``: the largest of four values.
        activation: ``"scaled-tanh"`` or ``"relu"``.
        output: ``"rbf"``: distances to the drawings; ``"linear"``: a fully connected layer.
        initialisation: ``"uniform"``: the paper's, evenly within 2.4 over the number of inputs;
            ``"he"``: normal, with a variance of 2 over the number of inputs, biases zero.

    Raises:
        ValueError: for another choice.

    Source: LeCun, Bottou, Bengio and Haffner (1998), section II.B and appendix A.

    >>> model = LeNet5()
    >>> {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()
    ...  if list(part.parameters())}
    {'c1': 156, 's2': 12, 'c3': 1516, 's4': 32, 'c5': 48120, 'f6': 10164}
    >>> model(torch.zeros(1, 1, 32, 32)).shape
    torch.Size([1, 10])
    """

    CHOICES: ClassVar[dict[str, tuple[str, str]]] = {
        "connections": ("table", "full"),
        "subsampling": ("sum", "max"),
        "activation": ("scaled-tanh", "relu"),
        "output": ("rbf", "linear"),
        "initialisation": ("uniform", "he"),
    }
    """What each part can be: as in 1998, and as today."""

    def __init__(
        self,
        connections: Literal["table", "full"] = "table",
        subsampling: Literal["sum", "max"] = "sum",
        activation: Literal["scaled-tanh", "relu"] = "scaled-tanh",
        output: Literal["rbf", "linear"] = "rbf",
        initialisation: Literal["uniform", "he"] = "uniform",
    ) -> None:
        super().__init__()
        chosen = {
            "connections": connections,
            "subsampling": subsampling,
            "activation": activation,
            "output": output,
            "initialisation": initialisation,
        }
        for name, value in chosen.items():
            if value not in self.CHOICES[name]:
                raise ValueError(
                    f"{name} must be {' or '.join(map(repr, self.CHOICES[name]))}, not {value!r}"
                )
        self.chosen = chosen
        self.c1 = nn.Conv2d(1, 6, 5)
        self.s2 = Subsample(6) if subsampling == "sum" else nn.MaxPool2d(2)
        table = CONNECTIONS if connections == "table" else [range(6)] * 16
        self.c3 = ConnectionTableConv2d(6, table, 5)
        self.s4 = Subsample(16) if subsampling == "sum" else nn.MaxPool2d(2)
        self.c5 = nn.Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)
        rbf = output == "rbf"
        self.output = RBFOutput(digit_bitmaps().flatten(1)) if rbf else nn.Linear(84, 10)
        self.squash: nn.Module = ScaledTanh() if activation == "scaled-tanh" else nn.ReLU()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew, as :attr:`chosen` says."""
        paper = self.chosen["initialisation"] == "uniform"
        draw = _draw_evenly if paper else _draw_normally
        for part in self.children():
            if any(True for _ in part.parameters()):
                draw(part)

    def forward(self, images: Tensor) -> Tensor:
        """Scores of images; the highest is the answer.

        Raises:
            ValueError: if the images are neither of 32 nor of 28 by 28 pixels, of one channel.
        """
        maps = framed(images)
        for layer in (self.c1, self.s2, self.c3, self.s4, self.c5):
            maps = layer(maps)
            if not isinstance(layer, nn.MaxPool2d):  # the largest of squashed values is squashed
                maps = self.squash(maps)
        features = self.squash(self.f6(maps.flatten(1)))
        scores: Tensor = self.output(features)
        return scores


def framed(images: Tensor) -> Tensor:
    """Images of 28 by 28 pixels in a frame of background, two pixels wide; 32 by 32 as they are.

    Shape: ``(N, 1, 28, 28)`` or ``(N, 1, 32, 32)`` -> ``(N, 1, 32, 32)``.

    Raises:
        ValueError: for images of another shape.

    >>> framed(torch.zeros(1, 1, 28, 28))[0, 0, 0, 0]
    tensor(-0.1000)
    """
    if tuple(images.shape[1:]) == (1, 32, 32):
        return images
    if tuple(images.shape[1:]) == (1, 28, 28):
        return F.pad(images, (2, 2, 2, 2), value=BACKGROUND)
    raise ValueError(
        f"LeNet-5 takes images of shape (N, 1, 32, 32) or (N, 1, 28, 28), not {tuple(images.shape)}"
    )


def modern_lenet(**changes: Any) -> LeNet5:
    """LeNet-5 with every part as one would choose it today: 61,706 parameters.

    Args:
        changes: what is to be otherwise, see :class:`LeNet5`.

    >>> sum(p.numel() for p in modern_lenet().parameters())
    61706
    """
    today: dict[str, Any] = {name: choices[1] for name, choices in LeNet5.CHOICES.items()}
    return LeNet5(**today | changes)


def _fan_in(part: nn.Module) -> tuple[int, ...]:
    """The numbers that a unit of the layer adds up, for all its output channels or for each."""
    if isinstance(part, ConnectionTableConv2d):
        return part.fan_in
    if isinstance(part, Subsample):
        return (part.fan_in,)
    weight = part.weight
    assert isinstance(weight, Tensor)
    return (weight[0].numel(),)


def _draw_evenly(part: nn.Module) -> None:
    """Weights and biases evenly within 2.4 over the fan-in (appendix A)."""
    bounds = torch.tensor([2.4 / fan_in for fan_in in _fan_in(part)])
    if isinstance(part, ConnectionTableConv2d):
        part.draw(bounds)
        return
    for parameter in part.parameters():
        nn.init.uniform_(parameter, -float(bounds), float(bounds))


@torch.no_grad()
def _draw_normally(part: nn.Module) -> None:
    """Weights with a variance of 2 over the fan-in (He et al., 2015); biases zero."""
    if isinstance(part, Subsample):  # its weights are few and no directions: as PyTorch would
        part.reset_parameters()
        return
    deviations = torch.tensor([(2 / fan_in) ** 0.5 for fan_in in _fan_in(part)])
    weight, bias = part.weight, part.bias
    assert isinstance(weight, Tensor)
    assert isinstance(bias, Tensor)
    if isinstance(part, ConnectionTableConv2d):
        deviations = deviations[part.outputs][:, None, None]
    weight.normal_().mul_(deviations.reshape(-1, *[1] * (weight.ndim - 1)))
    bias.zero_()
