"""Whether runs tell that one thing is better than another: differences with their intervals.

Two trainings that differ in one thing also differ by chance. A few runs of each, with other seeds,
say how much: the interval of a small sample (Student's t) holds the difference of the means that
endlessly many runs would have, in 95 of 100 such comparisons. Where it holds zero, the runs do not
tell.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_FEWEST = 2
DOES_NOT_TELL = "these runs do not tell"


@dataclass(frozen=True)
class Difference:
    """The difference of two means, with its interval.

    Attributes:
        mean: the first mean less the second.
        low: the lower end of the interval.
        high: its upper end.

    Source:
        Student, The probable error of a mean, Biometrika 6(1):1-25, 1908; B. L. Welch, The
        generalization of "Student's" problem when several different population variances are
        involved, Biometrika 34(1-2):28-35, 1947.
    """

    mean: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def difference(
    first: Sequence[float],
    second: Sequence[float],
    *,
    paired: bool = True,
    confidence: float = 0.95,
) -> Difference:
    r"""The difference of two means, and the interval that it lies in.

    Paired, runs of the same place in both sequences share what is not compared (the seed, the
    images): with the mean :math:`\bar d` and the deviation :math:`s` of their :math:`n` differences
    the interval is :math:`\bar d \pm t_{n-1}\, s / \sqrt n`. Otherwise it is Welch's.

    Args:
        first: a number of each run.
        second: the same of the other runs.
        paired: whether the runs of one place belong together.
        confidence: the share of such intervals that hold the difference; with :math:`k`
            comparisons side by side, ``1 - 0.05 / k`` keeps the share for all of them together.

    Raises:
        ValueError: for fewer than two runs, for numbers that are not finite, and for paired runs of
            which one lacks its partner.

    >>> difference([0.95, 0.96, 0.94], [0.93, 0.95, 0.92])
    Difference(mean=0.0166..., low=0.0023..., high=0.0310...)
    >>> difference([0.95, 0.96, 0.94], [0.93, 0.95, 0.92], paired=False).tells
    False
    """
    from scipy import stats

    first, second = _finite(first), _finite(second)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is a share between 0 and 1, not {confidence}")
    if paired and len(first) != len(second):
        raise ValueError(
            f"paired runs come in pairs, but there are {len(first)} and {len(second)}; "
            "paired=False compares runs that do not belong together"
        )
    # Each sample's share of the squared standard error, and its degrees of freedom.
    if paired:
        shares = [_squared_error([a - b for a, b in zip(first, second, strict=True)])]
        freedom = [len(first) - 1]
    else:
        shares = [_squared_error(first), _squared_error(second)]
        freedom = [len(first) - 1, len(second) - 1]
    mean, squared = statistics.fmean(first) - statistics.fmean(second), sum(shares)
    if squared == 0:
        return Difference(mean, mean, mean)
    # Welch and Satterthwaite's; with one sample its own.
    together = 1 / sum((s / squared) ** 2 / f for s, f in zip(shares, freedom, strict=True))
    reach = float(stats.t.ppf((1 + confidence) / 2, together)) * math.sqrt(squared)
    return Difference(mean, mean - reach, mean + reach)


def _squared_error(numbers: Sequence[float]) -> float:
    """The square of the standard error of a mean."""
    return statistics.variance(numbers) / len(numbers)


def _finite(numbers: Sequence[float]) -> list[float]:
    found = [float(number) for number in numbers]
    if len(found) < _FEWEST:
        raise ValueError(f"it takes two runs or more to know their scatter, not {len(found)}")
    if not all(map(math.isfinite, found)):
        raise ValueError(f"runs have to be finite numbers, not {found}")
    return found


def compare(
    runs: Mapping[str, Sequence[float]],
    *,
    against: str | None = None,
    paired: bool = True,
    percent: bool = True,
    digits: int = 1,
    confidence: float = 0.95,
    verdict: bool = True,
) -> str:
    """A table that compares the runs of several variants with those of one.

    Args:
        runs: the numbers of each variant, in the order of their seeds.
        against: the variant that the others are compared with; the first, if not said.
        paired: whether runs of one place share seed and images; see :func:`difference`.
        percent: show shares in percent.
        digits: digits after the point.
        confidence: of the intervals.
        verdict: end a line whose interval holds zero with the words "these runs do not tell". Where
            an end of the interval lies near zero, another machine may come out on its other side:
            take more seeds, or leave the verdict to the text.

    Returns:
        a line for each variant: the mean of its runs, their number, the difference, its interval.

    Raises:
        ValueError: for ``against`` that is no variant, and as :func:`difference` does.

    >>> print(compare({"max": [0.95, 0.96, 0.94], "average": [0.94, 0.96, 0.94],
    ...                "strided": [0.91, 0.93, 0.90]}))
             mean  runs  less max  95 % interval
    max      95.0     3
    average  94.7     3      -0.3  -1.8 to +1.1   these runs do not tell
    strided  91.3     3      -3.7  -5.1 to -2.2
    """
    if not runs:
        raise ValueError("there are no runs to compare")
    base = next(iter(runs)) if against is None else against
    if base not in runs:
        raise ValueError(f"there is no variant {base!r}; there are {', '.join(map(repr, runs))}")
    scale = 100 if percent else 1
    head = ["", "mean", "runs", f"less {base}", f"{100 * confidence:g} % interval"]
    rows = [head]
    for name, numbers in runs.items():
        values = _finite(numbers)
        row = [name, f"{scale * statistics.fmean(values):.{digits}f}", f"{len(values)}"]
        if name != base:
            gap = difference(values, runs[base], paired=paired, confidence=confidence)
            low, high = (f"{scale * end:+.{digits}f}" for end in (gap.low, gap.high))
            row += [f"{scale * gap.mean:+.{digits}f}", f"{low} to {high}"]
            row += [DOES_NOT_TELL] if verdict and not gap.tells else []
        rows.append(row)
    return _laid_out(rows)


def _laid_out(rows: Sequence[Sequence[str]]) -> str:
    """Columns of numbers end at one edge; the names and the last words begin at one."""
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(widths[i]) if i in (0, len(widths) - 1) or i >= len(widths)
            else text.rjust(widths[i])
            for i, text in enumerate(row[: len(widths)])
        ]  # fmt: skip
        lines.append("  ".join([*cells, *row[len(widths) :]]).rstrip())
    return "\n".join(lines)
