"""The scenes to learn from and to be judged by; the network that learned, made once and kept."""

import torch

from ...cache import code_digest
from ...cache.store import cached
from ...datasets import load
from ...device import kind_and_format
from ...training.fit import fit
from ..scenes import DigitScenes, digit_scenes
from .grid import encode
from .network import DetectionNetwork, detection_loss

SCENES, SIDE = 3000, 64
HELD_OUT_SEED = 1_000_000
"""Far from the seeds of the scenes for training."""


def training_scenes(seed: int, data: str = "mnist", count: int = SCENES) -> DigitScenes:
    """The scenes that the detector with this seed learns from; fewer of few digits.

    Args:
        seed: each has scenes of its own.
        data: where the digits come from; the training images are used.
        count: the first of them.
    """
    digits = load(data, "train")
    return digit_scenes(digits, min(count, 2 * len(digits)), seed, side=SIDE)


def held_out_scenes(count: int = 500, data: str = "mnist") -> DigitScenes:
    """Scenes to be judged by, always the same ones, made of the test images.

    Args:
        count: scenes.
        data: where the digits come from.

    Raises:
        ValueError: if there is to be no scene.
    """
    return digit_scenes(load(data, "test"), count, HELD_OUT_SEED, side=SIDE)


def trained_network(seed: int = 0, data: str = "mnist") -> DetectionNetwork:
    """The network of the detector, in evaluation mode on the CPU: the kept one, else a new one.

    Args:
        seed: of the scenes, the initial weights, and the order of training.
        data: where the digits come from.

    Raises:
        NotCached: if it is not kept and ``CNNBOOK_RUNS`` is ``read-only``.
        DataError: if the data cannot be had.
    """
    network = DetectionNetwork()
    content, _ = cached(
        "detector",
        lambda: {"weights": _trained(seed, data).state_dict()},
        code=code_digest.imported_code("applications/detection/training.py"),
        settings={
            "data": load(data, "train").digest,
            "seed": seed,
            "device": kind_and_format(),
        },
        check=lambda content: network.load_state_dict(content["weights"]),
    )
    network.load_state_dict(content["weights"])
    return network.eval()


def _trained(seed: int, data: str) -> DetectionNetwork:
    scenes = training_scenes(seed, data)
    targets = encode(scenes.boxes, scenes.labels, SIDE)
    torch.manual_seed(seed)  # `cached` gives the caller's state back
    network = DetectionNetwork()
    fit(
        network,
        scenes.images,
        [targets],
        detection_loss,
        epochs=2,
        batch_size=16,
        lr=0.01,
        seed=seed,
    )
    return network
