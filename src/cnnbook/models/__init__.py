"""Architectures, one a file, and a registry of those that have a name."""

from collections.abc import Callable
from typing import Any

from torch import nn

from .mlp import MLP
from .small_cnn import SmallCNN
from .whitened_cnn import WhitenedCNN

__all__ = ["MLP", "SmallCNN", "WhitenedCNN", "build", "names"]

_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "mlp": MLP,
    "note-000": lambda **changes: SmallCNN(**SmallCNN.NOTES["000"] | changes),
    "note-001": lambda **changes: SmallCNN(**SmallCNN.NOTES["001"] | changes),
    "note-003": lambda **changes: SmallCNN(**SmallCNN.NOTES["003"] | changes),
    "note-004": lambda **changes: SmallCNN(**SmallCNN.NOTES["004"] | changes),
    "whitened": WhitenedCNN,
}


def names() -> tuple[str, ...]:
    """The models that :func:`build` knows.

    >>> names()
    ('mlp', 'note-000', 'note-001', 'note-003', 'note-004', 'whitened')
    """
    return tuple(_BUILDERS)


def build(name: str, **changes: Any) -> nn.Module:
    """A freshly initialised model.

    Args:
        name: one of :func:`names`; ``note-000`` to ``note-004`` are the networks of the study
            notes that the book mirrors, ``whitened`` is made for speed.
        changes: constructor arguments that differ from the named model's.

    Raises:
        ValueError: for an unknown name.

    >>> sum(p.numel() for p in build("note-003").parameters())
    215370
    """
    if name not in _BUILDERS:
        raise ValueError(f"there is no model {name!r}; there are {', '.join(names())}")
    return _BUILDERS[name](**changes)
