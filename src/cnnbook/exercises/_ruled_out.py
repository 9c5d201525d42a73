"""What a statement rules out, and how an answer that uses it is told."""

import inspect
from collections.abc import Callable
from types import CodeType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from ._answers import Wrong


class Without(TorchFunctionMode):
    """A block in which functions of PyTorch that an exercise rules out are refused.

    Args:
        words: what the reader is told.
        functions: those that are refused.
        when: with which arguments; by default with any.
    """

    def __init__(
        self, words: str, *functions: Any, when: Callable[..., bool] = lambda *_, **__: True
    ) -> None:
        super().__init__()
        self._words = words
        self._functions = functions
        self._when = when

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Refuse a function, or call it."""
        named = kwargs or {}
        if any(function is one for one in self._functions) and self._when(*args, **named):
            raise Wrong(self._words)
        return function(*args, **named)


AUTOGRAD = (torch.autograd.grad, torch.autograd.backward, Tensor.backward)


CONVOLUTIONS = (F.conv1d, F.conv2d, F.conv3d, F.conv_transpose1d, F.conv_transpose2d)


def words_of(function: Any) -> set[str]:
    """The names that a reader's function uses, those inside functions of its own included."""
    found, codes = set(), [getattr(inspect.unwrap(function), "__code__", None)]
    while codes:
        if isinstance(code := codes.pop(), CodeType):
            found |= {*code.co_names}
            codes += code.co_consts
    return found
