"""Where the time of an epoch goes: kernels, launches, waits."""

from collections import Counter
from dataclasses import replace
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from cnnbook import models
from cnnbook.datasets import load
from cnnbook.datasets.batches import Batches
from cnnbook.device import choose_device, current
from cnnbook.experiments.recipes import RECIPES
from cnnbook.training import Trainer
from cnnbook.training.loop import TrainingLoop
from cnnbook.training.placement import placed
from cnnbook.training.precision import kernels
from cnnbook.training.steps import classification_step
from tests.gpu.kit.found import begin


def main() -> None:
    """Profile an epoch of each recipe, after one that is not looked at."""
    findings, small = begin()
    device = choose_device()
    data = load("mnist", "train").subset(range(2_000 if small else 20_000))
    for name, recipe in RECIPES.items():
        trainer = Trainer(recipe.config)
        model = models.build(recipe.model)
        batches = Batches(data, recipe.config.batch_size, device, shuffle=True, channels_last=True)
        with (
            current(device),
            kernels(trainer.precision, device),
            placed(model, device, channels_last=True),
        ):
            config = replace(recipe.config, max_steps=None, epochs=3)
            step = classification_step(model, 10, config, device, trainer.precision)
            loop = TrainingLoop(step, config, batches, device)
            loop.run_epoch()
            loop.end_epoch()
            activities = [ProfilerActivity.CPU]
            if device.type == "cuda":
                activities.append(ProfilerActivity.CUDA)
            with profile(activities=activities) as seen:
                loop.run_epoch()
        _tell(name, seen, len(batches), findings, device)


def _tell(name: str, seen: Any, steps: int, findings: Any, device: torch.device) -> None:
    on_device = device.type == "cuda"
    took: Counter[str] = Counter()
    times: Counter[str] = Counter()
    host: Counter[str] = Counter()
    first, last = float("inf"), 0.0
    for event in seen.events():
        if on_device and event.device_type.name == "CUDA":
            took[event.name] += event.time_range.elapsed_us()
            times[event.name] += 1
            first = min(first, event.time_range.start)
            last = max(last, event.time_range.end)
        elif event.name.startswith("cuda"):
            host[event.name] += 1
        elif not on_device:
            took[event.name] += event.self_cpu_time_total
            times[event.name] += 1
    busy, wall = sum(took.values()), last - first if on_device else sum(took.values())
    findings.add(
        f"- {name}: {steps} steps, {wall / steps:.0f} µs each, of which the GPU computes "
        f"{busy / steps:.0f} µs in {sum(times.values()) / steps:.0f} kernels",
        "  host: " + ", ".join(f"{key} {count}" for key, count in host.most_common(6)),
        *(
            f"  {micro / steps:6.1f} µs {times[kernel] / steps:5.1f} times {kernel[:110]}"
            for kernel, micro in took.most_common(22)
        ),
        **{
            name: {"steps": steps, "wall_us": wall, "busy_us": busy, "kernels": sum(times.values())}
        },
    )


if __name__ == "__main__":
    main()
