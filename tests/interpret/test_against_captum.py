"""What the book writes by hand of attribution agrees with captum."""

import pytest
import torch
from captum.attr import LayerGradCam, Occlusion
from torch import Tensor, nn

from cnnbook.interpret import class_activation_map, occlusion_map


def network(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.Tanh(),
        nn.Flatten(), nn.Linear(5 * 4 * 3, 3),
    ).eval()  # fmt: skip


class Cropped(nn.Module):
    """A network that does not see the first rows and columns."""

    def __init__(self, model: nn.Module, count: int) -> None:
        super().__init__()
        self.model, self.count = model, count

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.model(images[:, :, self.count :, self.count :])
        return scores


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("layer", ["0", "1", "3", "4"])
def test_grad_cam_is_captums(seed: int, layer: str) -> None:
    model, image = network(seed), torch.randn(2, 12, 10)
    for label in range(3):
        due = LayerGradCam(model, model.get_submodule(layer)).attribute(
            image[None], label, relu_attributions=True
        )[0, 0]
        found = class_activation_map(model, image, label, layer, upsample=False)
        torch.testing.assert_close(found, due.detach(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("fill", [0.0, 0.7])
def test_occlusion_by_squares_side_by_side_is_captums(seed: int, size: int, fill: float) -> None:
    model, image = network(seed), torch.rand(2, 12, 10)
    # Our squares lie around their places, captum's begin there: its image begins earlier.
    before = size // 2
    earlier = nn.functional.pad(image, (before, 0, before, 0), value=fill)
    due = Occlusion(Cropped(model, before)).attribute(
        earlier[None],
        (2, size, size),
        strides=(2, size, size),
        baselines=fill,
        target=1,
    )[0, 0, ::size, ::size]
    found = occlusion_map(model, image, 1, size=size, stride=size, fill=fill)
    torch.testing.assert_close(found, due[: found.shape[0], : found.shape[1]], rtol=1e-4, atol=1e-5)
