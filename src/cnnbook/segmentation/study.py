"""What the terms of the loss and the skip connections are worth: three seeds of each, on record.

``python -m cnnbook.segmentation.study FILE`` writes what the chapter on segmentation reads: twelve
trainings, a few minutes of one core. All are judged on the validation scenes.
"""

import argparse
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import torch

from ..device import describe_processor, kind_and_format
from .judging import iou_by_class
from .learning import SCENES, trained_network, validation_scenes
from .segmenter import Segmenter

SEEDS = (0, 1, 2)
VARIANTS: dict[str, dict[str, Any]] = {
    "all three terms": {},
    "all pixels": {"terms": 1},
    "and ink among digits": {"terms": 2},
    "without skips": {"skips": False},
}


def measured(segmenter: Segmenter, images: torch.Tensor, masks: torch.Tensor) -> dict[str, float]:
    """Mean IoU of scenes, and of their ink alone: ``mean_iou``, ``ink_iou``, ``named``.

    ``named`` is the share, of the ink that is found, that has the right digit.
    """
    found = segmenter.segment_all(images)
    inks = (found > 0).long(), (masks > 0).long()
    both = (found > 0) & (masks > 0)
    return {
        "mean_iou": float(iou_by_class(found, masks).nanmean()),
        "ink_iou": float(iou_by_class(*inks, classes=2)[1]),
        "named": float((found == masks)[both].double().mean()),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the study and write its results; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cnnbook.segmentation.study", description=__doc__
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where the results go")
    path = parser.parse_args(arguments).file
    scenes = validation_scenes()
    runs: list[dict[str, Any]] = []
    for name, settings in VARIANTS.items():
        for seed in SEEDS:
            segmenter = Segmenter(trained_network(seed, **settings))
            found = measured(segmenter, scenes.images, scenes.masks)
            runs.append({"variant": name, "seed": seed, **found})
            print(name, seed, {key: round(value, 3) for key, value in found.items()}, flush=True)
    about = {
        "machine": f"{describe_processor()}, {kind_and_format()}, torch {torch.__version__}",
        "date": date.today().isoformat(),
        "scenes": SCENES,
        "processor_seconds": round(time.process_time()),
    }
    path.write_text(json.dumps({"about": about, "runs": runs}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
