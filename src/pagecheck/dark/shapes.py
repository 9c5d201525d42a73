"""Where the parts of an SVG drawing lie, as matplotlib writes them."""

import re
from dataclasses import dataclass
from math import cos, radians, sin

_NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")
_CALL = re.compile(r"(?P<name>\w+)\((?P<numbers>[^)]*)\)")
_SUBPATH = re.compile(r"M[^M]*")

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle: from ``left`` to ``right``, and from ``top`` down to ``bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, point: Point, margin: float = 0.0) -> bool:
        """Whether a point lies in it, ``margin`` or more from its edge."""
        x, y = point
        return (
            self.left + margin <= x <= self.right - margin
            and self.top + margin <= y <= self.bottom - margin
        )

    def covers(self, other: "Box", tolerance: float) -> bool:
        """Whether another one lies in it, or sticks out by no more than ``tolerance``."""
        return self.holds((other.left, other.top), -tolerance) and self.holds(
            (other.right, other.bottom), -tolerance
        )

    def common(self, other: "Box | None") -> "Box":
        """What two have in common; nothing is a point."""
        if other is None:
            return self
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Box(left, top, max(left, min(self.right, other.right)),
                   max(top, min(self.bottom, other.bottom)))  # fmt: skip

    def moved(self, x: float, y: float) -> "Box":
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)


@dataclass(frozen=True)
class Transform:
    """An affine map, as SVG writes it: ``matrix(a b c d e f)``."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def point(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def origin(self, point: Point) -> Point:
        """The point that is mapped to ``point``."""
        size = self.a * self.d - self.b * self.c
        x, y = point[0] - self.e, point[1] - self.f
        return (self.d * x - self.c * y) / size, (self.a * y - self.b * x) / size

    def box(self, box: Box) -> Box:
        """The rectangle around what becomes of one."""
        corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        return around([self.point(corner) for corner in corners])

    def after(self, inner: "Transform") -> "Transform":
        """This one, done after another."""
        x, y = self.point((inner.e, inner.f))
        return Transform(
            self.a * inner.a + self.c * inner.b, self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d, self.b * inner.c + self.d * inner.d, x, y,
        )  # fmt: skip


def around(points: list[Point]) -> Box:
    """The rectangle around some points."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return Box(min(across), min(down), max(across), max(down))


def transform(text: str | None) -> Transform:
    """The map of an attribute ``transform``.

    >>> transform("translate(10 20) scale(2 -2)").point((1, 1))
    (12.0, 18.0)
    """
    whole = Transform()
    for call in _CALL.finditer(text or ""):
        whole = whole.after(_single(call["name"], numbers(call["numbers"])))
    return whole


def numbers(text: str) -> list[float]:
    """All numbers in a text."""
    return [float(number) for number in _NUMBER.findall(text)]


def outlines(path: str) -> list[list[Point]]:
    """The corners of each part of a path; where it is curved, those that shape the curve.

    >>> outlines("M 0 0 L 2 0 L 2 1 z")
    [[(0.0, 0.0), (2.0, 0.0), (2.0, 1.0)]]
    """
    found = []
    for part in _SUBPATH.findall(path):
        values = numbers(part)
        found.append(list(zip(values[::2], values[1::2], strict=False)))
    return [part for part in found if part]


def encloses(parts: list[list[Point]], point: Point) -> bool:
    """Whether a point lies within a path, by how often a ray from it meets the outline."""
    x, y = point
    inside = False
    for part in parts:
        for (x1, y1), (x2, y2) in zip(part, [*part[1:], part[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def _single(name: str, values: list[float]) -> Transform:
    if name == "matrix":
        return Transform(*values)
    if name == "translate":
        return Transform(e=values[0], f=values[1] if len(values) > 1 else 0.0)
    if name == "scale":
        return Transform(a=values[0], d=values[-1])
    if name == "rotate":
        angle = radians(values[0])
        turn = Transform(cos(angle), sin(angle), -sin(angle), cos(angle))
        if len(values) == 3:
            x, y = values[1:]
            return Transform(e=x, f=y).after(turn).after(Transform(e=-x, f=-y))
        return turn
    raise ValueError(f"no map of matplotlib's: {name}")
