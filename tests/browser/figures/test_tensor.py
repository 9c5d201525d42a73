"""The figures' arithmetic against PyTorch, on random settings."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import Page
from torch.nn import functional as F

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]


@pytest.fixture
def call(open_figures: Callable[..., Page]) -> Callable[..., Any]:
    """Calls a function of tensor.js in the page, once for each list of arguments."""
    page = open_figures()

    def call_each(name: str, calls: list[list[Any]]) -> Any:
        script = "([name, calls]) => calls.map(c => cnnbookFigures.tensor[name](...c))"
        return page.evaluate(script, [name, calls])

    return call_each


def compare(found: Any, due: torch.Tensor) -> None:
    torch.testing.assert_close(torch.tensor(found, dtype=torch.float64), due)


def random_matrix(rows: int, columns: int) -> torch.Tensor:
    return torch.randn(rows, columns, dtype=torch.float64)


def test_conv2d_with_stride_padding_dilation_and_flip(call: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    draw = random.Random(0)
    calls, due, sizes = [], [], []
    for _ in range(60):
        x = random_matrix(draw.randint(5, 9), draw.randint(5, 9))
        k = random_matrix(draw.randint(1, 3), draw.randint(1, 3))
        settings: dict[str, Any] = {
            "stride": draw.randint(1, 3),
            "padding": draw.randint(0, 2),
            "dilation": draw.randint(1, 2),
        }
        flip = draw.random() < 0.5
        weights = k.flip(0, 1) if flip else k
        calls.append([x.tolist(), k.tolist(), {**settings, "flip": flip}])
        due.append(F.conv2d(x[None, None], weights[None, None], **settings)[0, 0])
        sizes.append([x.shape[0], k.shape[0], settings])
    for found, answer in zip(call("conv2d", calls), due, strict=True):
        compare(found, answer)
    assert call("outputSize", sizes) == [len(answer) for answer in due]


def test_products_add_up_to_the_output(call: Callable[..., Any]) -> None:
    torch.manual_seed(1)
    draw = random.Random(1)
    for _ in range(5):
        x, k = random_matrix(6, 7), random_matrix(2, 3)
        settings: dict[str, Any] = {
            "stride": draw.randint(1, 2),
            "padding": draw.randint(0, 1),
            "dilation": 2,
        }
        output = F.conv2d(x[None, None], k[None, None], **settings)[0, 0]
        places = [[i, j] for i in range(output.shape[0]) for j in range(output.shape[1])]
        calls = [[x.tolist(), k.tolist(), place, settings] for place in places]
        for place, terms in zip(places, call("products", calls), strict=True):
            assert sum(term["product"] for term in terms) == pytest.approx(float(output[*place]))


def test_poolings_and_moves(call: Callable[..., Any]) -> None:
    torch.manual_seed(2)
    images = [random_matrix(8, 10) for _ in range(5)]
    plain = [[x.tolist()] for x in images]
    for size, stride in [(2, 2), (2, 1), (3, 2)]:
        calls = [[x.tolist(), size, stride] for x in images]
        for x, largest, mean in zip(
            images, call("maxPool2d", calls), call("avgPool2d", calls), strict=True
        ):
            compare(largest, F.max_pool2d(x[None], size, stride)[0])
            compare(mean, F.avg_pool2d(x[None], size, stride)[0])
    row = torch.tensor([1.0, 2, 1], dtype=torch.float64)
    blur = (torch.outer(row, row) / 16)[None, None]
    for x, blurred in zip(images, call("blurPool2d", plain), strict=True):
        padded = F.pad(x[None, None], (1, 1, 1, 1), mode="reflect")
        compare(blurred, F.conv2d(padded, blur, stride=2)[0, 0])
    rolled = call("roll", [[x.tolist(), 3, -2] for x in images])
    for x, found in zip(images, rolled, strict=True):
        compare(found, x.roll((3, -2), dims=(0, 1)))
    changes = call("change", [[x.tolist(), x.roll(1, 0).tolist()] for x in images])
    for x, found in zip(images, changes, strict=True):
        assert found == pytest.approx(float((x.roll(1, 0) - x).norm() / x.norm()))
    for x, found in zip(images, call("centre", plain), strict=True):
        rows, columns = torch.arange(8.0), torch.arange(10.0)
        due = [float((x.sum(1) * rows).sum()), float((x.sum(0) * columns).sum())]
        assert found == pytest.approx([place / float(x.sum()) for place in due])


def random_layers(draw: random.Random) -> list[dict[str, int]]:
    return [
        {
            "kernel": draw.randint(1, 4),
            "stride": draw.randint(1, 2),
            "dilation": draw.randint(1, 2),
            "padding": draw.randint(0, 2),
        }
        for _ in range(draw.randint(1, 4))
    ]


def test_fields_and_paths(call: Callable[..., Any]) -> None:
    """Paths are gradients where all weights are one; the recursion is the package's."""
    from cnnbook.arithmetic import ReceptiveField

    draw = random.Random(3)
    for _ in range(20):
        layers = random_layers(draw)
        fields = call("receptiveFields", [[40, layers]])[0]
        known, x = ReceptiveField(), torch.zeros(1, 1, 40, dtype=torch.float64, requires_grad=True)
        output = x
        for layer, found in zip(layers, fields[1:], strict=True):
            known = known.through(
                layer["kernel"], layer["stride"], layer["padding"], layer["dilation"]
            )
            ones = torch.ones(1, 1, layer["kernel"], dtype=torch.float64)
            step: dict[str, Any] = {name: size for name, size in layer.items() if name != "kernel"}
            output = F.conv1d(output, ones, **step)
            assert (found["size"], found["jump"]) == (known.size, known.jump)
            assert found["start"] == known.pixels(0).start
            assert found["units"] == output.shape[2]
        unit = draw.randrange(output.shape[2])
        (due,) = torch.autograd.grad(output[0, 0, unit], x)
        paths = call("pathCounts", [[40, layers, len(layers), unit]])[0]
        assert paths[0] == due[0, 0].tolist()


def test_one_window_forward_and_back(call: Callable[..., Any]) -> None:
    torch.manual_seed(4)
    for _ in range(10):
        x, w = torch.randn(2, 2, dtype=torch.float64).requires_grad_().unbind(0)
        b, t = torch.randn(2, dtype=torch.float64).requires_grad_().unbind(0)
        p = x * w
        z = p.sum() + b
        a = torch.relu(z)
        loss = (a - t) ** 2 / 2
        due = torch.autograd.grad(loss, [x, w, b, t, p, z, a])
        given = {"pixels": x.tolist(), "weights": w.tolist(), "bias": b.item(), "wanted": t.item()}
        (values,) = call("forwardWindow", [[given]])
        assert values["loss"] == pytest.approx(loss.item())
        assert (values["sum"], values["answer"]) == pytest.approx((z.item(), a.item()))
        (found,) = call("backwardWindow", [[given, values]])
        names = ["pixels", "weights", "bias", "wanted", "products", "sum", "answer"]
        for name, gradient in zip(names, due, strict=True):
            compare(found[name], gradient)
