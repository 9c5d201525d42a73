"""The loops for boxes, masks and images on a GPU: the host waits for none of their steps."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from cnnbook.applications.aerial.symmetries import random_ways
from cnnbook.applications.defects.training import DefectUNet, paste
from cnnbook.applications.detection import DetectionNetwork
from cnnbook.applications.detection.network import detection_loss
from cnnbook.applications.generation import GanConfig, play
from cnnbook.applications.generation.network import ConvDiscriminator, ConvGenerator
from cnnbook.applications.segmentation.training import AskedBelow, segmentation_loss
from cnnbook.models import UNet
from cnnbook.training.fit import fit, predict
from tests.gpu.waiting import waits

pytestmark = pytest.mark.gpu


def by_fit(model: nn.Module, channels: int, target: Any, loss: Any, change: Any = None) -> Any:
    def work(batches: int) -> None:
        count = 4 * batches
        images = torch.randint(0, 255, (count, channels, 64, 64), dtype=torch.uint8)
        fit(model, images, [target(count)], loss, epochs=1, batch_size=4, change=change)

    return work


def asked(scores: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    return segmentation_loss(scores[:, :11], masks, scores[:, 11:])


def marked(logits: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    weight = logits.new_full((), 10.0)
    return nn.functional.binary_cross_entropy_with_logits(logits, masks, pos_weight=weight)


LOOPS: dict[str, Callable[[], Any]] = {
    "segmentation": lambda: by_fit(
        AskedBelow(UNet(classes=11)),
        1,
        lambda count: torch.randint(0, 11, (count, 64, 64)),
        asked,
    ),
    "detection": lambda: by_fit(
        DetectionNetwork(), 1, lambda count: torch.rand(count, 6, 16, 16).round(), detection_loss
    ),
    "defects": lambda: by_fit(
        DefectUNet(),
        1,
        lambda count: torch.zeros(count, 1, 64, 64),
        marked,
        lambda batch, generator: paste(batch[0], generator),
    ),
    "aerial": lambda: by_fit(
        UNet(in_channels=3, classes=1, widths=(8, 16)),
        3,
        lambda count: torch.rand(count, 1, 64, 64).round(),
        nn.functional.binary_cross_entropy_with_logits,
        random_ways,
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_longer_epoch_has_no_more_waits(name: str) -> None:
    work = LOOPS[name]()
    work(2)
    assert waits(lambda: work(12)) == waits(lambda: work(3))


def test_a_longer_game_has_no_more_waits() -> None:
    images = torch.randint(0, 255, (64, 1, 28, 28), dtype=torch.uint8)
    labels = torch.arange(64) % 10

    def work(steps: int) -> Callable[[], object]:
        config = GanConfig(steps=steps, batch_size=16)
        return lambda: play(ConvGenerator(), ConvDiscriminator(), images, labels, config)

    work(2)()
    assert waits(work(40)) == waits(work(10))


def test_the_loss_of_the_ink_is_the_same_on_both_devices() -> None:
    torch.manual_seed(0)
    scores, masks = torch.randn(2, 21, 16, 16), torch.randint(0, 11, (2, 16, 16))
    here, there = asked(scores, masks), asked(scores.cuda(), masks.cuda())
    assert there.item() == pytest.approx(here.item(), rel=1e-5)


def test_predicting_puts_the_network_back() -> None:
    model = UNet(widths=(8, 16)).eval()
    images = torch.rand(3, 1, 32, 32)
    with torch.no_grad():
        due = model(images)
    torch.testing.assert_close(predict(model, images), due, rtol=1e-3, atol=1e-4)
    assert all(parameter.device.type == "cpu" for parameter in model.parameters())
