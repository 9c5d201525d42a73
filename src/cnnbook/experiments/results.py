"""The results of a study: every single run, and where and when it was made."""

import json
import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class StudyRun:
    """One training of a study.

    Attributes:
        variant: what was trained, by the name that the study gives it.
        seed: of the initial weights, the order of the images and all that is random.
        settings: all that decides the run besides the seed.
        judged_on: ``"validation"`` or ``"test"``.
        images: how many images it was judged on.
        accuracy: the share that it got right, by the name of the way to answer: ``"plain"``, and
            what the study adds.
        train_seconds: what the training took, by the clock.
        processor_seconds: what it took of all processor cores together; on a processor that others
            use as well this says more than the clock.
        parameters: what the model learns.
        machine: where the run was made, and with what.
        date: when.
        train_losses: the mean loss of each epoch, taken along the way; empty in older files.
        precision: the number format that the training ran in; empty in older files.
    """

    variant: str
    seed: int
    settings: Mapping[str, Any]
    judged_on: str
    images: int
    accuracy: Mapping[str, float]
    train_seconds: float
    processor_seconds: float
    parameters: int
    machine: str
    date: str
    train_losses: Sequence[float] = ()
    precision: str = ""


@dataclass
class Results:
    """All runs of a study.

    >>> about = ({}, "test", 10_000)
    >>> tail = (1.0, 1.0, 60_000, "a machine", "2026-11-23")
    >>> runs = [StudyRun("a", seed, *about, {"plain": 0.98 + seed / 100}, *tail) for seed in (0, 1)]
    >>> results = Results("example", runs)
    >>> results.variants(), results.seeds("a"), results.mean("a"), round(results.deviation("a"), 4)
    (('a',), (0, 1), 0.985, 0.0071)
    >>> print(results.percent("a"))
    98.50 ± 0.71 (2)
    """

    study: str
    runs: list[StudyRun] = field(default_factory=list)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """The results that a file holds.

        Raises:
            ValueError: if there is no such file, or it holds something else.
        """
        path = Path(path)
        if not path.is_file():
            raise ValueError(f"there are no results at {path}")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(content["study"], [StudyRun(**run) for run in content["runs"]])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} does not hold the results of a study ({type(error).__name__}: {error})"
            ) from error

    def write(self, path: str | Path) -> None:
        """Write them whole or not at all, a line for each run."""
        path = Path(path)
        lines = ",\n".join(
            "  " + json.dumps(_content(run), ensure_ascii=False) for run in self.runs
        )
        content = f'{{\n "study": {json.dumps(self.study)},\n "runs": [\n{lines}\n ]\n}}\n'
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def add(self, run: StudyRun) -> None:
        """Add a run, in place of an earlier one of the same variant and seed."""
        kept = [old for old in self.runs if (old.variant, old.seed) != (run.variant, run.seed)]
        self.runs = [*kept, run]

    def has(self, variant: str, seed: int, settings: Mapping[str, Any]) -> bool:
        """Whether a run with exactly these settings is there."""
        return any(
            (run.variant, run.seed, dict(run.settings)) == (variant, seed, dict(settings))
            for run in self.runs
        )

    def variants(self) -> tuple[str, ...]:
        """The variants that were run, in the order in which they were."""
        return tuple(dict.fromkeys(run.variant for run in self.runs))

    def of(self, variant: str) -> list[StudyRun]:
        """The runs of a variant, by seed.

        Raises:
            ValueError: for a variant that was not run.
        """
        if variant not in self.variants():
            known = ", ".join(self.variants()) or "none"
            raise ValueError(f"there is no run of {variant!r}; there are runs of {known}")
        runs = [run for run in self.runs if run.variant == variant]
        return sorted(runs, key=lambda run: run.seed)

    def seeds(self, variant: str) -> tuple[int, ...]:
        """The seeds that a variant was run with."""
        return tuple(run.seed for run in self.of(variant))

    def accuracies(self, variant: str, way: str = "plain") -> tuple[float, ...]:
        """The accuracy of each run of a variant, by seed.

        Raises:
            ValueError: for a variant that was not run, or a way to answer that it lacks.
        """
        runs = self.of(variant)
        if missing := [run for run in runs if way not in run.accuracy]:
            known = ", ".join(missing[0].accuracy)
            raise ValueError(f"{variant!r} was not judged by {way!r}, but by {known}")
        return tuple(run.accuracy[way] for run in runs)

    def mean(self, variant: str, way: str = "plain") -> float:
        """The mean accuracy of a variant's runs."""
        return statistics.mean(self.accuracies(variant, way))

    def deviation(self, variant: str, way: str = "plain") -> float:
        """The standard deviation of a variant's runs, of a sample; 0 for a single run."""
        values = self.accuracies(variant, way)
        return statistics.stdev(values) if len(values) > 1 else 0.0

    def percent(self, variant: str, way: str = "plain") -> str:
        """Mean and deviation in percent, with the number of runs."""
        mean, deviation = 100 * self.mean(variant, way), 100 * self.deviation(variant, way)
        return f"{mean:.2f} ± {deviation:.2f} ({len(self.of(variant))})"

    def seconds(self, variant: str) -> float:
        """The median of the processor seconds of a variant's trainings."""
        return statistics.median(run.processor_seconds for run in self.of(variant))

    def machines(self) -> Sequence[str]:
        """Where the runs were made."""
        return tuple(dict.fromkeys(run.machine for run in self.runs))


def _content(run: StudyRun) -> dict[str, Any]:
    """A run as plain data, without what older files do not have and it does not either."""
    late = ("train_losses", "precision")
    return {name: value for name, value in asdict(run).items() if value or name not in late}
