"""The two players: networks that draw a digit from random numbers, and networks that judge one.

A convolutional pair in the manner of DCGAN, and a pair of fully connected networks to compare it
with. Told which class is meant, a generator gets it beside the random numbers, and a discriminator
adds to its score how well the picture fits the class.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LATENT = 16
"""How many random numbers a digit is drawn from."""


class ConvGenerator(nn.Module):
    """Draws 28×28 pixels: a linear layer to 7×7, then two transposed convolutions.

    Each transposed convolution has kernels of 4×4 and a stride of 2, so every output pixel gets the
    same number of contributions.

    Args:
        latent: random numbers per picture.
        width: maps of 14×14; there are twice as many of 7×7.
        num_classes: classes that can be asked for; 0 to leave it to the generator.

    Source: Radford, Metz and Chintala, "Unsupervised representation learning with deep
    convolutional generative adversarial networks" (2016), section 3, smaller.

    >>> ConvGenerator().eval()(torch.zeros(2, 16), torch.tensor([3, 8])).shape
    torch.Size([2, 1, 28, 28])
    """

    def __init__(self, latent: int = LATENT, width: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        self.latent, self.width, self.num_classes = latent, width, num_classes
        self.start = nn.Linear(latent + num_classes, 2 * width * 7 * 7, bias=False)
        self.norm1 = nn.BatchNorm2d(2 * width)
        self.up1 = nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.up2 = nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1)

    def forward(self, latent: Tensor, labels: Tensor) -> Tensor:
        """Pictures in −1..1: ``(N, latent), (N,) -> (N, 1, 28, 28)``.

        Raises:
            ValueError: if the number of random numbers is another.
        """
        maps = self.start(_with_classes(latent, labels, self.latent, self.num_classes))
        maps = maps.unflatten(1, (2 * self.width, 7, 7))
        maps = maps.contiguous(memory_format=torch.channels_last)
        maps = F.relu(self.norm1(maps))
        maps = F.relu(self.norm2(self.up1(maps)))
        return torch.tanh(self.up2(maps))


class ConvDiscriminator(nn.Module):
    """Scores a picture: two convolutions with a stride of 2, then a linear layer.

    The higher the score, the more the picture is taken for a real one. With classes, the score has
    a second part: the product of the features with a vector that is learned for the class.

    Args:
        width: maps of 14×14; there are twice as many of 7×7.
        num_classes: classes that are told; 0 for none.

    Source for the second part: Miyato and Koyama, "cGANs with projection discriminator" (2018).

    >>> ConvDiscriminator()(torch.zeros(2, 1, 28, 28), torch.tensor([3, 8])).shape
    torch.Size([2])
    """

    def __init__(self, width: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        self.down1 = nn.Conv2d(1, width, 4, stride=2, padding=1)
        self.down2 = nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)
        self.output = nn.Linear(2 * width * 7 * 7, 1)
        self.classes = _class_vectors(num_classes, self.output.in_features)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Scores: ``(N, 1, 28, 28), (N,) -> (N,)``."""
        maps = F.leaky_relu(self.down1(images), 0.2)
        features = F.leaky_relu(self.down2(maps), 0.2).flatten(1)
        return _score(features, labels, self.output, self.classes)


class DenseGenerator(nn.Module):
    """Draws with fully connected layers only.

    Args:
        latent: random numbers per picture.
        hidden: units of each hidden layer.
        shape: of what is drawn; its values are in −1..1 if it is a picture (C, H, W).
        num_classes: classes that can be asked for; 0 to leave it to the generator.

    >>> DenseGenerator(hidden=[32]).eval()(torch.zeros(2, 16), torch.tensor([3, 8])).shape
    torch.Size([2, 1, 28, 28])
    """

    def __init__(
        self,
        latent: int = LATENT,
        hidden: Sequence[int] = (256, 512),
        shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 10,
    ) -> None:
        super().__init__()
        self.latent, self.num_classes, self.shape = latent, num_classes, tuple(shape)
        sizes = [latent + num_classes, *hidden]
        self.layers = nn.Sequential()
        for before, after in pairwise(sizes):
            self.layers.extend(
                [nn.Linear(before, after, bias=False), nn.BatchNorm1d(after), nn.ReLU()]
            )
        self.layers.append(nn.Linear(sizes[-1], prod(shape)))

    def forward(self, latent: Tensor, labels: Tensor) -> Tensor:
        """``(N, latent), (N,) -> (N, *shape)``.

        Raises:
            ValueError: if the number of random numbers is another.
        """
        values = self.layers(_with_classes(latent, labels, self.latent, self.num_classes))
        values = values.unflatten(1, self.shape)
        return torch.tanh(values) if len(self.shape) == 3 else values


class DenseDiscriminator(nn.Module):
    """Scores with fully connected layers only.

    Args:
        hidden: units of each hidden layer.
        shape: of what is scored.
        num_classes: classes that are told; 0 for none.

    >>> DenseDiscriminator(hidden=[32])(torch.zeros(2, 1, 28, 28), torch.tensor([3, 8])).shape
    torch.Size([2])
    """

    def __init__(
        self,
        hidden: Sequence[int] = (512, 256),
        shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 10,
    ) -> None:
        super().__init__()
        sizes = [prod(shape), *hidden]
        self.layers = nn.Sequential(nn.Flatten())
        for before, after in pairwise(sizes):
            self.layers.extend([nn.Linear(before, after), nn.LeakyReLU(0.2)])
        self.output = nn.Linear(sizes[-1], 1)
        self.classes = _class_vectors(num_classes, sizes[-1])

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Scores: ``(N, *shape), (N,) -> (N,)``."""
        return _score(self.layers(images), labels, self.output, self.classes)


def _with_classes(latent: Tensor, labels: Tensor, size: int, num_classes: int) -> Tensor:
    """The random numbers, and the class as zeros and a one."""
    if latent.ndim != 2 or latent.shape[1] != size:
        raise ValueError(
            f"this generator draws from {size} random numbers a picture, (N, {size}), not from "
            f"{tuple(latent.shape)}"
        )
    if not num_classes:
        return latent
    return torch.cat([latent, F.one_hot(labels, num_classes).to(latent.dtype)], dim=1)


def _class_vectors(num_classes: int, features: int) -> nn.Embedding | None:
    if not num_classes:
        return None
    vectors = nn.Embedding(num_classes, features)
    nn.init.normal_(vectors.weight, std=features**-0.5)  # as large as the weights of the output
    return vectors


def _score(
    features: Tensor, labels: Tensor, output: nn.Linear, classes: nn.Embedding | None
) -> Tensor:
    score: Tensor = output(features).squeeze(1)
    if classes is None:
        return score
    fit: Tensor = (classes(labels) * features).sum(dim=1)
    return score + fit
