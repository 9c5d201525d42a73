"""Every output drifts loudly: faults are planted in all of them, and in the code behind them."""

import json
import math
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from cnnbook.book import conditions_for
from pagecheck.book import book_of
from pagecheck.page import Page
from pagecheck.verdict import Problem, Skipped, judge
from tests.drift.faults import output_faults
from tests.drift.sampling import ALL, DAY, PAGES, ROOT, of_the_day

SAMPLE = of_the_day(PAGES, 4)
FAULTS_PER_CELL, FAULTS_PER_MODULE = (3, 12) if ALL else (1, 2)
FAULT_SECONDS = math.inf if ALL else 60 / len(SAMPLE)
"""A page's part of the minute for faults in code; those that fit are spread over the page."""
LEAST_FAULTS = 8
"""Cells of a page in which faults are planted even where that takes longer than its time."""
MAY_DECIDE_LATE = 0.05
"""The share of faults in code that may still be running when their time is up."""

pytestmark = pytest.mark.slow
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
sampled_page = pytest.mark.parametrize("page", SAMPLE, ids=lambda page: page.path.stem)


@each_page
def test_a_fault_in_a_recorded_output_is_caught(page: Page, record_property: Any) -> None:
    substituted = conditions_for(page).substituted
    planted: Counter[str] = Counter()
    tolerated: Counter[str] = Counter()
    not_compared: Counter[str] = Counter()
    results = book_of(page.path).executed(page).run.results
    assert len(results) == len(page.cells)
    for cell, result in zip(page.cells, results, strict=True):
        if cell.output is None:
            continue
        if cell.output.unchecked:
            not_compared[f"unchecked: {cell.output.unchecked}"] += 1
            continue
        if isinstance(judge(page, cell, result, substituted), Skipped):
            not_compared["other data"] += 1
            continue
        for fault in output_faults(cell.output.text):
            faulty = replace(cell, output=replace(cell.output, text=fault.text))
            verdict = judge(page, faulty, result)
            if isinstance(verdict, Problem):
                planted[fault.kind] += 1
                assert verdict.line >= cell.output.line
                assert verdict.path == page.path
                assert "\n+ " in f"\n{verdict.difference}" or "\n- " in f"\n{verdict.difference}"
            else:
                assert fault.tolerated, (
                    f"{fault.kind} is missed at {page.path}:{cell.output.line}:\n{fault.text}"
                )
                tolerated[f"{fault.kind}: {fault.tolerated}"] += 1
    assert planted
    record_property("faults", f"{page.path.stem}: caught {dict(planted)}")
    record_property(
        "faults",
        f"{page.path.stem}: let pass {dict(tolerated)}, not compared {dict(not_compared)}",
    )


@sampled_page
def test_a_fault_in_the_code_is_caught_or_changes_nothing_that_is_shown(
    page: Page, record_property: Any
) -> None:
    under = conditions_for(page)
    if under.substituted:
        pytest.skip("the outputs were recorded with other data than are here")
    planted = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.drift.plant",
            str(page.path),
            str(FAULTS_PER_CELL),
            str(FAULTS_PER_MODULE),
            str(FAULT_SECONDS),
            str(LEAST_FAULTS),
            str(DAY),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            **under.environment,
            "OMP_NUM_THREADS": "1",
            "CNNBOOK_RUNS": "read-only",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert planted.returncode == 0, planted.stderr
    faults = json.loads(planted.stdout)
    passed = [fault for fault in faults if not fault["caught"]]
    reasons = Counter(fault["by"] for fault in passed)
    about = f"{page.path.stem}: {len(faults)} faults in code, {len(passed)} let pass"
    record_property("faults", about)
    for fault in passed:
        what = f"{fault['kind']} in {fault['before'][:50]!r}"
        record_property("faults", f"  {fault['where']}: {what}: {fault['by']}")
    assert set(reasons) <= {"no output differs", "asks for another training", "still running"}
    # One more: where a page's time holds only a few faults, a share of them is less than one.
    assert reasons["still running"] <= 1 + MAY_DECIDE_LATE * len(faults)
    decided = len(faults) - reasons["asks for another training"]
    assert decided >= min(LEAST_FAULTS, len(page.cells)) // 2, "too few faults to tell anything"
    unseen = reasons["no output differs"] + reasons["still running"]
    assert unseen < 0.4 * decided + 2, "most faults have to show (two more may be chance)"
