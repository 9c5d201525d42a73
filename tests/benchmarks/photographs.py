"""How photographs are read, condition by condition, and what a confidence is worth.

Two thousand made photographs (``tests/photos/made.py``): the first half to design with, the second
to judge by. Run with ``python -m tests.benchmarks.photographs [--half design|judge]``.
"""

import argparse
from collections import Counter, defaultdict
from pathlib import Path

import torch
from PIL import Image

from cnnbook.photos import PhotographError, digit_image
from tests.photos.made import HARD, NOT_ONE_DIGIT, photographs, reader

HALF = 20
SURE = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["design", "judge"], default="design")
    parser.add_argument("--each", type=int, default=HALF)
    parser.add_argument("--save", help="a folder for what is read wrongly")
    options = parser.parse_args()
    model = reader()
    table: dict[str, Counter[str]] = defaultdict(Counter)
    bins: Counter[int] = Counter()
    right_in: Counter[int] = Counter()
    for photograph in photographs(options.each, HALF * (options.half == "judge")):
        row = table[photograph.condition]
        row["all"] += 1
        try:
            image = digit_image(torch.tensor(photograph.pixels))
        except PhotographError as error:
            row["refused"] += 1
            row["why " + str(error).split(";")[0][:60]] += 1
            continue
        with torch.no_grad():
            sure, read = model(image[None, None] / 255).softmax(dim=1)[0].max(dim=0)
        right = int(read) == photograph.digit
        row["right"] += right
        row["sure and wrong"] += not right and float(sure) > SURE
        tenth = min(int(sure * 10), 9)
        bins[tenth] += 1
        right_in[tenth] += right
        if not right and options.save:
            name = f"{photograph.condition}-{row['all']}-{photograph.digit}-as-{int(read)}"
            Image.fromarray(photograph.pixels).save(Path(options.save, f"{name}.png"))
    print(f"{'condition':28s} right refused of  sure and wrong")
    for name, row in table.items():
        reasons = "; ".join(f"{key[4:]} ({n})" for key, n in row.items() if key.startswith("why"))
        counts = (
            f"{row['right']:5d} {row['refused']:7d} {row['all']:2d}  {row['sure and wrong']:14d}"
        )
        print(f"{name:28s} {counts}  {reasons}")
    plain = [row for name, row in table.items() if name not in HARD | NOT_ONE_DIGIT]
    print("sure and wrong:", sum(row["sure and wrong"] for row in table.values()))
    print("where a person reads one digit at once:", end=" ")
    print(sum(row["right"] for row in plain), "right of", sum(row["all"] for row in plain))
    for key in sorted(bins):
        print(f"confidence {key * 10} to {key * 10 + 10} %: {right_in[key]} right of {bins[key]}")


if __name__ == "__main__":
    main()
