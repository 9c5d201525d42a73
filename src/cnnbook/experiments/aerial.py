"""Which ways to lay training tiles help, under the same sun and under another: a study on record.

``python -m cnnbook.experiments.aerial FILE`` trains a U-Net with each choice of ways, for 12 and
for 48 epochs, three seeds each, and judges all of them on tiles that lie apart, under two suns.
Networks are kept as they are made, so that what was stopped goes on. The results that the book
shows are in ``book/results/aerial-ways.json``.
"""

import argparse
import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..applications.aerial.data import made_map
from ..applications.aerial.symmetries import WAYS, probabilities
from ..applications.aerial.tiles import split_tiles
from ..applications.aerial.training import EPOCHS, found_houses, trained_network
from ..device import choose_device, describe_device, describe_processor
from ..metrics.segmentation import mask_iou

ARMS: dict[str, tuple[int, ...]] = {
    "as they lie": (0,),
    "mirrored along the sun": (0, 7),
    "all eight ways": tuple(range(WAYS)),
}
"""In which ways training tiles are laid; way 7 swaps rows and columns, and the north-west stays."""
LENGTHS = (EPOCHS, 4 * EPOCHS)
SEEDS = (0, 1, 2)
SUNS = {"north-west": 315.0, "south-east": 135.0}


def judged(seed: int, ways: Sequence[int], epochs: int) -> list[dict[str, Any]]:
    """What one network reaches, under each sun."""
    network = trained_network(seed, ways=ways, epochs=epochs)
    results = []
    for name, sun in SUNS.items():
        _, test = split_tiles(made_map(0, sun))
        marks = probabilities(network, test.images)[:, 0] > 0.5
        found = found_houses(marks, test.houses)
        results.append({"sun": name, "iou": mask_iou(marks, test.houses), "f1": found.f1})
    return results


def main(arguments: Sequence[str] | None = None) -> None:
    """Make all runs and write them to a file."""
    parser = argparse.ArgumentParser(
        prog="python -m cnnbook.experiments.aerial", description=__doc__
    )
    parser.add_argument("file", type=Path, help="where the results go, as JSON")
    parser.add_argument("--epochs", type=int, nargs="+", default=LENGTHS, help="how long to train")
    options = parser.parse_args(arguments)
    runs = []
    for epochs in options.epochs:
        for seed in SEEDS:
            for arm, ways in ARMS.items():
                settings = {"arm": arm, "epochs": epochs, "seed": seed}
                rows = [settings | row for row in judged(seed, ways, epochs)]
                runs += rows
                scores = ", ".join(f"{row['sun']} {row['iou']:.3f}" for row in rows)
                print(f"{epochs} epochs, seed {seed}, {arm}: {scores}", flush=True)
    lines = ",\n".join("  " + json.dumps(run) for run in runs)
    machine = f"{describe_device(choose_device())}, {describe_processor()}"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    about = f' "machine": {json.dumps(machine)},\n "date": "{today}",\n'
    options.file.write_text(f'{{\n{about} "runs": [\n{lines}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
