"""Architectures, one a file, and a registry of those that have a name."""

from collections.abc import Callable
from typing import Any

from torch import nn

from .alexnet import AlexNet
from .lenet5 import MEAN_STD, LeNet5, modern_lenet
from .mlp import MLP
from .normalized_cnn import NormalizedCNN
from .resnet import BasicBlock, Bottleneck, ResNet
from .small_cnn import SmallCNN
from .unet import UNet
from .vgg import VGG
from .whitened_cnn import WhitenedCNN

__all__ = [
    "MLP",
    "VGG",
    "AlexNet",
    "BasicBlock",
    "Bottleneck",
    "LeNet5",
    "NormalizedCNN",
    "ResNet",
    "SmallCNN",
    "UNet",
    "WhitenedCNN",
    "build",
    "modern_lenet",
    "names",
    "settings_for",
]

_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "alexnet": lambda **changes: AlexNet(**AlexNet.SMALL | changes),
    "lenet5": LeNet5,
    "lenet5-modern": modern_lenet,
    "mlp": MLP,
    "modern": lambda **changes: NormalizedCNN(**NormalizedCNN.SIZES["modern"] | changes),
    "note-000": lambda **changes: SmallCNN(**SmallCNN.NOTES["000"] | changes),
    "note-001": lambda **changes: SmallCNN(**SmallCNN.NOTES["001"] | changes),
    "note-003": lambda **changes: SmallCNN(**SmallCNN.NOTES["003"] | changes),
    "note-004": lambda **changes: SmallCNN(**SmallCNN.NOTES["004"] | changes),
    "plain": lambda **changes: ResNet(**ResNet.SMALL | {"residual": False} | changes),
    "resnet": lambda **changes: ResNet(**ResNet.SMALL | changes),
    "tiny": lambda **changes: NormalizedCNN(**NormalizedCNN.SIZES["tiny"] | changes),
    "vgg": lambda **changes: VGG(**VGG.SMALL | changes),
    "whitened": WhitenedCNN,
}

_SETTINGS: dict[str, dict[str, Any]] = {
    "lenet5": {"loss": "discriminative", "normalize": MEAN_STD},
    "lenet5-modern": {"normalize": MEAN_STD},
}


def names() -> tuple[str, ...]:
    """The models that :func:`build` knows, in the order of the alphabet.

    >>> names()[:3]
    ('alexnet', 'lenet5', 'lenet5-modern')
    """
    return tuple(_BUILDERS)


def build(name: str, **changes: Any) -> nn.Module:
    """A freshly initialised model.

    Args:
        name: one of :func:`names`; ``lenet5`` is that of 1998, ``note-000`` to ``note-004`` are
            the networks of the study notes that the book mirrors, ``modern`` and ``tiny`` are those
            of the chapter on modern training, ``whitened`` is made for speed; ``alexnet``, ``vgg``,
            ``resnet`` and ``plain`` (a ResNet without its ways around) are small editions of the
            networks of the chapter on architectures.
        changes: constructor arguments that differ from the named model's.

    Raises:
        ValueError: for an unknown name.

    >>> sum(p.numel() for p in build("note-003").parameters())
    215370
    """
    if name not in _BUILDERS:
        raise ValueError(f"there is no model {name!r}; there are {', '.join(names())}")
    return _BUILDERS[name](**changes)


def settings_for(name: str) -> dict[str, Any]:
    """The settings of :class:`cnnbook.training.TrainConfig` that a model is made for.

    LeNet-5's scores are no logits, and its pixels run from -0.1 to 1.175: with cross-entropy, or
    with pixels from 0 to 1, it would train badly and say nothing. ``cnnbook train`` begins with
    these settings; what is given on the command line goes before them.

    Raises:
        ValueError: for an unknown name.

    >>> settings_for("lenet5")["loss"], settings_for("note-003")
    ('discriminative', {})
    """
    if name not in _BUILDERS:
        raise ValueError(f"there is no model {name!r}; there are {', '.join(names())}")
    return dict(_SETTINGS.get(name, {}))
