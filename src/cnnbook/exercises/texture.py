"""Checks for the page "What makes a texture a texture?"."""

from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise
from ._ruled_out import AUTOGRAD, Without
from .by_hand import ROUNDED, ByHand, Condition

MAPS = torch.tensor([[0.0, 3, 1, 0], [1, 1, 0, 2]])

# The Gram matrix of two maps.
ByHand(
    "texture.by_hand",
    right=MAPS @ MAPS.T / 4,
    praise="The two filters share one of four places; that gives the 0.75 beside the diagonal.",
    asked="The shape came out as {shape}; two maps have a matrix of 2×2, as a list of two lists.",
    mistakes={
        "These are the sums of the products. Divide by the number of places.": MAPS @ MAPS.T,
        "Divide by the number of places, 4, not by the number of filters.": MAPS @ MAPS.T / 2,
        "The means have been taken away; a Gram matrix keeps them.": (
            (MAPS - 1) @ (MAPS - 1).T / 4
        ),
        "That is the matrix product of the two maps. Multiply them place by place.": (
            MAPS[0].reshape(2, 2) @ MAPS[1].reshape(2, 2)
        ),
    },
    conditions=[
        Condition(
            (0, 1, -1, 0),
            "==",
            0,
            "A Gram matrix is symmetric: map 1 with map 2 is map 2 with map 1.",
        )
    ],
    otherwise="On the diagonal stands the mean of each map's squares, beside it the mean of "
    "the products of the two maps, place by place.",
    within=ROUNDED,
)


@exercise("texture.gram_gradient")
def check_gram_gradient(answer: Any) -> str:
    """A function gram_gradient(feature_maps, target) -> (C, H, W)."""
    shapes = [(1, 1, 1), (2, 2, 2), (3, 4, 5), (4, 1, 6)]
    generator = torch.Generator().manual_seed(0)
    for channels, height, width in shapes:
        maps = torch.randn(channels, height, width, generator=generator, dtype=torch.float64)
        half = torch.randn(channels, channels, generator=generator, dtype=torch.float64)
        inputs = {"feature_maps": maps, "target": half + half.T}
        rows, places = maps.flatten(1), height * width
        away = rows @ rows.T / places - inputs["target"]
        right = (away @ rows).reshape(maps.shape)
        with Without("That lets autograd work; write the formula down.", *AUTOGRAD):
            result = call(answer, "gram_gradient(feature_maps, target)", inputs)
        compare(
            result,
            4 / places * right,
            described(inputs),
            {
                "Each row of F is in the product twice: the factor is 4.": 2 / places * right,
                "The square and the product give a factor of 2 each.": right / places,
                "Divide by the number of places: it stands in G = F F^T / n.": 4 * right,
                "The sign is turned round: the loss grows where G is above the target.": (
                    -4 / places * right
                ),
            },
        )
    return f"It agrees with autograd's result for feature maps of {len(shapes)} shapes."


@exercise("texture.random_phase")
def check_random_phase(answer: Any) -> str:
    """A function random_phase(picture, noise) -> (H, W)."""
    shapes = [(8, 8), (7, 5), (1, 6), (16, 12)]
    generator = torch.Generator().manual_seed(0)
    pairs = []
    for shape in shapes:
        picture = torch.rand(shape, generator=generator, dtype=torch.float64) + 1
        pairs.append((picture, torch.randn(shape, generator=generator, dtype=torch.float64)))
    # Values on both sides of zero, a mean below it; and a noise that has a mean of its own.
    below, noise = torch.randn(2, 5, 6, generator=generator, dtype=torch.float64)
    small = torch.tensor([[0.25, 0.5], [0.75, 1]]), torch.tensor([[1.0, 2], [3, 6]])
    pairs += [(below - 0.5, noise), (small[0].double(), small[1].double())]
    for picture, noise in pairs:
        inputs = {"picture": picture, "noise": noise}
        mean, waves = picture.mean(), torch.fft.fft2(noise)
        spectrum = torch.fft.fft2(picture - mean)
        phases = waves / waves.abs()
        result = call(answer, "random_phase(picture, noise)", inputs)
        compare(
            result,
            torch.fft.ifft2(spectrum.abs() * phases).real + mean,
            described(inputs),
            {
                "The mean has not been added again.": (
                    torch.fft.ifft2(spectrum.abs() * phases).real
                ),
                "Take the mean away first: with the others, its sign would be drawn at random.": (
                    torch.fft.ifft2(torch.fft.fft2(picture).abs() * phases).real
                ),
                "The noise's transform has amplitudes of its own. Divide it by its abs().": (
                    torch.fft.ifft2(spectrum.abs() * waves).real + mean
                ),
                "The picture's own phases are still in it: take abs() of its transform.": (
                    torch.fft.ifft2(spectrum * phases).real + mean
                ),
                "It is the other way round: the amplitudes are the picture's.": (
                    _swapped(picture, noise) + mean
                ),
            },
        )
    return f"Mean and power spectrum are the picture's for {len(pairs)} pairs, odd sizes included."


@exercise("texture.shifted_gram")
def check_shifted_gram(answer: Any) -> str:
    """A function shifted_gram(feature_maps, right) -> (C, C)."""
    settings = [((2, 3, 4), 1), ((3, 4, 5), 2), ((1, 2, 6), 5), ((3, 4, 5), 0), ((2, 1, 3), 1)]
    generator = torch.Generator().manual_seed(0)
    for shape, right in settings:
        maps = torch.randn(shape, generator=generator, dtype=torch.float64)
        inputs = {"feature_maps": maps, "right": torch.tensor(right)}
        width = shape[2]
        here, there = maps[:, :, : width - right].flatten(1), maps[:, :, right:].flatten(1)
        around = maps.roll(-right, dims=2).flatten(1)
        due = here @ there.T / here.shape[1]
        result = call(answer, "shifted_gram(feature_maps, right)", inputs)
        compare(
            result,
            due,
            described(inputs),
            {
                "What leaves at the right border has come in at the left; leave such places out.": (
                    maps.flatten(1) @ around.T / around.shape[1]
                ),
                "That is the transpose: entry (i, j) has map j to the right of map i.": due.T,
                "Divide by the number of places at which both exist, not by that of all.": (
                    here @ there.T / maps[0].numel()
                ),
                "Those are sums; divide by the number of places.": here @ there.T,
                "That is the plain Gram matrix; nothing is moved.": _plain(maps),
            },
        )
    return f"It is right for {len(settings)} settings; moved by 0 it is the plain Gram matrix."


def _swapped(picture: Tensor, noise: Tensor) -> Tensor:
    amplitudes = torch.fft.fft2(noise - noise.mean()).abs()
    waves = torch.fft.fft2(picture)
    swapped: Tensor = torch.fft.ifft2(amplitudes * waves / waves.abs()).real
    return swapped


def _plain(maps: Tensor) -> Tensor:
    rows = maps.flatten(1)
    return rows @ rows.T / rows.shape[1]
