"""What skip connections and the terms of the loss are worth: three seeds of each, on record.

``python -m cnnbook.experiments.segmentation FILE`` writes what the chapter on segmentation reads,
run by run; the same command goes on with what is missing. A run takes 40 seconds of one core. All
are judged on the validation scenes. The three last runs, of 100 seconds each, are the chapter's own
training with three seeds, and are judged on the held-out scenes; the chapter repeats the first.
"""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..applications.segmentation.predict import Segmenter
from ..applications.segmentation.training import (
    CLASSES,
    WIDTHS,
    AskedBelow,
    held_out_scenes,
    segmentation_loss,
    trained_network,
    training_scenes,
    validation_scenes,
)
from ..device import describe_processor, kind_and_format
from ..metrics.segmentation import iou_by_class, mistakes_by_distance
from ..models.unet import UNet
from ..training.fit import fit

SCENES = 3000
"""Scenes that each network learns from, each seen once: fewer than the chapter's networks have."""
SEEDS = 3
"""Networks that are trained as the chapter's is."""
RUNS = (
    *(("all three terms", seed) for seed in range(3)),
    *(("without skips", seed) for seed in range(3)),
    *(("all pixels", seed) for seed in range(3)),
)


def trained_variant(variant: str, seed: int, *, data: str = "mnist", scenes: int = SCENES) -> UNet:
    """A network of the study.

    Args:
        variant: ``"all three terms"``, ``"without skips"`` (which has the three terms, too) or
            ``"all pixels"`` (the first term alone).
        seed: of the scenes, the initial weights, and the order of training.
        data: where the digits come from.
        scenes: how many it learns from.
    """
    if variant != "without skips":
        terms = 1 if variant == "all pixels" else 3
        return trained_network(seed, data, terms=terms, scenes=scenes)
    images, masks = training_scenes(seed, data, scenes)
    torch.manual_seed(seed)
    network = UNet(classes=CLASSES, widths=WIDTHS, skips=False)

    def loss(scores: Tensor, due: Tensor) -> Tensor:
        return segmentation_loss(scores[:, :CLASSES], due, scores[:, CLASSES:])

    model = AskedBelow(network)
    fit(model, images, [masks], loss, epochs=1, batch_size=8, lr=0.01, seed=seed)
    return network.eval()


def measured(segmenter: Segmenter, images: Tensor, masks: Tensor) -> dict[str, float]:
    """How good class maps are.

    Args:
        segmenter: makes them.
        images: scenes, uint8 ``(N, 1, H, W)``.
        masks: their classes ``(N, H, W)``.

    Returns:
        ``mean_iou``; ``ink_iou``, of ink with ink whatever the digit; and ``named``, the share of
        the ink in both maps that has the right digit.
    """
    found = segmenter.segment_all(images)
    both = (found > 0) & (masks > 0)
    return {
        "mean_iou": float(iou_by_class(found, masks).nanmean()),
        "ink_iou": float(iou_by_class((found > 0).long(), (masks > 0).long(), classes=2)[1]),
        "named": float((found == masks)[both].double().mean()),
    }


def judged(segmenter: Segmenter, images: Tensor, masks: Tensor) -> dict[str, float]:
    """How good class maps are, as the chapter tells it of its own network.

    Args:
        segmenter: makes them.
        images: scenes, uint8 ``(N, 1, H, W)``.
        masks: their classes ``(N, H, W)``.

    Returns:
        ``accuracy``, ``mean_iou``, ``digits_alone`` (the mean without the ground), and
        ``at_outline``, the share of the mistakes that lie at an outline.
    """
    found = segmenter.segment_all(images)
    iou = iou_by_class(found, masks)
    wrong, _ = mistakes_by_distance(found, masks)
    return {
        "accuracy": float((found == masks).double().mean()),
        "mean_iou": float(iou.nanmean()),
        "digits_alone": float(iou[1:].nanmean()),
        "at_outline": float(wrong[0] / wrong.sum()),
    }


def main(arguments: list[str] | None = None) -> int:
    """Make the runs that the file lacks; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cnnbook.experiments.segmentation", description=__doc__
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="results: read, completed")
    path = parser.parse_args(arguments).file
    content: dict[str, Any] = {}
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
    runs, chapter = content.setdefault("runs", []), content.setdefault("chapter", [])
    scenes, held_out = validation_scenes(), held_out_scenes()

    def keep(run: dict[str, Any]) -> None:
        runs.sort(key=lambda run: RUNS.index((run["variant"], run["seed"])))
        about = {
            "machine": f"{describe_processor()}, {kind_and_format()}, torch {torch.__version__}",
            "date": date.today().isoformat(),
            "scenes": SCENES,
        }
        text = json.dumps({"about": about, "runs": runs, "chapter": chapter}, indent=1) + "\n"
        path.write_text(text, encoding="utf-8")
        print({key: round(v, 3) if isinstance(v, float) else v for key, v in run.items()})

    for variant, seed in RUNS:
        if not any((run["variant"], run["seed"]) == (variant, seed) for run in runs):
            found = measured(Segmenter(trained_variant(variant, seed)), scenes.images, scenes.masks)
            runs.append({"variant": variant, "seed": seed, **found})
            keep(runs[-1])
    for seed in range(len(chapter), SEEDS):
        network = Segmenter(trained_network(seed))
        chapter.append({"seed": seed, **judged(network, held_out.images, held_out.masks)})
        keep(chapter[-1])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
