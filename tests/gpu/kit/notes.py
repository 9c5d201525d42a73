"""The Trainer against the loop that the notes teach, in turn, on this machine."""

import statistics

from tests.benchmarks.training_speed import Contestant, started
from tests.gpu.kit.found import begin

NAMES = ("the notes' loop", "Trainer, batch 64", "Trainer, batch 256", "Trainer, batch 256, bf16")


def main() -> None:
    """Rounds of whole epochs; the first one warms up."""
    findings, small = begin()
    images, rounds = (640, 1) if small else (60_000, 3)
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    contestants = [Contestant(name) for name in NAMES]
    started(contestants)
    for number in range(-1, rounds):
        for contestant in contestants:
            count = 6_400 if number < 0 and not small else images
            epochs = 1 if contestant.name == NAMES[0] or small else 5
            answer = contestant.train(count, epochs=epochs, seed=max(number, 0))
            if number >= 0:
                found[contestant.name].append(epochs * count / answer["seconds"])
    for contestant in contestants:
        contestant.__exit__(None, None, None)
    notes = found[NAMES[0]]
    for name, rates in found.items():
        ratios = [a / b for a, b in zip(rates, notes, strict=True)]
        findings.add(
            f"- {name}: {statistics.median(rates):,.0f} images/s, "
            f"{statistics.median(ratios):.2f} times the notes' ({min(ratios):.2f} to "
            f"{max(ratios):.2f}, {rounds} rounds)",
            rates=found,
        )


if __name__ == "__main__":
    main()
