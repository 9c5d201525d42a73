"""Exercises whose answer is a number or a few, as data: judged by a check and in the page alike.

The book's script ``exercises.js`` reads what :func:`in_pages` gives, and says the same words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ._answers import Wrong, difference, numbers, written
from ._kit import CHECKS, exercise

ROUNDED = (1e-4, 1e-4)
"""How far a number may be away to be the same: absolutely, and as a share of it."""


@dataclass(frozen=True)
class Condition:
    """What the numbers of an answer, each times a weight and added up, have to be.

    Attributes:
        weights: a number for each number of the answer.
        sign: ``">"``, ``"<="`` or ``"=="``.
        bound: what the sum is compared with.
        words: what is said where it does not hold; ``{value}`` is the sum.
    """

    weights: Sequence[float]
    sign: str
    bound: float
    words: str

    def value(self, found: Tensor) -> float:
        """The sum."""
        given: list[float] = found.flatten().tolist()
        return sum(a * b for a, b in zip(self.weights, given, strict=True))

    def holds(self, found: Tensor) -> bool:
        """Whether an answer meets it."""
        value = self.value(found)
        signs = {">": value > self.bound, "<=": value <= self.bound, "==": value == self.bound}
        return signs[self.sign]


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """A check of a number, a few numbers or a small table.

    An answer is right, or a likely mistake, or of another shape; or it fails a condition, or is
    wrong otherwise. All words may hold ``{given}`` (the answer), ``{first}`` (where it differs),
    ``{shape}`` and ``{count}``. Where an explanation begins with a small letter, the answer is
    put before it.

    Attributes:
        name: the exercise; making the check registers it.
        right: the right answer; its shape is the one that is asked for.
        praise: what is said to it; ``{value}`` is the sum of the first condition.
        otherwise: what is said to all other answers; if empty, those that meet the conditions
            are right as well.
        mistakes: what each likely mistake gives, by its explanation.
        within: how far from the right answer is right, absolutely and as a share of it.
        near: the same for mistakes, where it differs.
        conditions: what else the answer has to meet.
        asked: what is said to an answer of another shape.
        labels: what each of a few numbers is called.
        share: whether it may be given in percent, in a page.
    """

    name: str = field(kw_only=False)
    right: Any
    praise: str
    otherwise: str = ""
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[float, float] = (0.0, 0.0)
    near: tuple[float, float] | None = None
    conditions: Sequence[Condition] = ()
    asked: str = "One number was asked for, not {count}."
    labels: Sequence[str] = ()
    share: bool = False

    def __post_init__(self) -> None:
        """Let ``check`` know it."""
        exercise(self.name)(self)

    def __call__(self, answer: Any) -> str:
        """Judge an answer, as any check does."""
        due, found = _table(self.right), numbers(answer)
        while found.ndim > max(due.ndim, 1) and len(found) == 1:
            found = found[0]  # PyTorch's axes of a single image or map
        if due.ndim < 2 and found.numel() == due.numel():
            found = found.reshape(due.shape)  # a few numbers may come as they like
        if _near(found, due, self.within):
            return self._said(self.praise, found)
        for words, wrong in self.mistakes.items():
            if _near(found, _table(wrong), self.near or self.within):
                raise Wrong(self._said(_whole(words), found))
        if found.shape != due.shape:
            raise Wrong(self._said(self.asked, found))
        for condition in self.conditions:
            if not condition.holds(found):
                raise Wrong(self._said(condition.words, found, condition))
        if not self.otherwise:
            return self._said(self.praise, found)
        raise Wrong(self._said(_whole(self.otherwise), found))

    def data(self) -> dict[str, Any]:
        """All of it for a page, as lists, numbers and text; tables are flat."""
        due, wrong = _table(self.right), {_whole(w): _table(n) for w, n in self.mistakes.items()}
        return {
            "shape": list(due.shape),
            "right": due.flatten().tolist(),
            "within": self.within,
            "near": self.near or self.within,
            "praise": self.praise,
            "mistakes": [
                [words, table.flatten().tolist()]
                for words, table in wrong.items()
                if table.shape == due.shape
            ],
            "conditions": [[c.weights, c.sign, c.bound, c.words] for c in self.conditions],
            "otherwise": _whole(self.otherwise),
            "labels": self.labels,
            "share": self.share,
        }

    def _said(self, words: str, found: Tensor, condition: Condition | None = None) -> str:
        """Words with what they name filled in."""
        fills: dict[str, Callable[[], str]] = {
            "{given}": lambda: written(found),
            "{first}": lambda: difference(found, _table(self.right)),
            "{value}": lambda: written(_table((condition or self.conditions[0]).value(found))),
            "{shape}": lambda: str(tuple(found.shape)),
            "{count}": lambda: str(found.numel()),
        }
        for name, fill in fills.items():
            if name in words:
                words = words.replace(name, fill())
        return words


def in_pages() -> dict[str, dict[str, Any]]:
    """The exercises that can be answered in a page, by their names: what its script needs."""
    return {name: check.data() for name, check in CHECKS.items() if isinstance(check, ByHand)}


def _table(value: Any) -> Tensor:
    """A number, numbers or a table, as they were written: not rounded to single precision."""
    return torch.as_tensor(value, dtype=torch.float64, device="cpu")


def _whole(words: str) -> str:
    """Words that can stand alone: what begins with a small letter is about the answer."""
    return f"{{given}} {words}" if words[:1].islower() else words


def _near(found: Tensor, due: Tensor, within: tuple[float, float]) -> bool:
    """Whether numbers are the same within an absolute distance and a share of what is due."""
    absolute, share = within
    return found.shape == due.shape and bool(
        ((found - due).abs() <= absolute + share * due.abs()).all()
    )
