"""The gradients and steps that the chapter writes by hand, on many random settings.

The functions are taken from the page itself, so that what is printed is what is tried.
"""

import ast
from pathlib import Path
from typing import Any

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from pagecheck.page import read_page

PAGE = Path(__file__).parents[2] / "book" / "backpropagation.md"
MANY = settings(max_examples=1000, deadline=None)
SOME = settings(max_examples=300, deadline=None)

seeds = st.integers(0, 10_000)
small, sides = st.integers(1, 4), st.integers(1, 9)


def functions_of_the_page() -> dict[str, Any]:
    """All functions that the page defines, without running the page."""
    names: dict[str, Any] = {"torch": torch, "F": F}
    for cell in read_page(PAGE).cells:
        tree = ast.parse(cell.source)
        tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        exec(compile(tree, str(PAGE), "exec"), names)
    return names


PRINTED = functions_of_the_page()


def random_tensors(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


@MANY
@given(seeds, small, small, small, sides, sides, st.integers(1, 5), st.integers(1, 5), small)
def test_gradients_of_any_convolution_are_autograds(
    seed: int, n: int, c_in: int, c_out: int, rows: int, columns: int, h: int, w: int, padding: int
) -> None:
    padding = min(padding, h, w) - 1  # more padding than that has windows of zeros only
    assume(rows + 2 * padding >= h and columns + 2 * padding >= w)
    shapes = (n, c_in, rows, columns), (c_out, c_in, h, w), (c_out,)
    images, weight, bias = (one.requires_grad_() for one in random_tensors(seed, *shapes))
    output = F.conv2d(images, weight, bias, padding=padding)
    (g,) = random_tensors(seed + 1, tuple(output.shape))
    due = torch.autograd.grad(output, (images, weight, bias), g)
    ours = PRINTED["conv_gradients"](images.detach(), weight.detach(), g, padding)
    for mine, theirs in zip(ours, due, strict=True):
        assert mine.shape == theirs.shape
        assert torch.allclose(mine, theirs)


@MANY
@given(seeds, sides, sides, st.integers(1, 5), st.integers(1, 5))
def test_the_gradient_by_an_image_is_autograds(
    seed: int, rows: int, columns: int, h: int, w: int
) -> None:
    g, kernel = random_tensors(seed, (rows, columns), (h, w))
    image = torch.zeros(rows + h - 1, columns + w - 1, dtype=torch.float64, requires_grad=True)
    due = torch.autograd.grad(PRINTED["conv2d"](image, kernel), image, g)[0]
    assert torch.allclose(PRINTED["input_gradient"](g, kernel), due)


@MANY
@given(seeds, small, small, sides, sides)
def test_the_gradient_of_max_pooling_is_autograds_ties_included(
    seed: int, n: int, c: int, rows: int, columns: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    maps = torch.randint(3, (n, c, 2 * rows, 2 * columns), generator=generator).double()
    maps.requires_grad_()
    output = F.max_pool2d(maps, 2)
    (g,) = random_tensors(seed, tuple(output.shape))
    due = torch.autograd.grad(output, maps, g)[0]
    assert torch.equal(PRINTED["max_pool_gradient"](maps.detach(), g), due)


@SOME
@given(seeds, sides)
def test_the_gradient_of_relu_is_autograds_zero_included(seed: int, size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(-2, 3, (size,), generator=generator).double().requires_grad_()
    (g,) = random_tensors(seed, (size,))
    assert torch.equal(PRINTED["relu_gradient"](x, g), torch.autograd.grad(F.relu(x), x, g)[0])


@MANY
@given(seeds, st.integers(1, 8), st.integers(2, 12), st.floats(0, 50))
def test_the_gradient_of_the_loss_is_autograds(
    seed: int, n: int, classes: int, scale: float
) -> None:
    (logits,) = random_tensors(seed, (n, classes))
    logits = (scale * logits).requires_grad_()
    labels = torch.randint(classes, (n,), generator=torch.Generator().manual_seed(seed))
    due = torch.autograd.grad(F.cross_entropy(logits, labels), logits)[0]
    assert torch.allclose(PRINTED["entropy_gradient"](logits.detach(), labels), due)


@SOME
@given(seeds, st.integers(1, 6), st.floats(1e-4, 1), st.floats(0, 0.99))
def test_momentum_is_torchs(seed: int, steps: int, lr: float, momentum: float) -> None:
    ours, *gradients = random_tensors(seed, *[(3,)] * (steps + 1))
    theirs, velocity = ours.clone().requires_grad_(), torch.zeros_like(ours)
    optimizer = torch.optim.SGD([theirs], lr=lr, momentum=momentum)
    for gradient in gradients:
        theirs.grad = gradient
        optimizer.step()
        ours, velocity = PRINTED["momentum_step"](ours, gradient, velocity, lr, momentum)
    assert torch.allclose(ours, theirs)


@SOME
@given(seeds, st.integers(1, 6), st.floats(1e-4, 1), st.floats(0, 0.99), st.floats(0, 0.999))
def test_adam_is_torchs(seed: int, steps: int, lr: float, first: float, second: float) -> None:
    ours, *gradients = random_tensors(seed, *[(3,)] * (steps + 1))
    theirs, betas = ours.clone().requires_grad_(), (first, second)
    mean = square = torch.zeros_like(ours)
    optimizer = torch.optim.Adam([theirs], lr=lr, betas=betas)
    for step, gradient in enumerate(gradients, start=1):
        theirs.grad = gradient
        optimizer.step()
        ours, mean, square = PRINTED["adam_step"](ours, gradient, mean, square, step, lr, betas)
    assert torch.allclose(ours, theirs, atol=1e-6)


@SOME
@given(seeds, small, small)
def test_nudging_finds_the_slopes_of_a_smooth_function(seed: int, rows: int, columns: int) -> None:
    x, a = random_tensors(seed, (rows, columns), (rows, columns))

    def function(x: Tensor) -> Tensor:
        return (a * x.sin()).sum()

    assert torch.allclose(PRINTED["slopes"](function, x, 1e-5), a * x.cos(), atol=1e-8)
