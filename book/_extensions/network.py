"""The network that runs in the page: its weights on the way through a training, as a script.

They take a quarter of their room: those of the fully connected layers, which are nearly all, are
whole numbers from −127 to 127 times a scale of their output's own. The figure computes with what is
unpacked, and so do the tests in PyTorch.
"""

import json
from base64 import b64decode, b64encode

import numpy as np
import torch

from cnnbook.cache.trained import NotCached as NotCached
from cnnbook.experiments.checkpoints import STEPS, stopped_after

LARGEST = 127


def script():
    """What a page loads: all checkpoints, by name ``cnnbookNetwork``."""
    looks = []
    for steps in STEPS:
        found = stopped_after(steps)
        looks.append(
            {
                "steps": found.steps,
                "accuracy": round(found.accuracy, 4),
                "weights": packed(found.model.state_dict()),
            }
        )
    return f"globalThis.cnnbookNetwork = {json.dumps(looks, separators=(',', ':'))};\n"


def packed(weights):
    """Weights as text: matrices as small whole numbers and a scale for each row."""
    parts = {}
    for name, values in weights.items():
        part = {"shape": list(values.shape)}
        if values.ndim == 2:
            scales = values.abs().amax(dim=1).clamp(min=1e-12) / LARGEST
            whole = (values / scales[:, None]).round().to(torch.int8)
            part |= {"int8": text(whole.numpy()), "scales": text(scales.float().numpy())}
        else:
            part["float32"] = text(values.float().numpy())
        parts[name] = part
    return parts


def unpacked(parts):
    """The weights that a page computes with."""
    weights = {}
    for name, part in parts.items():
        if "int8" in part:
            whole = torch.from_numpy(numbers(part["int8"], np.int8)).view(part["shape"])
            scales = torch.from_numpy(numbers(part["scales"], np.float32))
            weights[name] = whole * scales[:, None]
        else:
            values = numbers(part["float32"], np.float32)
            weights[name] = torch.from_numpy(values).view(part["shape"])
    return weights


def text(values):
    """Numbers as text; those of several bytes with the least one first."""
    return b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()


def numbers(written, kind):
    """The numbers of a text."""
    return np.frombuffer(b64decode(written), np.dtype(kind).newbyteorder("<")).astype(kind)
