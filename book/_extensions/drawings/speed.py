"""The time to 99 % of three trainings on one processor, as bars."""

import json
from pathlib import Path
from statistics import median

from .pen import box, group, svg, text

FILE = Path(__file__).parents[2] / "results" / "speed.json"
NAMES = {
    "the notes' loop": "the notes' loop, three epochs",
    "same network, tuned": "same network, shorter schedule, faster loop",
    "whitened network": "smaller network, first layer computed",
}
WIDE = 530


def draw(label):
    """The first bar is parted: what the same steps take in a faster loop, and the rest."""
    found = json.loads(FILE.read_text())
    seconds = {name: median(run["seconds"]) for name, run in found["to_99"].items()}
    # The file has five epochs of it, and three would have done.
    whole = 3 / 5 * seconds["the notes' loop"]
    pairs = zip(found["rates"]["Trainer, batch 64"], found["rates"]["the notes' loop"], strict=True)
    needed = 1 / median(mine / theirs for mine, theirs in pairs)
    parts = []
    for n, (name, words) in enumerate(NAMES.items()):
        y = 24 + 72 * n
        part = needed if not n else seconds[name] / whole
        parts += [
            text(5, y - 6, words, "title", "start"),
            group("output", box(5, y, WIDE * part, 34, True)),
        ]
        if n:
            parts.append(text(WIDE * part + 15, y + 22, f"1/{1 / part:.0f}", anchor="start"))
        else:
            parts += [
                group("plain", box(5 + WIDE * part, y, WIDE * (1 - part), 34, True)),
                text(5 + WIDE * part / 2, y + 22, "the same steps, faster loop"),
                text(5 + WIDE * (1 + part) / 2, y + 22, "what a faster loop saves"),
            ]
    return svg(540, 210, label, *parts)
