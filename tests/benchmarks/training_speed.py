"""Measure training: images per second and seconds to 99 %, against the notes' loop and Lightning.

Every contestant is a process of its own, and they take turns: a machine that gets slower or faster
does so for all. ``make bench`` runs the short form; the long one takes about an hour on two cores:

    python -m tests.benchmarks.training_speed --rounds 9 --images 19200 --seeds 20 --json FILE
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from cnnbook import models
from cnnbook.benchmark import kernel_rates
from cnnbook.device import choose_device, describe_device, describe_processor, supports_tf32
from cnnbook.experiments.recipes import RECIPES
from cnnbook.interpret.summary import trace
from cnnbook.training.precision import resolved
from tests.benchmarks.contestants import LARGE, bare_loop, by_trainer

HERE = Path(__file__).parent
NOTES = "the notes' loop"
RATES = [
    NOTES, "Lightning", "Lightning, images in memory", "Trainer, batch 64",
    "Trainer, batch 256", "Trainer, batch 256, bf16", "bare loop, batch 256",
    "bare loop, freed memory given back",
]  # fmt: skip


class Contestant:
    """A process that trains when asked to."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> Self:
        command = [sys.executable, str(HERE / "contestants.py"), self.name]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._ready = False
        return self

    def wait_until_ready(self) -> None:
        """Until it has imported what it needs: several do so side by side."""
        if not self._ready:
            self._read()
            self._ready = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def train(
        self, images: int, *, epochs: int = 1, seed: int = 0, judge: bool = False
    ) -> dict[str, Any]:
        """Seconds and, where asked for, test accuracy of a training."""
        self.wait_until_ready()
        request = {"images": images, "epochs": epochs, "seed": seed, "judge": judge}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} has ended; its message is above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def started(contestants: Iterable[Contestant]) -> None:
    """Start processes side by side, and wait until all have imported what they need."""
    for contestant in contestants:
        contestant.__enter__()
    for contestant in contestants:
        contestant.wait_until_ready()


def flop_per_image(model_name: str) -> int:
    """Operations of a training step for an image: forward, by the weights, by the input.

    The first layer's input needs no gradient. A multiply-add counts as two operations.
    """
    model = models.build(model_name)
    records = [r for r in trace(model, (1, 1, 28, 28)) if r.multiply_adds]
    learned = {name.rpartition(".")[0] for name, p in model.named_parameters() if p.requires_grad}
    passes, needed = 0, False
    for record in records:
        forward = 1 + (record.name in learned) + needed
        passes += forward * record.multiply_adds
        needed = needed or record.name in learned
    return 2 * passes


def rates(rounds: int, images: int) -> dict[str, list[float]]:
    """Images per second of each contestant, round by round."""
    found: dict[str, list[float]] = {}
    names = [name for name in RATES if "Lightning" not in name or has_lightning()]
    for name in names:
        found[name] = []
    open_now = [Contestant(name) for name in names]
    started(open_now)
    for number in range(-1, rounds):  # the first round warms up
        first = number % len(open_now)
        for contestant in open_now[first:] + open_now[:first]:
            seconds = contestant.train(images, seed=max(number, 0))["seconds"]
            if number >= 0:
                found[contestant.name].append(images / seconds)
    for contestant in open_now:
        contestant.__exit__(None, None, None)
    return found


def overhead(rounds: int, images: int) -> list[float]:
    """Processor time of the Trainer over that of a bare loop with the same steps, round by round.

    One thread and its own time: what other processes do hardly shows, so that a few per cent can be
    told, which wall-clock times of two threads cannot.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    both: dict[str, Callable[[], object]] = {
        "trainer": lambda: by_trainer("note-003", LARGE, images, 0),
        "bare": lambda: bare_loop(LARGE, images, 0),
    }
    found = []
    for number in range(-1, rounds):
        taken = {}
        for name in sorted(both, reverse=bool(number % 2)):
            started = time.process_time()
            both[name]()
            taken[name] = time.process_time() - started
        if number >= 0:
            found.append(taken["trainer"] / taken["bare"])
    torch.set_num_threads(threads)
    return found


def kernels_of(device: torch.device) -> dict[str, dict[str, float]]:
    """Operations per second of products and of the network's own layers, by number format."""
    images = torch.rand(256, 1, 28, 28, device=device)
    large = device.type == "cuda"
    formats = ["fp32", *(["tf32"] if large and supports_tf32(device) else []), "bf16"]
    return {
        precision: kernel_rates(
            models.build("note-003"),
            images,
            precision=precision,
            sizes=(2048, 4096, 8192) if large else (512, 1024, 2048),
            seconds=0.5,
        )
        for precision in formats
    }


def has_lightning() -> bool:
    """Whether Lightning is installed; it is not part of the book."""
    return importlib.util.find_spec("lightning") is not None


def to_99(seeds: int, epochs: int) -> dict[str, dict[str, Any]]:
    """Seconds and test accuracies of each recipe and of the notes' loop, seed by seed."""
    names = [NOTES, *RECIPES]
    found: dict[str, dict[str, Any]] = {name: {"seconds": [], "accuracy": []} for name in names}
    open_now = {name: Contestant(name) for name in names}
    started(open_now.values())
    for seed in range(-1, seeds):  # the first round warms up
        for name, contestant in open_now.items():
            slow = name == NOTES
            if slow and seed < 0:
                contestant.train(6_400)
                continue
            if slow and seed >= min(seeds, 3):
                continue  # its time is known, and takes most of the benchmark's
            answer = contestant.train(60_000, epochs=epochs, seed=max(seed, 0), judge=True)
            if seed >= 0:
                for key in ("seconds", "accuracy"):
                    found[name][key].append(answer[key])
    for contestant in open_now.values():
        contestant.__exit__(None, None, None)
    return found


def report(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [f"{results['machine']}, {results['rounds']} rounds of {results['images']} images", ""]
    lines += [
        "| | images/s | times the notes' loop | share of the best kernel's rate |",
        "|---|---|---|---|",
    ]
    notes = results["rates"][NOTES]
    flop = results["flop_per_image"]
    best = max(rate for rates in results["kernels"].values() for rate in rates.values())
    for name, found in results["rates"].items():
        ratio = [a / b for a, b in zip(found, notes, strict=True)]
        share = statistics.median(found) * flop / best
        lines.append(
            f"| {name} | {statistics.median(found):,.0f} | {statistics.median(ratio):.2f} "
            f"({min(ratio):.2f} to {max(ratio):.2f}) | {100 * share:.0f} % |"
        )
    ratio = results["overhead"]
    lines += [
        "",
        f"Trainer over bare loop, processor time: {statistics.median(ratio):.3f} "
        f"({min(ratio):.3f} to {max(ratio):.3f})",
    ]
    if not results["to_99"]:
        return "\n".join(lines)
    lines += ["", "| | test accuracy | seconds | times sooner |", "|---|---|---|---|"]
    slow = statistics.median(results["to_99"][NOTES]["seconds"])
    for name, found in results["to_99"].items():
        scores = [100 * score for score in found["accuracy"]]
        spread = statistics.stdev(scores) if len(scores) > 1 else 0.0
        seconds = statistics.median(found["seconds"])
        lines.append(
            f"| {name} | {statistics.mean(scores):.2f} ± {spread:.2f} ({len(scores)} seeds) "
            f"| {seconds:.2f} | {slow / seconds:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=6_400)
    parser.add_argument("--seeds", type=int, default=0, help="of the trainings to 99 %%; 0: none")
    parser.add_argument("--epochs", type=int, default=5, help="of the notes' loop, to reach 99 %%")
    parser.add_argument("--json", type=Path, help="write the results there")
    parser.add_argument(
        "--only-to-99", action="store_true", help="measure that, and keep the rest of the file"
    )
    options = parser.parse_args()
    if not has_lightning():
        print("Lightning is not installed and left out: pip install 'cnnbook[bench]'")
    device = choose_device()
    if options.only_to_99:
        results = json.loads(options.json.read_text())
        results["to_99"] = to_99(options.seeds, options.epochs)
        print(report(results))
        options.json.write_text(json.dumps(results, indent=1) + "\n")
        return
    results = {
        "machine": f"{describe_device(device)}, {describe_processor()}, torch {torch.__version__}",
        "date": date.today().isoformat(),
        "rounds": options.rounds,
        "images": options.images,
        "flop_per_image": flop_per_image("note-003"),
        "precision": {name: resolved(name, device) for name in ("fp32", "bf16", "auto")},
        "kernels": kernels_of(device),
        "overhead": overhead(2 * options.rounds, options.images),
        "rates": rates(options.rounds, options.images),
        "to_99": to_99(options.seeds, options.epochs) if options.seeds else {},
    }
    print(report(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
