"""Answers to the exercises on texture: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor

from cnnbook.applications.texture import gram_matrix
from tests.exercises.answers import *  # noqa: F403


def back(waves: Tensor) -> Tensor:
    picture: Tensor = torch.fft.ifft2(waves).real
    return picture


def gram_gradient(feature_maps: Tensor, target: Tensor) -> Tensor:
    rows = feature_maps.flatten(1)
    places = rows.shape[1]
    return (4 / places * (rows @ rows.T / places - target) @ rows).reshape(feature_maps.shape)


def by_autograd(feature_maps: Tensor, target: Tensor) -> Tensor:
    maps = feature_maps.clone().requires_grad_()
    loss = (gram_matrix(maps) - target).square().sum()
    return torch.autograd.grad(loss, maps)[0]


def test_the_formula_is_what_autograd_gives() -> None:
    random = torch.Generator().manual_seed(0)
    maps, half = (torch.randn(shape, generator=random) for shape in ((3, 4, 5), (3, 3)))
    target = half + half.T
    assert torch.allclose(gram_gradient(maps, target), by_autograd(maps, target), atol=1e-5)


def random_phase(picture: Tensor, noise: Tensor) -> Tensor:
    mean, waves = picture.mean(), torch.fft.fft2(noise)
    amplitudes = torch.fft.fft2(picture - mean).abs()
    return back(amplitudes * waves / waves.abs()) + mean


def shifted_gram(feature_maps: Tensor, right: int) -> Tensor:
    count, _, width = feature_maps.shape
    result = feature_maps.new_zeros(count, count)
    for i in range(count):
        for j in range(count):
            moved = feature_maps[j, :, right:]
            result[i, j] = (feature_maps[i, :, : width - right] * moved).mean()
    return result


def rolled_gram(maps: Tensor, right: int) -> Tensor:
    return torch.einsum("ihw,jhw->ij", maps, maps.roll(-right, 2)) / maps[0].numel()


def no_abs(picture: Tensor, noise: Tensor) -> Tensor:
    mean, waves = picture.mean(), torch.fft.fft2(noise)
    return back(torch.fft.fft2(picture - mean) * waves / waves.abs()) + mean


def noise_with_amplitudes(picture: Tensor, noise: Tensor) -> Tensor:
    mean = picture.mean()
    spectrum = torch.fft.fft2(picture - mean).abs()
    return back(spectrum * torch.fft.fft2(noise)) + mean


def mean_left_in(picture: Tensor, noise: Tensor) -> Tensor:
    waves = torch.fft.fft2(noise)
    return back(torch.fft.fft2(picture).abs() * waves / waves.abs())


SOLUTIONS: dict[str, Any] = {
    "texture.by_hand": [[2.5, 0.75], [0.75, 1.5]],
    "texture.gram_gradient": gram_gradient,
    "texture.random_phase": random_phase,
    "texture.shifted_gram": shifted_gram,
}
WRONG: list[tuple[str, Any, str]] = [
    ("texture.gram_gradient", by_autograd, "lets autograd work"),
    ("texture.by_hand", [[10, 3], [3, 6]], "sums of the products"),
    ("texture.by_hand", [[5, 1.5], [1.5, 3]], "not by the number of filters"),
    ("texture.by_hand", [[1.5, -0.25], [-0.25, 0.5]], "keeps them"),
    ("texture.by_hand", [[0, 6], [1, 1]], "place by place"),
    ("texture.by_hand", [[2.5, 0.75], [0.5, 1.5]], "symmetric"),
    ("texture.by_hand", [[2.5, 1], [1, 1.5]], "On the diagonal"),
    ("texture.by_hand", 2.5, "matrix of 2×2"),
    ("texture.gram_gradient", lambda f, t: gram_gradient(f, t) / 2, "is 4"),
    ("texture.gram_gradient", lambda f, t: gram_gradient(f, t) / 4, "factor of 2 each"),
    ("texture.gram_gradient", lambda f, t: gram_gradient(f, t) * f[0].numel(), "number of places"),
    ("texture.gram_gradient", lambda f, t: -gram_gradient(f, t), "sign"),
    ("texture.gram_gradient", lambda f, t: gram_gradient(f, t).flatten(1), "shape"),
    ("texture.random_phase", lambda p, n: random_phase(p, n) - p.mean(), "added again"),
    ("texture.random_phase", mean_left_in, "Take the mean away"),
    ("texture.random_phase", noise_with_amplitudes, "Divide it by its abs()"),
    ("texture.random_phase", no_abs, "own phases"),
    ("texture.random_phase", lambda p, n: random_phase(n, p) - n.mean() + p.mean(), "other way"),
    ("texture.shifted_gram", rolled_gram, "come in at the left"),
    ("texture.shifted_gram", lambda f, r: shifted_gram(f, r).T, "transpose"),
    (
        "texture.shifted_gram",
        lambda f, r: shifted_gram(f, r) * (f.shape[2] - r) / f.shape[2],
        "not by that of all",
    ),
    (
        "texture.shifted_gram",
        lambda f, r: shifted_gram(f, r) * f.shape[1] * (f.shape[2] - r),
        "sums",
    ),
    ("texture.shifted_gram", lambda f, r: shifted_gram(f, 0), "nothing is moved"),
]
