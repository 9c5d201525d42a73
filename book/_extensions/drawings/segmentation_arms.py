"""What skip connections and the asked digit are for: the recorded runs, as bars."""

import json
from pathlib import Path

from .pen import box, group, svg, text

RECORD = Path(__file__).parents[2] / "results" / "segmentation.json"
MEASURES = {"mean_iou": "mean IoU", "ink_iou": "ink with ink", "named": "right digit"}
ARMS = {"all three terms": "output", "without skips": "input", "all pixels": "plain"}
HEIGHT, FLOOR = 130, 190


def means():
    """For each measure the mean of each arm's runs, in the order of ``ARMS``."""
    runs = json.loads(RECORD.read_text(encoding="utf-8"))["runs"]
    found = {}
    for measure in MEASURES:
        by_arm = {arm: [run[measure] for run in runs if run["variant"] == arm] for arm in ARMS}
        found[measure] = [sum(values) / len(values) for values in by_arm.values()]
    return found


def draw(label):
    """Three groups of three bars, each with its number of hundredths."""
    parts = []
    for place, (measure, values) in enumerate(means().items()):
        left = 30 + 170 * place
        for n, (value, kind) in enumerate(zip(values, ARMS.values(), strict=True)):
            x, high = left + 46 * n, HEIGHT * value
            parts.append(group(kind, box(x, FLOOR - high, 38, high, marked=True)))
            parts.append(text(x + 19, FLOOR - high - 6, f"{100 * value:.0f}"))
        parts.append(text(left + 65, FLOOR + 20, MEASURES[measure], "title"))
    for n, (arm, kind) in enumerate(ARMS.items()):
        parts.append(group(kind, box(30 + 175 * n, 12, 14, 14, marked=True)))
        parts.append(text(52 + 175 * n, 24, arm, anchor="start"))
    return svg(535, 220, label, *parts)
