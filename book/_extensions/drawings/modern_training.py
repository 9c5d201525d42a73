"""The mistakes of three networks among 10,000 test images, each as a square."""

import json
from pathlib import Path

from .pen import box, group, svg, text

RESULTS = Path(__file__).parents[2] / "results"
SHOWN = {  # what is written above: a file, and the trainings in it
    "note 003": ("five-networks.json", "note 003"),
    "small network": ("modern-training.json", "tiny"),
    "larger network": ("modern-training.json", "modern"),
}
SIDE = 13


def runs_of(file, variant):
    """The runs of one variant that were judged on test images."""
    runs = json.loads((RESULTS / file).read_text())["runs"]
    return [run for run in runs if run["variant"] == variant and run["judged_on"] == "test"]


def draw(label):
    """A field of ten by ten squares for each, filled as far as there are mistakes."""
    parts = []
    for n, (name, (file, variant)) in enumerate(SHOWN.items()):
        runs = runs_of(file, variant)
        wrong = [run["images"] * (1 - run["accuracy"]["plain"]) for run in runs]
        mistakes = round(sum(wrong) / len(wrong))
        left, top = 5 + 190 * n, 50
        squares = [
            box(left + square % 10 * SIDE, top + square // 10 * SIDE, SIDE - 2, SIDE - 2, True)
            for square in range(mistakes)
        ]
        parts += [
            text(left, 18, name, "title", "start"),
            text(left, 38, f"{runs[0]['parameters']:,} parameters", "faint", "start"),
            group("output", *squares),
            group("plain", box(left - 2, top - 2, 10 * SIDE + 2, 10 * SIDE + 2)),
            text(left, top + 10 * SIDE + 22, f"{mistakes} mistakes", "title", "start"),
        ]
    return svg(540, 214, label, *parts)
