"""What two notes report, and five trainings of each of their networks."""

import json
from pathlib import Path

from .pen import box, dot, group, line, svg, text

REPORTED = {"note 003": 98.94, "note 004": 98.08}
LOW, HIGH = 97.6, 99.2
FILE = Path(__file__).parents[2] / "results" / "five-networks.json"


def accuracies(variant):
    """The accuracies of a network's trainings, in percent of the test images."""
    runs = json.loads(FILE.read_text())["runs"]
    return [100 * run["accuracy"]["plain"] for run in runs if run["variant"] == variant]


def place(accuracy):
    """Where an accuracy lies from left to right."""
    return 90 + 420 * (accuracy - LOW) / (HIGH - LOW)


def draw(label):
    """A line for each note, with a stroke at what it reports and a dot for each training."""
    parts = []
    for n, (note, reported) in enumerate(REPORTED.items()):
        y = 66 + 78 * n
        scores = accuracies(note)
        left, right = place(min(scores)), place(max(scores))
        parts += [
            text(5, y + 5, note, "title", "start"),
            line([(place(LOW), y), (place(HIGH), y)]),
            group("output", box(left - 7, y - 11, right - left + 14, 22, True, 11)),
            *(dot(place(score), y, "output", 4.5) for score in scores),
            line([(place(reported), y - 20), (place(reported), y + 20)], thick=True),
            text(place(reported), y - 27, f"reports {reported} %"),
        ]
    parts += [line([(place(LOW), 186), (place(HIGH), 186)])]
    for percent in (98, 98.5, 99):
        parts += [
            line([(place(percent), 182), (place(percent), 190)]),
            text(place(percent), 207, f"{percent} %", "faint"),
        ]
    return svg(530, 216, label, *parts)
